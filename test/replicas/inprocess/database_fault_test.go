package main

import (
	"database/sql"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lib/pq"
)

// A saboteur does to a database what its replicas have to live with. It is connected to another database of the same server, for a database
// can't do all of it to itself.
type saboteur struct {
	t        testing.TB
	db       *sql.DB
	database string
}

func sabotage(t testing.TB, dsn string) *saboteur {
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
	return &saboteur{t, db, config.Database}
}

// The last statements of a replica's connections: the one that listens, the one that its heartbeats go over, and those of its requests.
const (
	thatListen = `query LIKE 'LISTEN%'`
	thatServe  = `query NOT LIKE 'LISTEN%' AND query NOT LIKE '%synchronous_commit%'`
	ofAnyKind  = `true`
)

// pids are the processes of the server that serve the database's connections of a kind.
func (s *saboteur) pids(kind string) (pids pq.Int64Array) {
	s.t.Helper()
	const query = `
		SELECT coalesce(array_agg(pid), '{}')
		FROM pg_stat_activity
		WHERE backend_type = 'client backend' AND datname = $1 AND `
	if err := s.db.QueryRowContext(s.t.Context(), query+kind, s.database).Scan(&pids); err != nil {
		s.t.Fatal(err)
	}
	return pids
}

// terminate ends connections.
func (s *saboteur) terminate(pids pq.Int64Array) {
	s.t.Helper()
	if len(pids) == 0 {
		s.t.Fatal("there is no such connection")
	}
	if _, err := s.db.ExecContext(s.t.Context(), `SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid`, pids); err != nil {
		s.t.Fatal(err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for left := 1; left > 0; time.Sleep(time.Millisecond) {
		if err := s.db.QueryRowContext(s.t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE pid = ANY($1)`, pids).Scan(&left); err != nil {
			s.t.Fatal(err)
		}
		if time.Now().After(deadline) {
			s.t.Fatal("the connections don't end")
		}
	}
}

// freeze stops connections, as a server that hangs does, until the function it returns is called.
func (s *saboteur) freeze(pids pq.Int64Array) (thaw func()) {
	s.t.Helper()
	if len(pids) == 0 {
		s.t.Fatal("there is no such connection")
	}
	signal := func(signal syscall.Signal) {
		for _, pid := range pids {
			if err := syscall.Kill(int(pid), signal); err != nil {
				s.t.Errorf("process %d of the server: %v", pid, err)
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
	s.t.Cleanup(thaw)
	return thaw
}

// connectable says whether the database takes new connections. Those there are stay.
func (s *saboteur) connectable(yes bool) {
	s.t.Helper()
	query := fmt.Sprintf("ALTER DATABASE %s ALLOW_CONNECTIONS %t", pq.QuoteIdentifier(s.database), yes)
	if _, err := s.db.ExecContext(s.t.Context(), query); err != nil {
		s.t.Fatal(err)
	}
}

// logged counts the lines of a service's log that hold the text.
func (s *service) logged(text string) int { return strings.Count(s.log.String(), text) }
