package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"gatehouse/auth"
)

// hold locks the rows of all sessions until the returned function is called.
func (r *replica) hold() (release func()) {
	r.t.Helper()
	tx, err := r.db.BeginTx(r.t.Context(), nil)
	if err == nil {
		_, err = tx.ExecContext(r.t.Context(), `SELECT FROM sessions FOR UPDATE`)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return func() { _ = tx.Rollback() }
}

// waiting is how many clients of the database wait for a lock.
func (r *replica) waiting() int {
	r.t.Helper()
	return value[int](r, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
}

// A refresh is never cancelled: cancelled while it waits for a standby, it would have
// committed. It ends at the deadline, and goes on if the client hangs up. What does not
// commit is cancelled.
func TestCommitsAreNotCancelled(t *testing.T) {
	r := newReplica(t)
	id := r.user("ada@example.com", "user").ID
	deadline := func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		return ctx, func() { <-ctx.Done(); cancel() }
	}
	tests := []struct {
		name    string
		end     func(context.Context) (context.Context, context.CancelFunc) // begins the end of the request
		logout  bool                                                        // in a transaction
		want    error                                                       // while the statement waits; nil: it returns later
		becomes bool                                                        // whether it is done afterwards
	}{
		{"a refresh, and the client hangs up", context.WithCancel, false, nil, true},
		{"a refresh, and its deadline passes", deadline, false, auth.ErrUnavailable, true},
		{"a logout, and the client hangs up", context.WithCancel, true, context.Canceled, false},
		{"a logout, and its deadline passes", deadline, true, auth.ErrUnavailable, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := r.login(id)
			next := r.token(s)
			release := r.hold()
			defer release()
			ctx, end := tt.end(t.Context())
			done := make(chan error, 1)
			go func() {
				if tt.logout {
					done <- r.EndSession(ctx, s.ID)
					return
				}
				_, _, err := r.RefreshSession(ctx, next, "", browser, life)
				done <- err
			}()
			await(t, "it waits", func() bool { return r.waiting() == 1 })
			end()
			if tt.want != nil {
				if err := <-done; !errors.Is(err, tt.want) {
					t.Errorf("error %v; want %v", err, tt.want)
				}
			}
			release()
			if tt.want == nil {
				t.Logf("what no client reads any more: %v", <-done)
			}
			await(t, "all is done that becomes done", func() bool {
				counter, reason := r.row(s.ID)
				return r.waiting() == 0 && (counter == 1 || reason != "") == tt.becomes
			})
		})
	}
}
