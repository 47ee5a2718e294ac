package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"strings"
)

// PrepareContext prepares a statement. One that is not a SELECT commits what it writes,
// because transactions don't use prepared statements.
func (c *plainConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	stmt, err := c.wholeConn.PrepareContext(ctx, query)
	whole, ok := stmt.(wholeStmt)
	if err != nil || !ok || strings.HasPrefix(strings.TrimSpace(query), "SELECT") {
		return stmt, err
	}
	return &committingStmt{whole, c.network}, nil
}

// A wholeStmt is a statement with all that database/sql looks for.
type wholeStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// A committingStmt is never cancelled. Where PostgreSQL replicates synchronously, a
// statement that is cancelled while it waits for a standby has committed: all clients
// see what the next primary may not have. So its connection is closed at the deadline
// instead, and the server goes on waiting. If the client is gone, nothing is done.
type committingStmt struct {
	wholeStmt
	network io.Closer
}

// QueryContext runs the statement.
func (s *committingStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (rows driver.Rows, err error) {
	err = s.until(ctx, func(ctx context.Context) error {
		rows, err = s.wholeStmt.QueryContext(ctx, args)
		return err
	})
	return rows, err
}

// ExecContext runs the statement.
func (s *committingStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (result driver.Result, err error) {
	err = s.until(ctx, func(ctx context.Context) error {
		result, err = s.wholeStmt.ExecContext(ctx, args)
		return err
	})
	return result, err
}

// until runs work, and closes the connection at the deadline of ctx.
func (s *committingStmt) until(ctx context.Context, work func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			_ = s.network.Close()
		}
	})
	defer stop()
	err := work(context.WithoutCancel(ctx))
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return ctx.Err()
	}
	return err
}
