package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

// Away reports whether the database did not answer, or not in time, so that the same
// request may work later.
func Away(err error) bool {
	var network net.Error
	if hungUp(err) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, sql.ErrTxDone) ||
		errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) || noPrimary(err) {
		return true
	}
	answer := new(pq.Error)
	if !errors.As(err, &answer) {
		return false
	}
	switch answer.Code.Class() {
	case "08", // connection exception
		"53", // insufficient resources
		"28", // our role or password was refused
		"3D": // no such database
		return true
	}
	switch answer.Code {
	case pqerror.AdminShutdown, pqerror.CrashShutdown, pqerror.CannotConnectNow, pqerror.QueryCanceled,
		pqerror.ObjectNotInPrerequisiteState, // the database accepts no connections
		pqerror.ReadOnlySQLTransaction, pqerror.TRSerializationFailure, pqerror.TRDeadlockDetected:
		return true
	}
	return false
}

// hungUp reports whether the server, or a load balancer that has no server, closed the
// connection before it was usable.
func hungUp(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

// Cause returns of what kind an error is that Away reports, without values: its
// SQLSTATE with the name of that, or what happened to the connection.
func Cause(err error) string {
	var network net.Error
	answer := new(pq.Error)
	switch {
	case noPrimary(err):
		return "no host can be written"
	case errors.As(err, &answer):
		return strings.TrimSpace(string(answer.Code) + " " + answer.Code.Name())
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return "no answer in time"
	case errors.As(err, new(*net.DNSError)):
		return "the database's host is not found"
	}
	return "connection lost"
}
