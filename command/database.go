package command

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"gatehouse/auth"
	"gatehouse/command/terminal"
	"gatehouse/observe/logs"
	"gatehouse/server"
	"gatehouse/settings"
	"gatehouse/store"
)

// work is what a command does with the database.
type work func(ctx context.Context, d *server.Deployment) error

// onDatabase opens the database, whatever its schema, and works on it. If it is
// an embedded one that isn't running, it runs as long as the work takes.
func (e *Env) onDatabase(ctx context.Context, do work) error {
	s, err := settings.Read(e.Environ, e.Dotenv)
	if err != nil {
		return err
	}
	d, err := e.open(ctx, s)
	if err != nil {
		return err
	}
	defer d.Close()
	return do(auth.WithOperator(ctx), d)
}

// open opens the database. It logs warnings and errors only: a command has its
// own way to say what it does.
func (e *Env) open(ctx context.Context, s *settings.Settings) (*server.Deployment, error) {
	defer e.Terminal.Progress("opening the database")()
	log := logFormat(s, max(slog.Level(s.LogLevel), slog.LevelWarn), e.Terminal)(e.Terminal.Stderr)
	return server.Open(ctx, s, slog.New(log), e.Now)
}

// logFormat returns what formats the lines of a log on standard error: as text
// for a person, as JSON for a program, unless the settings say which.
func logFormat(s *settings.Settings, level slog.Level, t *terminal.Terminal) func(io.Writer) slog.Handler {
	if s.LogFormat == "json" || s.LogFormat == "" && !terminal.IsTerminal(t.Stderr) {
		return func(out io.Writer) slog.Handler { return logs.NewJSON(out, level) }
	}
	return func(out io.Writer) slog.Handler { return slog.NewTextHandler(out, &slog.HandlerOptions{Level: level}) }
}

// onTables is onDatabase for work that needs this program's tables.
func (e *Env) onTables(ctx context.Context, do work) error {
	return e.onDatabase(ctx, func(ctx context.Context, d *server.Deployment) error {
		upToDate := func(ctx context.Context) error { return checkMigrations(ctx, d) }
		if err := e.exclusively(ctx, d, upToDate); err != nil {
			return err
		}
		return do(ctx, d)
	})
}

// changeTables is onTables for work that changes something. It returns when
// the running replicas have applied the change, so that the next line of a
// script finds it in effect.
func (e *Env) changeTables(ctx context.Context, do work) error {
	return e.onTables(ctx, func(ctx context.Context, d *server.Deployment) error {
		if err := do(ctx, d); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(e.propagation):
		}
		return nil
	})
}

// exclusively works while no other process prepares or migrates the database.
// It reports progress if it has to wait.
func (e *Env) exclusively(ctx context.Context, d *server.Deployment, do func(context.Context) error) error {
	entered := e.Terminal.Progress("waiting for another process that prepares the database")
	defer entered()
	return d.Store.Exclusively(ctx, func(ctx context.Context) error {
		entered()
		return do(ctx)
	})
}

// checkMigrations returns an error if migrations are pending. It migrates an
// empty embedded database; whether to migrate any other is for its owner to
// decide.
func checkMigrations(ctx context.Context, d *server.Deployment) error {
	all, err := d.Store.Migrations(ctx)
	if err != nil {
		return err
	}
	switch n := countPending(all); {
	case n == 0:
		return nil
	case n == len(all) && d.Settings.Embedded():
		return d.Store.MigrateUp(ctx)
	default:
		return fmt.Errorf("%s: run gatehouse migrate up, or start the service once", pending(n, len(all)))
	}
}

// pending says how many of all migrations are pending.
func pending(n, all int) string {
	verb := "are"
	if n == 1 {
		verb = "is"
	}
	return fmt.Sprintf("%d of %s %s pending", n, terminal.Count(all, "migration"), verb)
}

// countPending counts the migrations that are not applied.
func countPending(all []store.Migration) int {
	n := 0
	for _, m := range all {
		if m.AppliedAt == nil {
			n++
		}
	}
	return n
}
