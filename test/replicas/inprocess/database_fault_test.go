package inprocess_test

import (
	"database/sql"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"gatehouse/test/harness"

	"github.com/lib/pq"
)

// faults injects faults into the database of replicas. It is connected to another
// database of the same server, so that no fault hits its own connection.
type faults struct {
	t        testing.TB
	db       *sql.DB
	database string
}

func newFaults(t testing.TB, dsn string) *faults {
	t.Helper()
	config, err := pq.NewConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("postgres", dsn+" dbname=postgres")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return &faults{t, db, config.Database}
}

// Kinds of a replica's connections, by their last statements: the one that
// listens, those for requests, and any. Heartbeats have one of their own.
const (
	thatListen = `query LIKE 'LISTEN%'`
	thatServe  = `query NOT LIKE 'LISTEN%' AND query NOT LIKE '%synchronous_commit%'`
	ofAnyKind  = `true`
)

// pids are the server processes of the database's connections of a kind.
func (f *faults) pids(kind string) (pids pq.Int64Array) {
	f.t.Helper()
	const query = `
		SELECT coalesce(array_agg(pid), '{}')
		FROM pg_stat_activity
		WHERE backend_type = 'client backend' AND datname = $1 AND `
	if err := f.db.QueryRowContext(f.t.Context(), query+kind, f.database).Scan(&pids); err != nil {
		f.t.Fatal(err)
	}
	return pids
}

// terminate ends connections.
func (f *faults) terminate(pids pq.Int64Array) {
	f.t.Helper()
	if len(pids) == 0 {
		f.t.Fatal("no such connection")
	}
	if _, err := f.db.ExecContext(f.t.Context(), `SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid`, pids); err != nil {
		f.t.Fatal(err)
	}
	deadline := time.Now().Add(30 * time.Second)
	for left := 1; left > 0; time.Sleep(time.Millisecond) {
		if err := f.db.QueryRowContext(f.t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE pid = ANY($1)`, pids).Scan(&left); err != nil {
			f.t.Fatal(err)
		}
		if time.Now().After(deadline) {
			f.t.Fatal("the connections do not end")
		}
	}
}

// freeze stops connections, as if the server hung, until thaw is called.
func (f *faults) freeze(pids pq.Int64Array) (thaw func()) {
	f.t.Helper()
	if len(pids) == 0 {
		f.t.Fatal("no such connection")
	}
	signal := func(signal syscall.Signal) {
		for _, pid := range pids {
			if err := syscall.Kill(int(pid), signal); err != nil {
				f.t.Errorf("process %d of the server: %v", pid, err)
			}
		}
	}
	signal(syscall.SIGSTOP)
	frozen := true
	thaw = func() {
		if frozen {
			frozen = false
			signal(syscall.SIGCONT)
		}
	}
	f.t.Cleanup(thaw)
	return thaw
}

// allowConnections has the database accept new connections, or refuse them.
// Existing ones stay.
func (f *faults) allowConnections(allow bool) {
	f.t.Helper()
	query := fmt.Sprintf("ALTER DATABASE %s ALLOW_CONNECTIONS %t", pq.QuoteIdentifier(f.database), allow)
	if _, err := f.db.ExecContext(f.t.Context(), query); err != nil {
		f.t.Fatal(err)
	}
}

// logged counts how often a service has logged a text.
func logged(s *harness.Service, text string) int { return strings.Count(s.Log.String(), text) }
