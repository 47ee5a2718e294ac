package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"gatehouse/auth"
	"gatehouse/auth/keys"
	"gatehouse/auth/operator"
)

// An operation is what the service does with the database, again and again.
type operation struct {
	name string
	run  func(ctx context.Context, r *replica, i int) error
}

// operations returns reads and writes of every table, each for accounts and sessions of
// its own.
func operations(r *replica) []operation {
	r.t.Helper()
	id, other := r.user("ada@example.com", "user").ID, r.user("bob@example.com", "user").ID
	living, refreshed := r.login(other), r.login(other)
	if err := r.CreateRole(r.t.Context(), operator.Role{Name: "clerk", Scopes: []string{"read:items"}}); err != nil {
		r.t.Fatal(err)
	}
	key := keys.SealedKey{ID: "key", Algorithm: "ES256", Sealed: []byte("sealed")}
	var mu sync.Mutex // of the session that is refreshed
	fails := func(_ any, err error) error { return err }
	return []operation{
		{"read an account", func(ctx context.Context, r *replica, _ int) error { return fails(r.User(ctx, id)) }},
		{"read a credential", func(ctx context.Context, r *replica, _ int) error {
			return fails(r.CredentialByEmail(ctx, keyOf(r.t, "ada@example.com")))
		}},
		{"list accounts", func(ctx context.Context, r *replica, _ int) error {
			all, err := r.Users(ctx, auth.UserPage{First: 10})
			if err == nil && len(all) < 2 {
				err = fmt.Errorf("%d accounts", len(all))
			}
			return err
		}},
		{"list some accounts", func(ctx context.Context, r *replica, _ int) error {
			prefix := "ada"
			all, err := r.Users(ctx, auth.UserPage{First: 10, Filter: auth.UserFilter{Email: &prefix}})
			if err == nil && len(all) != 1 {
				err = fmt.Errorf("%d accounts", len(all))
			}
			return err
		}},
		{"count accounts", func(ctx context.Context, r *replica, _ int) error { return fails(r.CountUsers(ctx, auth.UserFilter{})) }},
		{"look for an administrator", func(ctx context.Context, r *replica, _ int) error { return fails(r.HasAdmin(ctx)) }},
		{"read a session's state", func(ctx context.Context, r *replica, _ int) error {
			state, err := r.SessionState(ctx, living.ID, other)
			if err == nil && (state.Ended || len(state.Grants) < 3) {
				err = fmt.Errorf("state %+v", state)
			}
			return err
		}},
		{"list sessions", func(ctx context.Context, r *replica, _ int) error {
			return fails(r.LivingSessions(ctx, other, life, 10))
		}},
		{"read the state of a replica", func(ctx context.Context, r *replica, _ int) error {
			snapshot, err := r.Snapshot(ctx, time.Hour, 0)
			if err == nil && len(snapshot.Grants) < 3 {
				err = fmt.Errorf("roles %v", snapshot.Grants)
			}
			return err
		}},
		{"read keys", func(ctx context.Context, r *replica, _ int) error { return fails(r.SealedKeys(ctx)) }},
		{"open a session", func(ctx context.Context, r *replica, _ int) error {
			return fails(r.OpenSession(ctx, newSession(id), hash, limited(3)))
		}},
		{"refresh a session", func(ctx context.Context, r *replica, _ int) error {
			mu.Lock()
			defer mu.Unlock()
			next, _, err := r.RefreshSession(ctx, r.token(refreshed), "", browser, life)
			if err == nil {
				refreshed = next
			}
			return err
		}},
		{"end a session", func(ctx context.Context, r *replica, _ int) error { return r.EndSession(ctx, uuid.NewString()) }},
		{"change an account", func(ctx context.Context, r *replica, i int) error {
			return fails(r.ChangeUser(ctx, id, func(u *auth.User) error {
				name := fmt.Sprint("Ada ", i)
				u.Name = &name
				return nil
			}))
		}},
		{"upgrade a hash", func(ctx context.Context, r *replica, _ int) error { return r.UpgradeHash(ctx, id, "another", "new") }},
		{"change a role", func(ctx context.Context, r *replica, i int) error {
			return fails(r.ChangeRole(ctx, "clerk", func([]string) []string { return []string{"read:items", fmt.Sprint("read:item", i)} }))
		}},
		{"save a key", func(ctx context.Context, r *replica, _ int) error { return r.SaveKey(ctx, key, 0) }},
		{"mark a key", func(ctx context.Context, r *replica, _ int) error { return r.MarkSigning(ctx, key.ID) }},
		{"purge", func(ctx context.Context, r *replica, _ int) error { return fails(r.Purge(ctx, life)) }},
	}
}

// changedTypes returns statements that change the types of columns, as a newer release
// may while this one runs. With each step they change them back, or again.
func changedTypes(step int) []string {
	text, number, at, size := "text", "bigint", "timestamptz", "integer"
	if step%2 == 0 {
		text, number, at, size = "varchar(700)", "numeric", "timestamptz(3)", "bigint"
	}
	return []string{
		"ALTER TABLE users ALTER email TYPE " + text + ", ALTER password_hash TYPE " + text + ", ALTER created_at TYPE " + at,
		"ALTER TABLE sessions ALTER counter TYPE " + number + ", ALTER user_agent TYPE " + text + ", ALTER refreshed_at TYPE " + at + ", ALTER generation TYPE " + size,
		"ALTER TABLE roles ALTER name TYPE " + text + ", ALTER created_at TYPE " + at,
		"ALTER TABLE changes ALTER role TYPE " + text + ", ALTER at TYPE " + at,
		"ALTER TABLE signing_keys ALTER algorithm TYPE " + text + ", ALTER signs_from TYPE " + at,
	}
}

// Whatever happens to prepared statements, each operation works, on each connection.
func TestStatementsArePreparedAgain(t *testing.T) {
	const connections = 4
	r := newReplica(t)
	all := operations(r)
	step := 0
	events := []struct {
		name   string
		happen func() error
	}{
		{"nothing", func() error { return nil }},
		{"the types of columns change", func() error {
			step++
			for _, statement := range changedTypes(step) {
				r.exec(statement)
			}
			return nil
		}},
		{"they change back", func() error {
			step++
			for _, statement := range changedTypes(step) {
				r.exec(statement)
			}
			return nil
		}},
		{"a parameter's type changes", func() error {
			r.exec(`ALTER TABLE users DROP CONSTRAINT users_pkey CASCADE, ALTER id TYPE text`)
			r.exec(`ALTER TABLE users ALTER id TYPE uuid USING id::uuid, ADD PRIMARY KEY (id)`)
			return nil
		}},
		{"a column is replaced", func() error {
			r.exec(`ALTER TABLE users ADD COLUMN copy text`)
			r.exec(`UPDATE users SET copy = name`)
			r.exec(`ALTER TABLE users DROP COLUMN name`)
			r.exec(`ALTER TABLE users RENAME COLUMN copy TO name`)
			return nil
		}},
		{"statements are deallocated", func() error { return r.OnEachConnection(t.Context(), connections, `DEALLOCATE ALL`) }},
		{"connections are reset", func() error { return r.OnEachConnection(t.Context(), connections, `DISCARD ALL`) }},
		{"plans are discarded", func() error { return r.OnEachConnection(t.Context(), connections, `DISCARD PLANS`) }},
	}
	for _, event := range events {
		together(connections, func(int) { // so that each connection has its statements
			for i, o := range all {
				if err := o.run(t.Context(), r, i); err != nil {
					t.Errorf("before: %s: %s: %v", event.name, o.name, err)
				}
			}
		})
		if err := event.happen(); err != nil {
			t.Fatal(err)
		}
		for range connections {
			for i, o := range all {
				if err := o.run(t.Context(), r, i); err != nil {
					t.Errorf("%s: %s: %v", event.name, o.name, err)
				}
			}
		}
	}
}

// A statement that can't work is not tried for ever, and its error is the server's.
func TestStatementThatCannotWork(t *testing.T) {
	r := newReplica(t)
	id := r.user("ada@example.com", "user").ID
	if _, err := r.User(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	r.exec(`ALTER TABLE users RENAME COLUMN name TO called`)
	for range 2 {
		if _, err := r.User(t.Context(), id); err == nil || errors.Is(err, auth.ErrUnavailable) || errors.Is(err, auth.ErrNotFound) {
			t.Errorf("error %v; want that of the server", err)
		}
	}
	r.exec(`ALTER TABLE users RENAME COLUMN called TO name`)
	if _, err := r.User(t.Context(), id); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// While the types of columns change under load, no operation fails.
func TestRollingUpgradeUnderLoad(t *testing.T) {
	const steps = 8
	r := newReplica(t)
	all := operations(r)
	stop := make(chan struct{})
	var workers sync.WaitGroup
	for w := range 6 {
		workers.Go(func() {
			for i := w; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				o := all[i%len(all)]
				if err := o.run(t.Context(), r, i); err != nil {
					t.Errorf("%s: %v", o.name, err)
				}
			}
		})
	}
	defer workers.Wait()
	defer close(stop)
	for step := range steps {
		for _, statement := range changedTypes(step) {
			_, err := r.db.ExecContext(t.Context(), statement)
			for pq.As(err, pqerror.TRDeadlockDetected) != nil { // of a transaction: one of the two has to give way
				_, err = r.db.ExecContext(t.Context(), statement)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}
