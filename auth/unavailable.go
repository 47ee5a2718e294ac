package auth

import (
	"context"
	"errors"
)

// An UnavailableError is an [ErrUnavailable] with its cause, for the log.
type UnavailableError struct {
	Cause string // of what kind it is, without values: 25006 read_only_sql_transaction
	Err   error
}

// Error returns the cause and the error.
func (e *UnavailableError) Error() string {
	return ErrUnavailable.Error() + " (" + e.Cause + "): " + e.Err.Error()
}

// Is reports whether target is [ErrUnavailable].
func (e *UnavailableError) Is(target error) bool { return target == ErrUnavailable }

// Unwrap returns the error.
func (e *UnavailableError) Unwrap() error { return e.Err }

// TimedOut is the cause of an [UnavailableError] that took too long.
const TimedOut = "no answer in time"

// Unavailable returns [ErrUnavailable] because of err, unless err says that the
// client has gone: that is not the service's fault. The cause is that of err, if it
// has one.
func Unavailable(cause string, err error) error {
	switch known := new(UnavailableError); {
	case errors.Is(err, context.Canceled), errors.As(err, &known):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		cause = TimedOut
	}
	return &UnavailableError{cause, err}
}
