package storetest

import (
	"database/sql"
	"sync"
	"testing"
	"time"

	_ "github.com/lib/pq" // sql.Open knows it by name
)

// How often OpenSpare counts the requests that wait in the database, and how many times.
const (
	spareEvery = 10 * time.Millisecond
	spareTries = 10_000
)

// OpenSpare sends n requests at once. Each reads the table users, so that each needs a
// connection to the database, which the replica's pool then keeps. A test calls it before
// the database refuses new connections: a replica has checks to make, too. ask sends the
// request with the number i, from 0 on. It reports faults by t.Error only.
func OpenSpare(t *testing.T, dsn string, n int, ask func(i int)) {
	t.Helper()
	const waiting = `
		SELECT count(*)
		FROM pg_stat_activity
		WHERE datname = current_database() AND wait_event_type = 'Lock'`

	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	lock, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Rollback() }()
	if _, err := lock.ExecContext(t.Context(), `LOCK TABLE users IN ACCESS EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	var asked sync.WaitGroup
	for i := range n {
		asked.Go(func() { ask(i) })
	}
	found := 0
	for tries := 0; found < n && tries < spareTries; tries++ {
		time.Sleep(spareEvery)
		if err := db.QueryRowContext(t.Context(), waiting).Scan(&found); err != nil {
			t.Fatal(err)
		}
	}
	if found < n {
		t.Errorf("%d of %d requests wait for the table users", found, n)
	}
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}
	asked.Wait()
}
