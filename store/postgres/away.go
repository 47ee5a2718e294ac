package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

// Away reports whether the database did not answer, or not in time, so that the same
// request may work later.
func Away(err error) bool {
	var network net.Error
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, sql.ErrTxDone) ||
		errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) {
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
