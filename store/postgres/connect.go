// Package postgres connects to PostgreSQL. Its connections don't wait for ever for
// a server that is silent, and are traced if wanted.
package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"go.opentelemetry.io/otel/trace"
)

// connectTimeout is how long a server may take to accept a client, unless the DSN says
// otherwise (connect_timeout). For a server that accepts the connection and then is
// silent, the driver would wait for ever, whatever the context says.
// Each of several hosts has less time, because one of them may be silent.
const (
	connectTimeout = 10 * time.Second
	hostTimeout    = 3 * time.Second
)

// poolIdle is how long an idle connection of a pool is kept.
const poolIdle = 5 * time.Minute

// Open returns a pool of at most size connections to the database with the DSN.
// It does not connect yet. While the server has no room for one more connection,
// requests wait. tracer, if not nil, gets a span for each statement of a traced
// request. It returns an error if the DSN is invalid.
func Open(dsn string, size int, tracer trace.TracerProvider) (*sqlx.DB, error) {
	config, err := configure(dsn)
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB
	if tracer != nil {
		pool = traced(tracer)
	}
	waiting := &waitingConnector{Connector: newHostsConnector(config, openForRequests), size: size}
	waiting.pool = pool(waiting)
	waiting.grow()
	waiting.pool.SetConnMaxIdleTime(poolIdle)
	return sqlx.NewDb(waiting.pool, "postgres"), nil
}

// NewConnector returns a connector to the database with the DSN, whose reads wait
// for as long as a statement takes.
func NewConnector(dsn string) (driver.Connector, error) {
	config, err := configure(dsn)
	if err != nil {
		return nil, err
	}
	return &waitingConnector{Connector: newHostsConnector(config, open)}, nil
}

// configure reads the DSN.
func configure(dsn string) (pq.Config, error) {
	config, err := pq.NewConfig(dsn)
	if err != nil {
		// The driver's own message repeats parts of the DSN, possibly of the password.
		return pq.Config{}, errors.New("invalid DSN: write postgres://user:password@host:5432/database?sslmode=verify-full, " +
			"with special characters of the password percent-encoded")
	}
	switch {
	case config.ConnectTimeout != 0:
	case len(config.Multi) > 0:
		config.ConnectTimeout = hostTimeout
	default:
		config.ConnectTimeout = connectTimeout
	}
	return config, nil
}

// minVersion is the oldest PostgreSQL that the driver supports.
const minVersion = 140000

// unreachable is the error of a first connection.
func unreachable(err error) error {
	if noPrimary(err) {
		return err // with the remedy
	}
	return fmt.Errorf("the database can't be reached: %w", withRemedy(err))
}

// Check makes sure that the database answers and is one that the service can use.
// No pooler may lend one connection to several clients.
func Check(ctx context.Context, db *sqlx.DB) error {
	a, err := db.Connx(ctx)
	if err != nil {
		return unreachable(err)
	}
	defer a.Close()
	var first struct {
		PID     int    `db:"pid"`
		Version int    `db:"version"`
		Charset string `db:"charset"`
	}
	const query = `
		SELECT pg_backend_pid() AS pid, current_setting('server_version_num')::int AS version,
			current_setting('server_encoding') AS charset`
	if err := a.GetContext(ctx, &first, query); err != nil {
		return fmt.Errorf("the database does not answer: %w", err)
	}
	if first.Version < minVersion {
		return fmt.Errorf("the database is PostgreSQL %d; it must be 14 or newer", first.Version/10000)
	}
	if first.Charset != "UTF8" {
		return fmt.Errorf("the database's encoding is %s; create the database with ENCODING 'UTF8'", first.Charset)
	}
	b, err := another(ctx, db)
	if err != nil {
		return fmt.Errorf("the database accepts only one connection: %w", withRemedy(err))
	}
	defer b.Close()
	var second int
	if err := b.GetContext(ctx, &second, `SELECT pg_backend_pid()`); err != nil {
		return fmt.Errorf("the database does not answer: %w", err)
	}
	if second == first.PID {
		return errors.New("the DSN leads to a pooler that lends one connection to several clients; " +
			"use a direct connection, or a pooler in session mode")
	}
	return nil
}

// another returns one more connection of a pool whose only one is in use. If the server had no
// room for it, the pool has shrunk, and who waits gets none before the other one is free, also
// when the pool has grown again: so it asks once more then.
func another(ctx context.Context, db *sqlx.DB) (*sqlx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*roomTimeout)
	defer cancel()
	for {
		turn, end := context.WithTimeout(ctx, roomTimeout/2)
		conn, err := db.Connx(turn)
		end()
		if err == nil || ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return conn, err
		}
	}
}
