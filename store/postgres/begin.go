package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
)

// A wholeConn is a connection with all that database/sql looks for.
type wholeConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

// A plainConn begins transactions as the server begins them by default, and does not
// cancel commits.
//
// The driver begins each transaction READ WRITE, which overrides
// default_transaction_read_only: while a provider or an operator keeps a database from
// being written, transactions would write and single statements fail.
type plainConn struct {
	wholeConn
	network io.Closer
}

// snapshot are the options of the one kind of transaction that is not the default.
var snapshot = driver.TxOptions{Isolation: driver.IsolationLevel(sql.LevelRepeatableRead), ReadOnly: true}

// BeginTx begins a transaction. The driver's own BeginTx is never called: after it, a
// connection fails at the end of a transaction that Begin began. A transaction's
// statements heed their contexts.
func (c *plainConn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	if options != (driver.TxOptions{}) && options != snapshot {
		return nil, errors.New("transactions have the default options, or are read-only snapshots")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	tx, err := c.Begin()
	if err != nil || options != snapshot {
		return tx, err
	}
	if _, err := c.ExecContext(ctx, `SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY`, nil); err != nil {
		_ = tx.Rollback()
		return nil, err
	}
	return tx, nil
}
