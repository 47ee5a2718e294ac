package postgres

import (
	"context"
	"database/sql/driver"
)

// plainBegin connects like its Connector, and begins transactions as the server
// begins them by default. The driver begins each READ WRITE, which overrides
// default_transaction_read_only: while a provider or an operator keeps a database
// from being written, transactions would write and single statements fail.
type plainBegin struct{ driver.Connector }

// Connect opens a connection.
func (c plainBegin) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if whole, ok := conn.(wholeConn); ok {
		return plainConn{whole}, err
	}
	return conn, err
}

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

type plainConn struct{ wholeConn }

// BeginTx begins a transaction.
func (c plainConn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	if options != (driver.TxOptions{}) {
		return c.wholeConn.BeginTx(ctx, options)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return c.Begin() //nolint:staticcheck // it says BEGIN and nothing more; its statements heed their contexts
}
