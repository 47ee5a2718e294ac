package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/store"
)

// migrateCommands change the structure of the database. The service does what "up" does by itself when it starts.
type migrateCommands struct {
	Status migrateStatus `cmd:"" help:"List the migrations. The exit status is 1 if one is not applied."`
	Up     migrateUp     `cmd:"" help:"Apply what is not applied yet."`
	Down   migrateDown   `cmd:"" help:"Take the newest migration back, with the data it holds."`
}

type migrateStatus struct{}

// Run lists the migrations; pending ones are a finding.
func (migrateStatus) Run(t *session) error {
	return t.onDatabase(func(ctx context.Context, d *deployment) error {
		var all []store.Migration
		err := t.exclusively(ctx, d, func(ctx context.Context) (err error) {
			all, err = d.store.Migrations(ctx)
			return err
		})
		if err != nil {
			return err
		}
		if err := t.migrations(all); err != nil {
			return err
		}
		if missing := len(pending(all)); missing > 0 {
			return fmt.Errorf("%d of %d migrations are not applied: run gatehouse migrate up", missing, len(all))
		}
		return nil
	})
}

func (t *session) migrations(all []store.Migration) error {
	rows := columns(t.stdout)
	_, _ = fmt.Fprintln(rows, "VERSION\tAPPLIED\tMIGRATION")
	for _, m := range all {
		applied := "pending"
		if m.AppliedAt != nil {
			applied = m.AppliedAt.UTC().Format(time.RFC3339)
		}
		_, _ = fmt.Fprintf(rows, "%d\t%s\t%s\n", m.Version, applied, m.Name)
	}
	return rows.Flush()
}

type migrateUp struct{}

// Run applies what is pending.
func (migrateUp) Run(t *session) error {
	return t.onDatabase(func(ctx context.Context, d *deployment) error {
		return t.exclusively(ctx, d, func(ctx context.Context) error { return t.migrateUp(ctx, d) })
	})
}

// migrateUp applies what is pending, and names what it has applied also where a later one failed.
func (t *session) migrateUp(ctx context.Context, d *deployment) error {
	before, err := d.store.Migrations(ctx)
	if err != nil {
		return err
	}
	missing := len(pending(before))
	if missing == 0 {
		return t.say("nothing to do: all %d migrations are applied", len(before))
	}
	done := t.busy(fmt.Sprintf("applying %d migrations", missing))
	failed := d.store.MigrateUp(ctx)
	done()
	after, err := d.store.Migrations(context.WithoutCancel(ctx))
	if err != nil {
		return errors.Join(failed, err)
	}
	for i, m := range after {
		if m.AppliedAt != nil && before[i].AppliedAt == nil {
			_ = t.say("applied %s", m.Name) // it is applied, whether that can be said or not
		}
	}
	return failed
}

type migrateDown struct{ confirmation }

// Run takes the newest migration back. Nobody waits for the lock while a person thinks about it.
func (c migrateDown) Run(t *session) error {
	return t.onDatabase(func(ctx context.Context, d *deployment) error {
		var newest string
		err := t.exclusively(ctx, d, func(ctx context.Context) (err error) {
			newest, err = d.newest(ctx)
			return err
		})
		if err != nil {
			return err
		}
		question := fmt.Sprintf("Take back %s? The data it holds is lost for good, and a service that runs on this database fails.", newest)
		if err := c.confirm(t, question); err != nil {
			return err
		}
		return t.exclusively(ctx, d, func(ctx context.Context) error { return t.migrateDown(ctx, d, newest) })
	})
}

// newest returns the name of the newest migration that is applied.
func (d *deployment) newest(ctx context.Context) (string, error) {
	all, err := d.store.Migrations(ctx)
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

// migrateDown takes the migration back that was agreed to, if it still is the newest.
func (t *session) migrateDown(ctx context.Context, d *deployment, agreed string) error {
	newest, err := d.newest(ctx)
	if err != nil {
		return err
	}
	if newest != agreed {
		return fmt.Errorf("the newest migration is %s now: nothing was changed", newest)
	}
	defer t.busy("taking back " + newest)()
	if _, err := d.store.MigrateDown(ctx); err != nil {
		return err
	}
	return t.say("took back %s", newest)
}
