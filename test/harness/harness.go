// Package harness starts the service for tests and speaks to it.
//
// [Start] runs a whole service in the test's own process, on a database of its
// own; [Launch] runs the built program. Both embed a [Client]. A package that
// uses either calls [Run] in its TestMain.
package harness

import (
	"testing"

	"gatehouse/store/storetest"
)

// The secret, the administrator and the one user of services under test.
const (
	SecretKey     = "kY0Z2m4i8P3vXh1q7u9sT5wLrNbCdEfGaJoKxQyUzMw="
	AdminEmail    = "root@example.com"
	AdminPassword = "plenty-of-otters-17"
	AdaEmail      = "ada@example.com"
	AdaPassword   = "seven-quiet-herons-42"
)

// Run runs the tests of a package, and removes the database server and the
// programs they used:
//
//	func TestMain(m *testing.M) { os.Exit(harness.Run(m)) }
func Run(m *testing.M) int {
	status := storetest.Run(m)
	built.remove()
	return status
}

// Environ returns the settings of a service on the database with this DSN.
// Rate limits are off, because all tests come from one address.
func Environ(dsn string, more ...string) []string {
	return append([]string{
		"DATABASE_URL=" + dsn, "PUBLIC_URL=http://localhost:8080", "SECRET_KEY=" + SecretKey,
		"ADMIN_EMAIL=" + AdminEmail, "ADMIN_PASSWORD=" + AdminPassword, "RATE_LIMITS=off",
		"SHUTDOWN_DELAY=0s",
	}, more...)
}
