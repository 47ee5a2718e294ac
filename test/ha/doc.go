// Package ha has only tests.
package ha
