// Package store persists accounts, sessions, roles and signing keys in PostgreSQL.
// It holds the only SQL of the service.
//
// Database errors become the auth errors they stand for, such as
// [auth.ErrNotFound] and [auth.ErrUnavailable]. Errors contain no values other
// than ids.
package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
	"go.opentelemetry.io/otel/trace"

	"gatehouse/auth/revocation"
	"gatehouse/store/apikeys"
	"gatehouse/store/changes"
	"gatehouse/store/clients"
	"gatehouse/store/factors"
	"gatehouse/store/oauth"
	"gatehouse/store/passkeys"
	"gatehouse/store/postgres"
	"gatehouse/store/proofs"
)

// A Store is a PostgreSQL database. It implements auth's stores, keys.Store and clients' stores,
// and is safe for concurrent use.
type Store struct {
	*apikeys.Table
	*proofs.Proofs
	*clients.Tables
	*passkeys.Passkeys
	OAuth   *oauth.Tables
	Factors *factors.Tables

	db      *sqlx.DB
	dsn     string
	changed func(revocation.Change)
	full    atomic.Bool // the disk was full when something was last written

	statements *postgres.Statements
}

// Options say how a Store is opened. The zero Options will do.
type Options struct {
	// Changed, if not nil, is called with each change that this replica makes, after
	// the commit.
	Changed func(revocation.Change)
	// PoolSize is how many connections are opened for requests at most; 0: 20. A replica
	// has three more: two that listen, and one while it starts.
	PoolSize int
	// Tracer, if not nil, gets a span for each statement of a traced request.
	Tracer trace.TracerProvider
}

const defaultPoolSize = 20

// ErrNotYet is in an error of [Open] if the database may be reached later.
var ErrNotYet = errors.New("not reached yet")

// Open connects to the database with the DSN. The database must be reachable, and
// no pooler may lend one connection to several clients.
func Open(ctx context.Context, dsn string, o Options) (*Store, error) {
	db, err := postgres.Open(dsn, cmp.Or(o.PoolSize, defaultPoolSize), o.Tracer)
	if err != nil {
		return nil, err
	}
	if err := postgres.Check(ctx, db); err != nil {
		_ = db.Close()
		if postgres.NotYet(err) {
			return nil, &notYetError{err}
		}
		return nil, err
	}
	s := &Store{db: db, dsn: dsn, changed: o.Changed, statements: postgres.NewStatements(db)}
	transact := func(ctx context.Context, work func(*changes.Tx) error) error {
		return s.transact(ctx, func(t *tx) error { return work(&t.Tx) })
	}
	s.Table = &apikeys.Table{Statements: s.statements, Known: known, Transact: transact}
	s.Proofs = &proofs.Proofs{Statements: s.statements, Known: known, Transact: transact, Accounts: accounts{}}
	s.Tables = &clients.Tables{Statements: s.statements, Known: known, Transact: transact}
	s.Passkeys = &passkeys.Passkeys{Statements: s.statements, Known: known, Transact: transact, OpenSession: accounts{}.OpenSession}
	s.OAuth = &oauth.Tables{Statements: s.statements, Known: known, Transact: transact}
	s.Factors = &factors.Tables{Statements: s.statements, Known: known, Transact: transact, Accounts: accounts{}}
	return s, nil
}

// A notYetError is an error that is also ErrNotYet, in its own words.
type notYetError struct{ error }

// Unwrap returns the error and ErrNotYet.
func (e *notYetError) Unwrap() []error { return []error{e.error, ErrNotYet} }

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
	if err := s.exec(ctx, `SELECT 1`); err != nil {
		return fmt.Errorf("ping: %w", known(ctx, err))
	}
	return nil
}

// get reads one row with a prepared statement.
func (s *Store) get(ctx context.Context, row any, query string, args ...any) error {
	return s.statements.Run(ctx, query, func(stmt *sqlx.Stmt) error { return stmt.GetContext(ctx, row, args...) })
}

// scan reads one row into fields with a prepared statement, without looking up which
// column belongs to which field, as get does for each row.
func (s *Store) scan(ctx context.Context, fields []any, query string, args ...any) error {
	return s.statements.Run(ctx, query, func(stmt *sqlx.Stmt) error {
		return stmt.Stmt.QueryRowContext(ctx, args...).Scan(fields...)
	})
}

// list reads any number of rows with a prepared statement.
func list[Row any](ctx context.Context, s *Store, query string, args ...any) (rows []Row, err error) {
	err = s.statements.Run(ctx, query, func(stmt *sqlx.Stmt) error {
		rows = nil // those of an attempt that failed
		return stmt.SelectContext(ctx, &rows, args...)
	})
	return rows, err
}

// exec runs a prepared statement that returns no rows.
func (s *Store) exec(ctx context.Context, query string, args ...any) error {
	return s.statements.Run(ctx, query, func(stmt *sqlx.Stmt) error {
		_, err := stmt.ExecContext(ctx, args...)
		return err
	})
}

// A tx is a transaction that collects the changes it makes.
type tx struct{ changes.Tx }

// transact runs work in a transaction, notifies the other replicas of the changes
// it made, and reports them to Options.Changed after the commit. If the database
// changed under the transaction, work runs again, in another one.
func (s *Store) transact(ctx context.Context, work func(*tx) error) error {
	var t *tx
	err := postgres.Repeat(func() (err error) {
		t, err = s.attempt(ctx, work)
		return err
	})
	if err != nil {
		return s.refused(ctx, err)
	}
	if s.changed != nil {
		for _, c := range t.Made {
			s.changed(c)
		}
	}
	return nil
}

// attempt runs work in a transaction that is committed.
func (s *Store) attempt(ctx context.Context, work func(*tx) error) (*tx, error) {
	plain, err := s.db.BeginTxx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = plain.Rollback() }() // which does nothing after a commit
	t := &tx{changes.Tx{Tx: plain}}
	if err := work(t); err != nil {
		return nil, err
	}
	if err := t.Announce(ctx); err != nil {
		return nil, err
	}
	return t, plain.Commit()
}
