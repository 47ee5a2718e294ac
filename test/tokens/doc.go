// Package tokens tests what applications and programs do with OAuth without a browser, on whole
// services.
package tokens
