package postgres

import (
	"context"
	"sync"

	"github.com/jmoiron/sqlx"
)

// attempts is how often a statement or a transaction runs at most if the database
// changes under it. A migration of several statements changes it several times in a
// row, each perhaps between preparing a statement and executing it.
const attempts = 8

// Repeat runs work, and runs it again if the database changed under it. What failed has
// changed nothing.
func Repeat(work func() error) error {
	var err error
	for range attempts {
		if err = work(); !Outdated(err) {
			return err
		}
	}
	return err
}

// Statements are the prepared statements of a database, by their text. They are kept,
// which saves a round trip per use.
type Statements struct {
	db *sqlx.DB

	mu     sync.RWMutex
	byText map[string]*statement
}

// NewStatements returns no statements yet.
func NewStatements(db *sqlx.DB) *Statements {
	return &Statements{db: db, byText: map[string]*statement{}}
}

// A statement is prepared on each connection that uses it.
type statement struct {
	*sqlx.Stmt
	users sync.WaitGroup // closing it would fail them
}

// Run runs work with the prepared query. If the database changed under it, the query is
// prepared again, on all connections, and work runs again.
func (s *Statements) Run(ctx context.Context, query string, work func(*sqlx.Stmt) error) error {
	return Repeat(func() error {
		stmt, err := s.acquire(ctx, query)
		if err != nil {
			return err
		}
		err = work(stmt.Stmt)
		stmt.users.Done()
		if Outdated(err) {
			s.forget(query, stmt)
		}
		return err
	})
}

// acquire returns the query as a prepared statement that is not closed until the caller
// says that it is done. Nothing is locked while one is being prepared, because that may
// wait for a connection. If two callers prepare the same query at once, the first
// statement is kept.
func (s *Statements) acquire(ctx context.Context, query string) (*statement, error) {
	s.mu.RLock()
	kept := s.byText[query]
	if kept != nil {
		kept.users.Add(1)
	}
	s.mu.RUnlock()
	if kept != nil {
		return kept, nil
	}
	prepared, err := s.db.PreparexContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	if kept = s.byText[query]; kept == nil {
		kept = &statement{Stmt: prepared}
		s.byText[query] = kept
	}
	kept.users.Add(1)
	s.mu.Unlock()
	if kept.Stmt != prepared {
		_ = prepared.Close() //nolint:sqlclosecheck // the one that is kept stays open
	}
	return kept, nil
}

// forget closes a statement when nothing uses it any more. Others may have replaced it
// already.
func (s *Statements) forget(query string, stmt *statement) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byText[query] != stmt {
		return
	}
	delete(s.byText, query)
	go func() {
		stmt.users.Wait()
		_ = stmt.Close()
	}()
}
