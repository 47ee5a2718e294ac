// Package process has only tests: of the built program as its users run it. They
// start it, stop it, kill it, flood it and restore its database.
package process
