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
const connectTimeout = 10 * time.Second

// poolIdle is how long an idle connection of a pool is kept.
const poolIdle = 5 * time.Minute

// Open returns a pool of at most size connections to the database with the DSN.
// It does not connect yet. While the server has no room for one more connection,
// requests wait. tracer, if not nil, gets a span for each statement of a traced
// request. It returns an error if the DSN is invalid.
func Open(dsn string, size int, tracer trace.TracerProvider) (*sqlx.DB, error) {
	connector, err := newConnector(dsn)
	if err != nil {
		return nil, err
	}
	connector.Dialer(Dialer{Timeout: readTimeout})
	open := sql.OpenDB
	if tracer != nil {
		open = traced(tracer)
	}
	waiting := &waitingConnector{Connector: plainBegin{connector}, size: size}
	waiting.pool = open(waiting)
	waiting.grow()
	waiting.pool.SetConnMaxIdleTime(poolIdle)
	return sqlx.NewDb(waiting.pool, "postgres"), nil
}

// NewConnector returns a connector to the database with the DSN, whose reads wait
// for as long as a statement takes.
func NewConnector(dsn string) (driver.Connector, error) {
	connector, err := newConnector(dsn)
	if err != nil {
		return nil, err
	}
	return &waitingConnector{Connector: connector}, nil
}

func newConnector(dsn string) (*pq.Connector, error) {
	config, err := configure(dsn)
	if err != nil {
		return nil, err
	}
	return pq.NewConnectorConfig(config)
}

// configure reads the DSN.
func configure(dsn string) (pq.Config, error) {
	config, err := pq.NewConfig(dsn)
	if err != nil {
		// The driver's own message repeats parts of the DSN, possibly of the password.
		return pq.Config{}, errors.New("invalid DSN: write postgres://user:password@host:5432/database?sslmode=verify-full, " +
			"with special characters of the password percent-encoded")
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	return config, nil
}

// minVersion is the oldest PostgreSQL that the driver supports.
const minVersion = 140000

var errStandby = errors.New("the database is a standby, which can't be written: use the primary; " +
	"the DSN may name both, as host1,host2 with target_session_attrs=read-write")

// Check makes sure that the database answers and is one that the service can use.
// No pooler may lend one connection to several clients.
func Check(ctx context.Context, db *sqlx.DB) error {
	a, err := db.Connx(ctx)
	if err != nil {
		return fmt.Errorf("the database can't be reached: %w", withRemedy(err))
	}
	defer a.Close()
	var first struct {
		PID     int    `db:"pid"`
		Version int    `db:"version"`
		Charset string `db:"charset"`
		Standby bool   `db:"standby"`
	}
	const query = `
		SELECT pg_backend_pid() AS pid, current_setting('server_version_num')::int AS version,
			current_setting('server_encoding') AS charset, pg_is_in_recovery() AS standby`
	if err := a.GetContext(ctx, &first, query); err != nil {
		return fmt.Errorf("the database does not answer: %w", err)
	}
	if first.Version < minVersion {
		return fmt.Errorf("the database is PostgreSQL %d; it must be 14 or newer", first.Version/10000)
	}
	if first.Charset != "UTF8" {
		return fmt.Errorf("the database's encoding is %s; create the database with ENCODING 'UTF8'", first.Charset)
	}
	if first.Standby {
		return errStandby
	}
	b, err := db.Connx(ctx)
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
