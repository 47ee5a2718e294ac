package auth

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"gatehouse/auth/password"
)

// A full queue and a turn that comes too late are the service's fault; a client that
// goes away is not.
func TestBusy(t *testing.T) {
	other := errors.New("another error")
	tests := []struct {
		err, want error
		cause     string // "": not UNAVAILABLE
	}{
		{password.ErrBusy, ErrUnavailable, "too many passwords wait to be hashed"},
		{context.DeadlineExceeded, ErrUnavailable, "a password waited too long to be hashed"},
		{fmt.Errorf("queue: %w", context.DeadlineExceeded), ErrUnavailable, "a password waited too long to be hashed"},
		{context.Canceled, context.Canceled, ""},
		{other, other, ""},
	}
	for _, tt := range tests {
		err := busy(tt.err)
		cause, known := "", new(UnavailableError)
		if errors.As(err, &known) {
			cause = known.Cause
		}
		if !errors.Is(err, tt.want) || !errors.Is(err, tt.err) || cause != tt.cause {
			t.Errorf("%v: %v, cause %q; want %v, %q", tt.err, err, cause, tt.want, tt.cause)
		}
		if tt.cause == "" && errors.Is(err, ErrUnavailable) {
			t.Errorf("%v is ErrUnavailable", tt.err)
		}
	}
}
