package storetest

import (
	"database/sql"
	"sync"
	"testing"
	"time"

	_ "github.com/lib/pq" // sql.Open knows it by name
)

// How often it is counted how many requests have reached the database, and how many times.
const (
	spareEvery = 10 * time.Millisecond
	spareTries = 10_000
)

// OpenSpare makes so many requests, which each read the table users, open as many
// connections to the database, which their pools keep for later. A test calls it before
// the database refuses new ones: besides its own requests, a replica has checks to make.
// ask makes the request of a number from 0 on, and may only fail by t.Error.
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
	for found, tries := 0, 0; found < n && tries < spareTries; tries++ {
		time.Sleep(spareEvery)
		if err := db.QueryRowContext(t.Context(), waiting).Scan(&found); err != nil {
			t.Fatal(err)
		}
	}
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}
	asked.Wait()
}
