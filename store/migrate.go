package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/pressly/goose/v3"

	"gatehouse/store/postgres"
	"gatehouse/store/versions"
)

//go:embed migrations/*.sql
var migrations embed.FS

// startLock is held while a replica migrates, makes keys or makes the first
// administrator, so that several may start together.
const startLock = 0x6761746500000002

// Migrate migrates the database with the DSN to the newest version.
func Migrate(ctx context.Context, dsn string) error {
	s, err := Open(ctx, dsn, Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Exclusively(ctx, s.MigrateUp)
}

// lockPoll is how often a replica that waits for its turn asks for it.
const lockPoll = 100 * time.Millisecond

// Exclusively runs work while no other replica does so. The lock has a connection of its
// own, which waits until ctx ends. It does not wait within a statement: an index that is
// built concurrently waits for all statements that began before, so that the two would
// wait for each other.
func (s *Store) Exclusively(ctx context.Context, work func(context.Context) error) error {
	connector, err := postgres.NewConnector(s.dsn)
	if err != nil {
		return err
	}
	db := sqlx.NewDb(sql.OpenDB(connector), "postgres")
	defer func() { _ = db.Close() }()
	conn, err := db.Connx(ctx)
	if err != nil {
		return fmt.Errorf("lock: %w", known(ctx, err))
	}
	defer func() { _ = conn.Close() }()
	if err := lock(ctx, conn); err != nil {
		return fmt.Errorf("lock: %w", known(ctx, err))
	}
	defer unlock(ctx, conn)
	return work(ctx)
}

func lock(ctx context.Context, conn *sqlx.Conn) error {
	poll := time.NewTicker(lockPoll)
	defer poll.Stop()
	for {
		var mine bool
		if err := conn.GetContext(ctx, &mine, `SELECT pg_try_advisory_lock($1)`, startLock); err != nil || mine {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-poll.C:
		}
	}
}

// unlock releases the lock, also if ctx has ended.
func unlock(ctx context.Context, conn *sqlx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_, _ = conn.ExecContext(ctx, `SELECT pg_advisory_unlock($1)`, startLock)
}

// A Migration is one step of the database schema.
type Migration struct {
	Version   int64
	Name      string
	AppliedAt *time.Time // nil: not applied
}

// MigrateUp applies the pending migrations. Call it within Exclusively.
func (s *Store) MigrateUp(ctx context.Context) error {
	return s.migrate(ctx, func(p *goose.Provider) error {
		_, err := p.Up(ctx)
		return err
	})
}

// MigrateDown rolls the newest migration back, and reports whether there was one. Call it
// within Exclusively.
func (s *Store) MigrateDown(ctx context.Context) (rolledBack bool, err error) {
	err = s.migrate(ctx, func(p *goose.Provider) error {
		_, err := p.Down(ctx)
		if errors.Is(err, goose.ErrNoNextVersion) {
			return nil
		}
		rolledBack = err == nil
		return err
	})
	return rolledBack, err
}

// Migrations returns all migrations in their order.
func (s *Store) Migrations(ctx context.Context) ([]Migration, error) {
	var all []Migration
	err := s.migrate(ctx, func(p *goose.Provider) error {
		status, err := p.Status(ctx)
		for _, m := range status {
			step := Migration{Version: m.Source.Version, Name: m.Source.Path}
			if m.State == goose.StateApplied {
				at := m.AppliedAt.UTC()
				step.AppliedAt = &at
			}
			all = append(all, step)
		}
		return err
	})
	return all, err
}

// migrate gives goose a pool of its own, because goose closes it.
func (s *Store) migrate(ctx context.Context, work func(*goose.Provider) error) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	connector, err := postgres.NewConnector(s.dsn)
	if err != nil {
		return err
	}
	db := sqlx.NewDb(sql.OpenDB(utcConnector{connector}), "postgres")
	defer func() { _ = db.Close() }()
	where, err := versions.FindPlace(ctx, db)
	if err != nil {
		return fmt.Errorf("migrate: %w", known(ctx, err))
	}
	if err := versions.Move(ctx, db); err != nil {
		return fmt.Errorf("migrate: %w", known(ctx, where.Remedy(err)))
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db.DB, files, goose.WithTableName(versions.Table))
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if err := work(provider); err != nil {
		return fmt.Errorf("migrate: %w", known(ctx, where.Remedy(err)))
	}
	return nil
}

// A utcConnector opens sessions in UTC. The column in which goose records when a
// migration was applied has no time zone, so it gets the session's.
type utcConnector struct{ driver.Connector }

// Connect opens a session.
func (c utcConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.(driver.ExecerContext).ExecContext(ctx, "SET timezone = 'UTC'", nil); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}
