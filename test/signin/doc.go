// Package signin has only tests: of the pages on which people log in, allow applications
// something and log out, through the whole service.
package signin
