package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gatehouse/auth"
	"gatehouse/auth/clock"
	"gatehouse/auth/operator"
	"gatehouse/auth/revocation"
	"gatehouse/store/listen"
)

// An observer records what a replica's listener reports.
type observer struct {
	*listen.Listener
	t       testing.TB
	applied chan revocation.Change
	reloads atomic.Int64
	faults  chan error
	reload  atomic.Pointer[func() error] // what a reload does besides
	keys    atomic.Int64                 // how often the keys were read
	states  chan bool
	clock   *clock.Clock
	step    atomic.Int64 // of the clock, the last one
}

func (r *replica) listen() *observer {
	r.t.Helper()
	e := &observer{t: r.t, applied: make(chan revocation.Change, 1000), faults: make(chan error, 1000), states: make(chan bool, 1000), clock: clock.New(time.Now)}
	ctx, cancel := context.WithCancel(r.t.Context())
	r.t.Cleanup(cancel)
	listener, err := r.Listen(ctx, listen.Subscriber{
		Apply: func(c revocation.Change) { e.applied <- c },
		Reload: func(context.Context) error {
			defer e.reloads.Add(1)
			if reload := e.reload.Load(); reload != nil {
				return (*reload)()
			}
			return nil
		},
		ReloadKeys:    func(context.Context) error { e.keys.Add(1); return nil },
		ReloadClient:  func(context.Context, string) error { return nil },
		ReloadClients: func(context.Context) error { return nil },
		OnError:       func(err error) { e.faults <- err },
		OnStateChange: func(inSync bool) { e.states <- inSync },
		OnMeasured:    func(step time.Duration) { e.step.Store(int64(step)) },
		Clock:         e.clock,
		Now:           time.Now,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	e.Listener = listener
	return e
}

// expect waits for exactly these changes.
func (e *observer) expect(t *testing.T, want ...revocation.Change) {
	t.Helper()
	for i, w := range want {
		select {
		case got := <-e.applied:
			if diff := cmp.Diff(w, got, cmpopts.IgnoreFields(revocation.Change{}, "Seq", "At"), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("change %d differs: %s", i, diff)
			}
			if got.Seq == 0 || got.At.IsZero() {
				t.Errorf("change %+v without a seq or a time", got)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("change %d did not arrive", i)
		}
	}
}

// expectError waits for an error.
func (e *observer) expectError(what string) {
	e.t.Helper()
	select {
	case err := <-e.faults:
		if err == nil {
			e.t.Errorf("%s: a fault without an error", what)
		}
	case <-time.After(30 * time.Second):
		e.t.Fatalf("%s: no error was reported", what)
	}
}

func TestEveryReplicaHears(t *testing.T) {
	one := newReplica(t)
	two := replicaOn(t, one.dsn)
	ears := []*observer{one.listen(), two.listen()}
	for _, e := range ears {
		if !e.InSync() || e.reloads.Load() != 1 {
			t.Fatalf("in sync %v after %d reloads", e.InSync(), e.reloads.Load())
		}
	}
	id := two.user("ada@example.com", "user").ID
	first, second := two.login(id), two.login(id)
	two.change(id, rolesTo("admin"))
	for _, e := range ears {
		e.expect(t, revocation.Change{User: id, Roles: []string{"admin"}})
	}
	if err := two.EndSession(t.Context(), first.ID); err != nil {
		t.Fatal(err)
	}
	renewed, _, err := two.ReplacePassword(t.Context(), replacing(id, hash, newHash, second.ID))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := two.refresh(renewed); err != nil { // no replica hears of it
		t.Fatal(err)
	}
	if err := two.CreateRole(t.Context(), operator.Role{Name: "shop", Scopes: []string{"a:b"}}); err != nil {
		t.Fatal(err)
	}
	if err := two.DeleteRole(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	two.user("root@example.com", "admin")
	two.change(id, func(u *auth.User) error { u.Roles, u.Disabled = []string{}, true; return nil }) // two in one transaction
	for _, e := range ears {
		e.expect(t,
			revocation.Change{Session: first.ID}, revocation.Change{Session: second.ID, Generation: 1},
			revocation.Change{Role: "shop", Scopes: []string{"a:b"}}, revocation.Change{Role: "shop", Gone: true},
			revocation.Change{User: id}, revocation.Change{Session: second.ID})
		if len(e.applied)+len(e.faults) > 0 || !e.InSync() {
			t.Errorf("%d changes and %d faults more", len(e.applied), len(e.faults))
		}
	}
}

// No replica hears of a change that is rolled back, not even the one that made it.
func TestNobodyHearsWhatIsUndone(t *testing.T) {
	r := newReplica(t)
	e := r.listen()
	r.user("root@example.com", "admin")
	id := r.user("ada@example.com", "user").ID
	r.user("eve@example.com", "user")
	if _, err := r.ChangeUser(t.Context(), id, func(u *auth.User) error {
		u.Roles, u.Email = []string{"admin"}, "eve@example.com"
		return nil
	}); fieldOf(err) != "email" {
		t.Fatalf("error %v; want a conflict", err)
	}
	r.change(id, rolesTo("admin", "user"))
	e.expect(t, revocation.Change{User: id, Roles: []string{"admin", "user"}})
	if heard := r.changes(); len(heard) != 1 {
		t.Errorf("changes %+v of its own; want one", heard)
	}
}

const listening = `LISTEN%`

func TestListenerComesBack(t *testing.T) {
	one := newReplica(t)
	two := replicaOn(t, one.dsn)
	e := one.listen()
	id := two.user("ada@example.com", "user").ID
	for round := range int64(3) {
		if n := one.terminate(listening); n != 1 {
			t.Fatalf("%d listening connections; want 1", n)
		}
		e.expectError("the connection")
		await(t, "a reload", func() bool { return e.reloads.Load() == round+2 && e.InSync() })
		two.change(id, rolesTo("admin"))
		two.user(numbered(int(round)), "admin")
		two.change(id, rolesTo("user"))
		e.expect(t, revocation.Change{User: id, Roles: []string{"admin"}}, revocation.Change{User: id, Roles: []string{"user"}})
	}
}

// A replica that can't reload is stale until it can.
func TestListenerThatCantReload(t *testing.T) {
	r := newReplica(t)
	e := r.listen()
	e.reload.Store(ptr(func() error { return auth.ErrUnavailable }))
	r.terminate(listening)
	await(t, "some reloads", func() bool { return e.reloads.Load() > 3 })
	if e.InSync() {
		t.Error("hearing, although no reload succeeded")
	}
	e.reload.Store(nil)
	await(t, "being in sync again", e.InSync)
}

// connectable sets whether the database accepts new connections. Open ones stay open.
func (r *replica) connectable(yes bool) {
	r.t.Helper()
	db, err := sql.Open("postgres", r.dsn+" dbname=postgres") // a database can't do this to itself
	if err != nil {
		r.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(fmt.Sprintf("ALTER DATABASE %s ALLOW_CONNECTIONS %t", value[string](r, `SELECT current_database()`), yes)); err != nil {
		r.t.Fatal(err)
	}
}

// A replica that has read everything again is still stale while its connection is lost.
func TestReloadedIsNotInSync(t *testing.T) {
	r := newReplica(t)
	e := r.listen()
	reloading, release := make(chan struct{}, 100), make(chan struct{})
	e.reload.Store(ptr(func() error {
		reloading <- struct{}{}
		<-release
		return nil
	}))
	r.exec(`SELECT pg_notify('gatehouse_changes', 'nonsense')`) // makes it read everything again
	<-reloading
	if e.InSync() {
		t.Error("in sync, although a notification could not be processed")
	}
	r.connectable(false)
	r.terminate(listening)
	e.expectError("the nonsense")
	e.expectError("the connection")
	before := e.reloads.Load()
	e.reload.Store(nil)
	close(release)
	await(t, "the end of the reload", func() bool { return e.reloads.Load() > before })
	for range 3 { // attempts to connect
		e.expectError("an attempt")
		if e.InSync() {
			t.Fatal("hearing, without a connection")
		}
	}
	r.connectable(true)
	await(t, "being in sync again", e.InSync)
}

func TestListenRefuses(t *testing.T) {
	r := newReplica(t)
	refusal := errors.New("refused")
	l, err := r.Listen(t.Context(), listen.Subscriber{Reload: func(context.Context) error { return refusal }, OnError: func(error) {}, Now: time.Now})
	if l != nil || !errors.Is(err, refusal) {
		t.Errorf("%v, %v; want the error of the reload", l, err)
	}
	await(t, "its connection's end", func() bool {
		return value[int](r, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`) == 0
	})
}

// Listen ends with its context, also if it never began because the database accepts no
// connection.
func TestListenEndsWithItsContext(t *testing.T) {
	r := newReplica(t)
	r.connectable(false)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	l, err := r.Listen(ctx, listen.Subscriber{
		Reload:  func(context.Context) error { return nil },
		OnError: func(error) { cancel() },
		Now:     time.Now,
	})
	if l != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v; want context.Canceled", l, err)
	}
}
