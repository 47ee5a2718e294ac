package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"os"
	"testing"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"gatehouse/auth"
)

func TestKnown(t *testing.T) {
	code := func(c string) error { return &pq.Error{Code: pqerror.Code(c), Message: "said the database"} }
	conflict := &auth.ConflictError{Field: "email"}
	tests := []struct {
		name string
		err  error
		want error // nil: the error itself and nothing more
	}{
		{"no row", sql.ErrNoRows, auth.ErrNotFound},
		{"deadline", context.DeadlineExceeded, auth.ErrUnavailable},
		{"deadline of a socket", os.ErrDeadlineExceeded, auth.ErrUnavailable},
		{"the client hung up", context.Canceled, nil},
		{"connection broken", driver.ErrBadConn, auth.ErrUnavailable},
		{"connection returned", sql.ErrConnDone, auth.ErrUnavailable},
		{"transaction undone because its context ended", sql.ErrTxDone, auth.ErrUnavailable},
		{"connection refused", &net.OpError{Op: "dial", Err: errors.New("refused")}, auth.ErrUnavailable},
		{"connection exception", code("08000"), auth.ErrUnavailable},
		{"connection failure", code("08006"), auth.ErrUnavailable},
		{"too many connections", code("53300"), auth.ErrUnavailable},
		{"disk full", code("53100"), auth.ErrUnavailable},
		{"cancelled, or statement timeout", code("57014"), auth.ErrUnavailable},
		{"stopped by its administrator", code("57P01"), auth.ErrUnavailable},
		{"crashed", code("57P02"), auth.ErrUnavailable},
		{"starting", code("57P03"), auth.ErrUnavailable},
		{"takes no connections", code("55000"), auth.ErrUnavailable},
		{"another password", code("28P01"), auth.ErrUnavailable},
		{"no such database, as while one is restored", code("3D000"), auth.ErrUnavailable},
		{"standby", code("25006"), auth.ErrUnavailable},
		{"serialisation", code("40001"), auth.ErrUnavailable},
		{"deadlock", code("40P01"), auth.ErrUnavailable},
		{"unique violation", code("23505"), nil},
		{"syntax", code("42601"), nil},
		{"no such table", code("42P01"), nil},
		{"malformed id", code("22P02"), nil},
		{"NUL", code("22021"), nil},
		{"one of auth's", conflict, nil},
		{"another one of auth's", auth.ErrLastAdmin, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, err := range []error{tt.err, fmt.Errorf("wrapped: %w", tt.err)} {
				got := known(t.Context(), err)
				for _, sentinel := range []error{auth.ErrNotFound, auth.ErrUnavailable} {
					if errors.Is(got, sentinel) != (tt.want == sentinel) { //nolint:errorlint // is it this very one
						t.Errorf("known(%v) = %v; want %v", err, got, tt.want)
					}
				}
				if tt.want == nil && got != err { //nolint:errorlint // untouched
					t.Errorf("known(%v) = %v; want it left alone", err, got)
				}
				if tt.want == auth.ErrUnavailable && !errors.Is(got, tt.err) { //nolint:errorlint // is it this very one
					t.Errorf("known(%v) = %v loses the cause", err, got)
				}
			}
		})
	}
	if err := known(t.Context(), nil); err != nil {
		t.Errorf("known(nil) = %v", err)
	}
}

// Once the client has hung up, what the database says of it is not the service's
// fault, in whatever words.
func TestKnownOfACancelledRequest(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range []error{
		context.Canceled, driver.ErrBadConn, sql.ErrTxDone, &pq.Error{Code: "57014"}, fmt.Errorf("get: %w", context.Canceled),
	} {
		got := known(ctx, err)
		if !errors.Is(got, context.Canceled) || errors.Is(got, auth.ErrUnavailable) || !errors.Is(got, err) {
			t.Errorf("known(%v) = %v; want context.Canceled that wraps it", err, got)
		}
	}
	for err, want := range map[error]error{sql.ErrNoRows: auth.ErrNotFound, auth.ErrLastAdmin: auth.ErrLastAdmin} {
		if got := known(ctx, err); !errors.Is(got, want) || errors.Is(got, context.Canceled) {
			t.Errorf("known(%v) = %v; want %v", err, got, want)
		}
	}
	late, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	if got := known(late, &pq.Error{Code: "57014"}); !errors.Is(got, auth.ErrUnavailable) {
		t.Errorf("after the deadline: %v; want ErrUnavailable", got)
	}
}

func TestTaken(t *testing.T) {
	violation := func(code, constraint string) error {
		return fmt.Errorf("insert: %w", &pq.Error{Code: pqerror.Code(code), Constraint: constraint})
	}
	tests := []struct {
		name string
		err  error
		want bool
	}{
		{"nothing", nil, false},
		{"not the database's", sql.ErrNoRows, false},
		{"another constraint", violation("23505", "users_pkey"), false},
		{"another violation", violation("23503", "users_email_key"), false},
		{"this one", violation("23505", "users_email_key"), true},
	}
	for _, tt := range tests {
		if got := taken(tt.err, "users_email_key"); got != tt.want {
			t.Errorf("%s: %v; want %v", tt.name, got, tt.want)
		}
	}
}
