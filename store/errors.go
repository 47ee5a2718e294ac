package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"gatehouse/auth"
)

// known turns an error of the database into one of auth's where it means one, and leaves all others.
func known(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		return auth.ErrNotFound
	}
	if away(err) {
		return fmt.Errorf("%w: %w", auth.ErrUnavailable, err)
	}
	return err
}

// away reports whether the database did not answer, or not in time, so that the same request may work later.
func away(err error) bool {
	var network net.Error
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, sql.ErrTxDone) || errors.As(err, &network) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return true
	}
	answer := new(pq.Error)
	if !errors.As(err, &answer) {
		return false
	}
	switch answer.Code.Class() {
	case "08", "53", "28", "3D": // connection exception, insufficient resources; refused at the door: who we are, no such database
		return true
	}
	switch answer.Code {
	case pqerror.AdminShutdown, pqerror.CrashShutdown, pqerror.CannotConnectNow, pqerror.QueryCanceled,
		pqerror.ObjectNotInPrerequisiteState, // the database takes no connections
		pqerror.ReadOnlySQLTransaction, pqerror.TRSerializationFailure, pqerror.TRDeadlockDetected:
		return true
	}
	return false
}

// taken reports whether err is the violation of the unique constraint with the given name.
func taken(err error, constraint string) bool {
	answer := pq.As(err, pqerror.UniqueViolation)
	return answer != nil && answer.Constraint == constraint
}
