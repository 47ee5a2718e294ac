// Package oauth persists what OAuth needs for a moment: requests that wait for a person,
// codes, and the sessions of the sign-in page.
package oauth

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jmoiron/sqlx"

	"gatehouse/auth"
	"gatehouse/store/changes"
	"gatehouse/store/postgres"
)

// Tables are the tables of OAuth in a database.
type Tables struct {
	Statements *postgres.Statements
	// Transact runs work in a transaction whose changes are announced.
	Transact func(ctx context.Context, work func(*changes.Tx) error) error
	// Known maps a database error to the auth error it stands for.
	Known func(ctx context.Context, err error) error
}

// get reads one row with a prepared statement.
func (t *Tables) get(ctx context.Context, row any, query string, args ...any) error {
	err := t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error { return s.GetContext(ctx, row, args...) })
	return t.Known(ctx, err)
}

// exec runs a prepared statement that returns no rows.
func (t *Tables) exec(ctx context.Context, query string, args ...any) error {
	err := t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error {
		_, err := s.ExecContext(ctx, args...)
		return err
	})
	return t.Known(ctx, err)
}

// absent turns a row that does not exist into [auth.ErrNotFound], within a transaction.
func absent(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return auth.ErrNotFound
	}
	return err
}
