package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"gatehouse/auth"
)

// errReadOnly is why a database can't be written that answers.
var errReadOnly = &auth.UnavailableError{
	Cause: string(pqerror.ReadOnlySQLTransaction) + " " + pqerror.ReadOnlySQLTransaction.Name(),
	Err:   errors.New("the database is read-only"),
}

// CheckWritable returns an [auth.UnavailableError] unless the database can be written.
func (s *Store) CheckWritable(ctx context.Context) error {
	var readOnly bool
	if err := s.db.GetContext(ctx, &readOnly, `SELECT current_setting('transaction_read_only')::bool`); err != nil {
		s.reconnect() // the others may lead to a server that is silent
		return fmt.Errorf("check whether the database can be written: %w", known(ctx, err))
	}
	if readOnly {
		s.reconnect()
		return errReadOnly
	}
	if s.full.Load() {
		return s.checkSpace(ctx)
	}
	return nil
}

// checkSpace writes, after the disk was full, as much as a table's page has no room
// for, and takes it back.
func (s *Store) checkSpace(ctx context.Context) error {
	t, err := s.db.BeginTxx(ctx, nil)
	if err != nil {
		return known(ctx, err)
	}
	defer func() { _ = t.Rollback() }()
	const query = `INSERT INTO changes (role) SELECT string_agg(sha256(n::text::bytea)::text, '') FROM generate_series(1, 120) AS n`

	if _, err := t.ExecContext(ctx, query); err != nil {
		return fmt.Errorf("check for space: %w", known(ctx, err))
	}
	s.full.Store(false)
	return nil
}

// refused is known for an error of a statement that writes.
func (s *Store) refused(ctx context.Context, err error) error {
	switch {
	case pq.As(err, pqerror.ReadOnlySQLTransaction) != nil:
		s.reconnect()
	case pq.As(err, pqerror.DiskFull) != nil:
		s.full.Store(true)
	}
	return known(ctx, err)
}

// reconnect closes the connections that are idle: whether one may write can depend on
// when it was opened.
func (s *Store) reconnect() {
	most := s.db.Stats().MaxOpenConnections
	s.db.SetMaxIdleConns(-1)
	s.db.SetMaxIdleConns(most)
}
