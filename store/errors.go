package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"gatehouse/auth"
	"gatehouse/store/postgres"
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
	case errors.Is(err, context.Canceled), errors.Is(err, auth.ErrUnavailable):
		return err
	case !postgres.Away(err):
		return err
	case errors.Is(ctx.Err(), context.Canceled): // as the driver words it
		return fmt.Errorf("%w: %w", context.Canceled, err)
	default:
		return &auth.UnavailableError{Cause: postgres.Cause(err), Err: err}
	}
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
