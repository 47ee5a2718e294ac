// Package store remembers: accounts, sessions, roles, signing keys. It holds the only SQL of the service.
//
// Errors of the database become auth's: what auth names (ErrNotFound, ErrUnavailable, a *auth.ConflictError and so on) may be tested for,
// the rest is a fault. No value stands in an error, ids excepted.
package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
	"go.opentelemetry.io/otel/trace"

	"gatehouse/auth"
)

// How many connections a replica holds at most, and how long an idle one is kept.
const (
	poolSize = 20
	poolIdle = 5 * time.Minute
)

// A Store is a database that holds what auth wants remembered. It is safe for concurrent use.
type Store struct {
	db  *sqlx.DB
	dsn string

	changed func(auth.Change)

	mu       sync.RWMutex
	prepared map[string]*sqlx.Stmt
}

// Options say how a store is opened.
type Options struct {
	// Changed, if not nil, is called for each change that this store made, after
	// it was committed.
	Changed func(auth.Change)
	// Tracer, if not nil, traces the statements of traced requests.
	Tracer trace.TracerProvider
}

// Open connects to the database with the given DSN. It must be reachable, and no
// pooler may lend one connection to several clients.
func Open(ctx context.Context, dsn string, o Options) (*Store, error) {
	connect := sql.OpenDB
	if o.Tracer != nil {
		connect = traced(o.Tracer)
	}
	connector, err := newConnector(dsn)
	if err != nil {
		return nil, err
	}
	connector.Dialer(dialer{patience: patience})
	db := sqlx.NewDb(bound(connect(connector)), "postgres")
	s := &Store{db: db, dsn: dsn, changed: o.Changed, prepared: map[string]*sqlx.Stmt{}}
	if err := s.reach(ctx); err != nil {
		_ = db.Close()
		return nil, err
	}
	return s, nil
}

// Close gives all connections back.
func (s *Store) Close() error { return s.db.Close() }

// A Pool is how the connections for requests are used.
type Pool struct {
	Open    int           // connections there are
	Busy    int           // of those, in use
	Waits   int64         // how often a request had to wait for one
	Waiting time.Duration // how long requests waited in all
}

// Pool returns how the connections for requests are used now.
func (s *Store) Pool() Pool {
	stats := s.db.Stats()
	return Pool{Open: stats.OpenConnections, Busy: stats.InUse, Waits: stats.WaitCount, Waiting: stats.WaitDuration}
}

// Ping reports whether the database answers. It asks by a statement: unlike a ping, that is tried again on another connection where the one at
// hand was lost while nobody used it.
func (s *Store) Ping(ctx context.Context) error {
	if _, err := s.db.ExecContext(ctx, `SELECT 1`); err != nil {
		return fmt.Errorf("ping: %w", known(err))
	}
	return nil
}

// statement returns the query prepared. Each is kept, which spares a round trip on every use. Nothing is locked while one is being prepared, for
// that may wait for a connection; of two callers who prepare the same at once, the first one's is kept.
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

// get runs a query of one row through a prepared statement.
func (s *Store) get(ctx context.Context, row any, query string, args ...any) error {
	stmt, err := s.statement(ctx, query)
	if err != nil {
		return err
	}
	return stmt.GetContext(ctx, row, args...)
}

// list runs a query of any number of rows through a prepared statement.
func (s *Store) list(ctx context.Context, rows any, query string, args ...any) error {
	stmt, err := s.statement(ctx, query)
	if err != nil {
		return err
	}
	return stmt.SelectContext(ctx, rows, args...)
}

// transact runs work in a transaction, tells the other replicas of the changes it made, and hears of them itself once they are committed.
func (s *Store) transact(ctx context.Context, work func(*tx) error) error {
	plain, err := s.db.BeginTxx(ctx, nil)
	if err != nil {
		return known(err)
	}
	t := &tx{Tx: plain}
	if err := work(t); err != nil {
		_ = plain.Rollback()
		return known(err)
	}
	if err := t.announce(ctx); err != nil {
		_ = plain.Rollback()
		return known(err)
	}
	if err := plain.Commit(); err != nil {
		return known(err)
	}
	if s.changed != nil {
		for _, c := range t.changes {
			s.changed(c)
		}
	}
	return nil
}
