package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"gatehouse/auth"
	"gatehouse/store"
)

// settings reads the settings and fills in what follows from others.
func (t *session) settings() (*settings, error) {
	s, err := readSettings(t.environ, t.dotenv)
	if err != nil {
		return nil, err
	}
	s.settle()
	return s, nil
}

// onDatabase works on the database of the settings: the one that runs, else one that is started for as long as the work takes.
// Its caller is the person at the command line.
func (t *session) onDatabase(work func(context.Context, *deployment) error) error {
	s, err := t.settings()
	if err != nil {
		return err
	}
	d, err := t.open(s)
	if err != nil {
		return err
	}
	defer d.close()
	return work(auth.WithOperator(t.ctx), d)
}

// open opens the database. Its log is warnings and worse, for what a command has to say stands elsewhere.
func (t *session) open(s *settings) (*deployment, error) {
	defer t.busy("reaching the database")()
	quiet := *s
	if quiet.LogLevel != "error" {
		quiet.LogLevel = slog.LevelWarn.String()
	}
	return open(t.ctx, s, newLog(&quiet, t.stderr), shared)
}

// onTables is onDatabase for a command that needs the tables this program works with. What it changed, a running service has heard of when it
// returns, so that the next line of a script finds it done.
func (t *session) onTables(work func(context.Context, *deployment) error) error {
	return t.onDatabase(func(ctx context.Context, d *deployment) error {
		if err := t.exclusively(ctx, d, d.current); err != nil {
			return err
		}
		changed := false
		d.store.Changed = func(auth.Change) { changed = true }
		err := work(ctx, d)
		if changed {
			t.settle(ctx)
		}
		return err
	})
}

// settle gives the replicas a moment to hear of a change. They take milliseconds.
func (t *session) settle(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(t.moment):
	}
}

// exclusively does work that no other process may do at the same time, and says so if it has to wait.
func (t *session) exclusively(ctx context.Context, d *deployment, work func(context.Context) error) error {
	entered := t.busy("waiting for another process that prepares the database")
	defer entered()
	return d.store.Exclusively(ctx, func(ctx context.Context) error {
		entered()
		return work(ctx)
	})
}

// current makes sure that the database has the structure this program works with. A database of our own that has none yet is given it;
// changing any other is for its owner to decide.
func (d *deployment) current(ctx context.Context) error {
	all, err := d.store.Migrations(ctx)
	if err != nil {
		return err
	}
	switch missing := len(pending(all)); {
	case missing == 0:
		return nil
	case missing == len(all) && d.settings.embedded():
		return d.store.MigrateUp(ctx)
	default:
		return fmt.Errorf("the database lacks %d of %d migrations: run gatehouse migrate up, or start the service once", missing, len(all))
	}
}

// pending returns the migrations that are not applied.
func pending(all []store.Migration) []store.Migration {
	var missing []store.Migration
	for _, m := range all {
		if m.AppliedAt == nil {
			missing = append(missing, m)
		}
	}
	return missing
}
