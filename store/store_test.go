package store_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/auth"
)

func TestStatementsOutliveConnections(t *testing.T) {
	r := newReplica(t)
	id := r.user("ada@example.com", "user").ID
	session := r.login(id)
	calls := map[string]func() error{
		"User":   func() error { _, err := r.User(t.Context(), id); return err },
		"Users":  func() error { _, err := r.Users(t.Context(), auth.UserPage{First: 1}); return err },
		"Ping":   func() error { return r.Ping(t.Context()) },
		"change": func() error { _, err := r.ChangeUser(t.Context(), id, enable); return err },
		"refresh": func() error {
			next, err := r.refresh(session)
			if err == nil {
				session = next
			}
			return err
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			together(8, func(int) { _, _ = r.User(t.Context(), id) }) // some connections, each with its statement
			if err := call(); err != nil {
				t.Errorf("before: %v", err)
			}
			if n := r.terminate(`%`); n == 0 {
				t.Fatal("no connection was ended")
			}
			// Most errors of a lost connection are retried. If the statement may have arrived,
			// the caller gets the error, once per connection.
			err := errors.New("not called")
			for range pool {
				if err = call(); err == nil {
					return
				}
				if !errors.Is(err, auth.ErrUnavailable) {
					t.Fatalf("afterwards: %v; want ErrUnavailable", err)
				}
			}
			t.Errorf("afterwards: %v, again and again", err)
		})
	}
}

// pool is how many connections a store opens at most.
const pool = 20

// A connection that is terminated while it works is ErrUnavailable, and its work is
// rolled back.
func TestConnectionEndsInTheMiddle(t *testing.T) {
	r := newReplica(t)
	id := r.user("ada@example.com", "user").ID
	session := r.login(id)
	r.changes()
	tests := map[string]func(hold func()) error{
		"before a statement": func(hold func()) error {
			_, err := r.ChangeUser(t.Context(), id, func(u *auth.User) error { hold(); u.Disabled = true; return nil })
			return err
		},
		"before the commit": func(hold func()) error {
			return r.DeleteUser(t.Context(), id, func(*auth.User) error { hold(); return nil })
		},
	}
	for name, call := range tests {
		t.Run(name, func(t *testing.T) {
			err := call(func() {
				if n := r.terminate(`%FOR UPDATE%`); n != 1 {
					t.Errorf("ended %d connections; want 1", n)
				}
			})
			if !errors.Is(err, auth.ErrUnavailable) {
				t.Errorf("error %v; want ErrUnavailable", err)
			}
			if u, err := r.User(t.Context(), id); err != nil || u.Disabled || r.living(id) != 1 || len(r.changes()) > 0 {
				t.Errorf("account %+v, %v", u, err)
			}
		})
	}
	if _, err := r.refresh(session); err != nil {
		t.Errorf("the session after all that: %v", err)
	}
}

func TestConnectionEndsWhileWaiting(t *testing.T) {
	r := newReplica(t)
	id := r.user("ada@example.com", "user").ID
	session := r.login(id)
	tests := []struct {
		name  string
		call  func(ctx context.Context) error
		again bool // it is one statement, which is tried once more
	}{
		{"change", func(ctx context.Context) error { _, err := r.ChangeUser(ctx, id, disable); return err }, false},
		{"login", func(ctx context.Context) error { _, err := r.OpenSession(ctx, newSession(id), hash, life); return err }, false},
		{"refresh", func(ctx context.Context) error {
			_, _, err := r.RefreshSession(ctx, r.token(session), "", browser, life)
			return err
		}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lock, err := r.db.BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = lock.Rollback() }()
			if _, err := lock.Exec(`UPDATE users SET name = 'held'; UPDATE sessions SET ip = 'held'`); err != nil {
				t.Fatal(err)
			}
			if err := deadlined(t, tt.call); !errors.Is(err, auth.ErrUnavailable) {
				t.Errorf("in a context that ends: %v; want ErrUnavailable", err)
			}
			failed := make(chan error)
			go func() { failed <- tt.call(t.Context()) }()
			await(t, "the lock to be waited for", func() bool { return value[int](r, `SELECT count(*) `+waiting) == 1 })
			_ = value[int](r, `SELECT count(pg_terminate_backend(pid)) `+waiting)
			if tt.again {
				if err := errors.Join(lock.Rollback(), <-failed); err != nil {
					t.Errorf("on a connection that ends: %v; want it to go on over another", err)
				}
				return
			}
			if err := <-failed; !errors.Is(err, auth.ErrUnavailable) {
				t.Errorf("on a connection that ends: %v; want ErrUnavailable", err)
			}
		})
	}
	if u, err := r.User(t.Context(), id); err != nil || u.Disabled || r.living(id) != 1 {
		t.Errorf("account %+v with %d sessions, %v; want all undone", u, r.living(id), err)
	}
	if next, err := r.refresh(session); err != nil || next.Counter != 1 { // forgiven: it was used once
		t.Errorf("the session: %+v, %v; want it advanced by one", next, err)
	}
}

// deadlined makes a call in a context with a short deadline.
func deadlined(t *testing.T, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	return call(ctx)
}

// A caller that waits for a connection to prepare a statement on does not delay another
// beyond its deadline.
func TestWaitingForAConnectionEndsWithItsContext(t *testing.T) {
	r := newReplica(t)
	id := r.user("ada@example.com", "user").ID
	if _, err := r.User(t.Context(), id); err != nil { // prepared from here on
		t.Fatal(err)
	}
	release, inside := make(chan struct{}), atomic.Int32{}
	done := make(chan error, pool+1)
	hold := func(*auth.User) error {
		inside.Add(1)
		<-release
		return nil
	}
	for i := range pool { // each holds a connection
		other := r.user(numbered(i), "user").ID
		go func() { _, err := r.ChangeUser(t.Context(), other, hold); done <- err }()
	}
	await(t, "all connections to be taken", func() bool { return inside.Load() == pool })
	entered := make(chan struct{})
	go func() { close(entered); _, err := r.UserByEmail(t.Context(), "ada@example.com"); done <- err }() // not prepared yet
	<-entered
	answered := make(chan error, 3)
	go func() {
		for range cap(answered) {
			answered <- deadlined(t, func(ctx context.Context) error { _, err := r.User(ctx, id); return err })
		}
	}()
	patience, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for range cap(answered) {
		select {
		case err := <-answered:
			if !errors.Is(err, auth.ErrUnavailable) {
				t.Errorf("error %v; want ErrUnavailable", err)
			}
		case <-patience.Done():
			t.Error("a call outlived its context")
		}
	}
	close(release)
	for range pool + 1 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// The store returns copies: a modification by one caller does not show elsewhere.
func TestAnswersShareNothing(t *testing.T) {
	r := newReplica(t)
	id := r.user("ada@example.com", "admin", "user").ID
	one, err := r.User(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	one.Roles[0] = "spoilt"
	two, err := r.User(t.Context(), id)
	if err != nil || !slices.Equal(two.Roles, []string{"admin", "user"}) {
		t.Errorf("roles %v, %v", two.Roles, err)
	}
}
