package command

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"gatehouse/command/terminal"
	"gatehouse/command/work"
	"gatehouse/server"
	"gatehouse/store"
)

// migrateCommands manage the database schema. The service does what migrate up
// does when it starts.
type migrateCommands struct {
	Status migrateStatus `cmd:"" help:"List the migrations. The exit status is 1 if one is pending."`
	Up     migrateUp     `cmd:"" help:"Apply the pending migrations."`
	Down   migrateDown   `cmd:"" help:"Roll back the newest migration and lose the data it added."`
}

type migrateStatus struct{ terminal.JSONFlag }

// A migrationJSON is a migration in the array that migrate status --json prints.
type migrationJSON struct {
	Version   int64      `json:"version"`
	Name      string     `json:"name"`
	AppliedAt *time.Time `json:"appliedAt"` // null if it is pending
}

// Run lists the migrations. Pending ones are a finding.
func (c migrateStatus) Run(ctx context.Context, e *Env) error {
	return e.OnDatabase(ctx, func(ctx context.Context, d *server.Deployment) error {
		var all []store.Migration
		err := e.Exclusively(ctx, d, func(ctx context.Context) (err error) {
			all, err = d.Store.Migrations(ctx)
			return err
		})
		if err != nil {
			return err
		}
		if err := c.print(e.Terminal, all); err != nil {
			return err
		}
		if n := work.CountPending(all); n > 0 {
			return fmt.Errorf("%s: run gatehouse migrate up", work.Pending(n, len(all)))
		}
		return nil
	})
}

func (c migrateStatus) print(t *terminal.Terminal, all []store.Migration) error {
	table := t.Table("VERSION", "APPLIED", "MIGRATION")
	list := make([]migrationJSON, len(all))
	for i, m := range all {
		list[i] = migrationJSON{Version: m.Version, Name: m.Name}
		applied := "pending"
		if m.AppliedAt != nil {
			at := m.AppliedAt.UTC()
			list[i].AppliedAt, applied = &at, at.Format(time.RFC3339)
		}
		table.Row(strconv.FormatInt(m.Version, 10), applied, m.Name)
	}
	return c.Answer(t, list, table.Flush)
}

type migrateUp struct{}

// Run applies the pending migrations.
func (migrateUp) Run(ctx context.Context, e *Env) error {
	return e.OnDatabase(ctx, func(ctx context.Context, d *server.Deployment) error {
		return e.Exclusively(ctx, d, func(ctx context.Context) error { return applyPending(ctx, e, d.Store) })
	})
}

// applyPending applies the pending migrations. It names those it has applied even
// if a later one fails.
func applyPending(ctx context.Context, e *Env, s *store.Store) error {
	before, err := s.Migrations(ctx)
	if err != nil {
		return err
	}
	n := work.CountPending(before)
	if n == 0 {
		return e.Terminal.Printf("nothing to do: all %d migrations are applied", len(before))
	}
	done := e.Terminal.Progress("applying " + terminal.Count(n, "migration"))
	failed := s.MigrateUp(ctx)
	done()
	after, err := s.Migrations(context.WithoutCancel(ctx))
	if err != nil {
		return errors.Join(failed, err)
	}
	for i, m := range after {
		if m.AppliedAt != nil && before[i].AppliedAt == nil {
			_ = e.Terminal.Printf("applied %s", m.Name) // a closed pipe doesn't undo it
		}
	}
	return failed
}

type migrateDown struct{ terminal.Confirmation }

// Run rolls back the newest migration. It doesn't hold the lock while it waits
// for an answer.
func (c migrateDown) Run(ctx context.Context, e *Env) error {
	return e.OnDatabase(ctx, func(ctx context.Context, d *server.Deployment) error {
		var newest string
		err := e.Exclusively(ctx, d, func(ctx context.Context) (err error) {
			newest, err = newestMigration(ctx, d.Store)
			return err
		})
		if err != nil {
			return err
		}
		question := fmt.Sprintf("Roll back %s? The data it added is lost for good, and a service that runs on this database fails.", newest)
		if err := c.Confirm(ctx, e.Terminal, question); err != nil {
			return err
		}
		return e.Exclusively(ctx, d, func(ctx context.Context) error { return rollBack(ctx, e, d.Store, newest) })
	})
}

// newestMigration returns the name of the newest migration that is applied.
func newestMigration(ctx context.Context, s *store.Store) (string, error) {
	all, err := s.Migrations(ctx)
	if err != nil {
		return "", err
	}
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].AppliedAt != nil {
			return all[i].Name, nil
		}
	}
	return "", errors.New("no migration is applied")
}

// rollBack rolls back the migration that was confirmed, if it is still the
// newest.
func rollBack(ctx context.Context, e *Env, s *store.Store, confirmed string) error {
	newest, err := newestMigration(ctx, s)
	if err != nil {
		return err
	}
	if newest != confirmed {
		return fmt.Errorf("the newest migration is %s now: nothing was changed", newest)
	}
	defer e.Terminal.Progress("rolling back " + newest)()
	if _, err := s.MigrateDown(ctx); err != nil {
		return err
	}
	return e.Terminal.Printf("rolled back %s", newest)
}
