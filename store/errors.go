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

// known maps a database error to the auth error it stands for. Other errors are
// returned unchanged. What fails because the client has gone is the context's error:
// that is not the service's fault.
func known(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return auth.ErrNotFound
	case errors.Is(err, context.Canceled):
		return err
	case !away(err):
		return err
	case errors.Is(ctx.Err(), context.Canceled): // as the driver words it
		return fmt.Errorf("%w: %w", context.Canceled, err)
	default:
		return fmt.Errorf("%w: %w", auth.ErrUnavailable, err)
	}
}

// away reports whether the database did not answer, or not in time, so that the same
// request may work later.
func away(err error) bool {
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

// missing replaces the error of a query that found no row with meaning. Other errors
// are returned unchanged.
func missing(err, meaning error) error {
	if errors.Is(err, sql.ErrNoRows) || errors.Is(err, auth.ErrNotFound) {
		return meaning
	}
	return err
}

// taken reports whether err is the violation of the unique constraint with the name.
func taken(err error, constraint string) bool {
	answer := pq.As(err, pqerror.UniqueViolation)
	return answer != nil && answer.Constraint == constraint
}
