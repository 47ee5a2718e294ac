// Package store persists accounts, sessions, roles and signing keys in PostgreSQL.
// It holds the only SQL of the service.
//
// Database errors become the auth errors they stand for, such as
// [auth.ErrNotFound] and [auth.ErrUnavailable]. Errors contain no values other
// than ids.
package store

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
	"go.opentelemetry.io/otel/trace"

	"gatehouse/auth"
	"gatehouse/store/postgres"
)

// A Store is a PostgreSQL database. It implements auth's stores and keys.Store,
// and is safe for concurrent use.
type Store struct {
	db      *sqlx.DB
	dsn     string
	changed func(auth.Change)
	full    atomic.Bool // the disk was full when something was last written

	mu       sync.RWMutex
	prepared map[string]*sqlx.Stmt
}

// Options say how a Store is opened. The zero Options will do.
type Options struct {
	// Changed, if not nil, is called with each change that this replica makes, after
	// the commit.
	Changed func(auth.Change)
	// Tracer, if not nil, gets a span for each statement of a traced request.
	Tracer trace.TracerProvider
}

// Open connects to the database with the DSN. The database must be reachable, and
// no pooler may lend one connection to several clients.
func Open(ctx context.Context, dsn string, o Options) (*Store, error) {
	db, err := postgres.Open(dsn, o.Tracer)
	if err != nil {
		return nil, err
	}
	if err := postgres.Check(ctx, db); err != nil {
		_ = db.Close()
		return nil, err
	}
	return &Store{db: db, dsn: dsn, changed: o.Changed, prepared: map[string]*sqlx.Stmt{}}, nil
}

// Close closes all connections.
func (s *Store) Close() error { return s.db.Close() }

// A Pool describes the use of the connections for requests.
type Pool struct {
	Open    int           // connections
	Busy    int           // of those, in use
	Waits   int64         // how often a request had to wait for one
	Waiting time.Duration // how long requests waited in total
}

// Pool returns the present use of the connections for requests.
func (s *Store) Pool() Pool {
	stats := s.db.Stats()
	return Pool{Open: stats.OpenConnections, Busy: stats.InUse, Waits: stats.WaitCount, Waiting: stats.WaitDuration}
}

// Ping returns an error if the database does not answer. It runs a statement, which
// database/sql retries on another connection if an idle one was lost; a ping is not
// retried.
func (s *Store) Ping(ctx context.Context) error {
	if _, err := s.db.ExecContext(ctx, `SELECT 1`); err != nil {
		return fmt.Errorf("ping: %w", known(ctx, err))
	}
	return nil
}

// statement returns the query as a prepared statement. Statements are kept, which
// saves a round trip per use. Nothing is locked while one is being prepared, because
// that may wait for a connection. If two callers prepare the same query at once, the
// first statement is kept.
func (s *Store) statement(ctx context.Context, query string) (*sqlx.Stmt, error) {
	s.mu.RLock()
	stmt := s.prepared[query]
	s.mu.RUnlock()
	if stmt != nil {
		return stmt, nil
	}
	stmt, err := s.db.PreparexContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	first := s.prepared[query]
	if first == nil {
		s.prepared[query] = stmt
	}
	s.mu.Unlock()
	if first != nil {
		_ = stmt.Close()
		return first, nil
	}
	return stmt, nil
}

// get reads one row with a prepared statement.
func (s *Store) get(ctx context.Context, row any, query string, args ...any) error {
	stmt, err := s.statement(ctx, query)
	if err != nil {
		return err
	}
	return stmt.GetContext(ctx, row, args...)
}

// list reads any number of rows with a prepared statement.
func (s *Store) list(ctx context.Context, rows any, query string, args ...any) error {
	stmt, err := s.statement(ctx, query)
	if err != nil {
		return err
	}
	return stmt.SelectContext(ctx, rows, args...)
}

// transact runs work in a transaction, notifies the other replicas of the changes
// it made, and reports them to Options.Changed after the commit.
func (s *Store) transact(ctx context.Context, work func(*tx) error) error {
	plain, err := s.db.BeginTxx(ctx, nil)
	if err != nil {
		return known(ctx, err)
	}
	t := &tx{Tx: plain}
	if err := work(t); err != nil {
		_ = plain.Rollback()
		return s.refused(ctx, err)
	}
	if err := t.announce(ctx); err != nil {
		_ = plain.Rollback()
		return s.refused(ctx, err)
	}
	if err := plain.Commit(); err != nil {
		return s.refused(ctx, err)
	}
	if s.changed != nil {
		for _, c := range t.changes {
			s.changed(c)
		}
	}
	return nil
}
