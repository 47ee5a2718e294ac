package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// A crowded database has room for few connections.
type crowded struct {
	t     *testing.T
	admin *sql.DB // has one of the connections
	dsn   string
	id    string // of an account
}

func newCrowded(t *testing.T) *crowded {
	t.Helper()
	l := &crowded{t: t, dsn: storetest.DSN(t)}
	r := replicaOn(t, l.dsn)
	l.id = r.user("ada@example.com", "user").ID
	r.Close()
	r.db.Close()
	var err error
	if l.admin, err = sql.Open("postgres", l.dsn); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.admin.Close() })
	l.admin.SetMaxOpenConns(1)
	l.admin.SetMaxIdleConns(1)
	return l
}

// room makes room for so many connections besides that of the test.
func (l *crowded) room(connections int) {
	_, err := l.admin.Exec(fmt.Sprintf(`DO $$ BEGIN
		EXECUTE format('ALTER DATABASE %%I CONNECTION LIMIT %d', current_database()); END $$`, connections+1))
	if err != nil {
		l.t.Error(err)
	}
}

// open opens a store.
func (l *crowded) open(o store.Options) *store.Store {
	l.t.Helper()
	s, err := store.Open(l.t.Context(), l.dsn, o)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { _ = s.Close() })
	return s
}

// all asks for the account so many times at once, every second time to change it.
func (l *crowded) all(s *store.Store, requests int) error {
	errs := make([]error, requests)
	together(requests, func(i int) {
		ctx, cancel := context.WithTimeout(l.t.Context(), 30*time.Second)
		defer cancel()
		if i%2 == 0 {
			_, errs[i] = s.User(ctx, l.id)
			return
		}
		_, errs[i] = s.ChangeUser(ctx, l.id, func(u *auth.User) error { u.Name = ptr(numbered(i)); return nil })
	})
	return errors.Join(errs...)
}

// TestRequestsWaitForRoom: a server that has room for fewer connections than the pool
// would open makes requests wait, and not fail.
func TestRequestsWaitForRoom(t *testing.T) {
	for _, connections := range []int{2, 3, 7} {
		l := newCrowded(t)
		l.room(connections)
		s := l.open(store.Options{})
		for range 4 {
			if err := l.all(s, 60); err != nil {
				t.Fatalf("room for %d: %v", connections, err)
			}
		}
		await(t, "the pool to shrink to what there is room for", func() bool { // it counts those it still tries to open
			return s.Pool().Open <= connections
		})
	}
}

// TestRequestsWaitForTheFirstConnection until their deadline.
func TestRequestsWaitForTheFirstConnection(t *testing.T) {
	l := newCrowded(t)
	s := l.open(store.Options{})
	l.room(0)
	if _, err := l.admin.Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := s.User(ctx, l.id); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("without room: %v, want ErrUnavailable", err)
	}
	time.AfterFunc(100*time.Millisecond, func() { l.room(2) })
	if err := l.all(s, 20); err != nil {
		t.Errorf("with room after a while: %v", err)
	}
}

// TestPoolSize: no more connections are opened, and two are enough.
func TestPoolSize(t *testing.T) {
	l := newCrowded(t)
	for _, size := range []int{2, 5} {
		s := l.open(store.Options{PoolSize: size})
		if err := l.all(s, 40); err != nil {
			t.Errorf("%d connections: %v", size, err)
		}
		if open := s.Pool().Open; open > size {
			t.Errorf("%d connections are open, want %d at most", open, size)
		}
	}
}

// TestOpenWaitsForRoom: there is no room for a second connection at first.
func TestOpenWaitsForRoom(t *testing.T) {
	l := newCrowded(t)
	l.room(1)
	time.AfterFunc(100*time.Millisecond, func() { l.room(2) })
	if err := l.all(l.open(store.Options{}), 2); err != nil {
		t.Error(err)
	}
}
