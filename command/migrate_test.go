package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"gatehouse/store"
	"gatehouse/store/storetest"
)

func TestMigrate(t *testing.T) {
	c := consoleOn(t, storetest.EmptyDSN(t))
	status := c.run(t, "", "migrate", "status")
	status.ends(t, exitRefused, "are not applied: run gatehouse migrate up")
	if !strings.Contains(status.stdout, "VERSION  APPLIED  MIGRATION\n1        pending  00001_accounts.sql\n") {
		t.Errorf("the table is %s", status.stdout)
	}
	c.run(t, "", "migrate", "down", "--yes").ends(t, exitRefused, "gatehouse: no migration is applied\n")

	c.run(t, "", "migrate", "up").ends(t, exitDone, "applied 00001_accounts.sql\n")
	c.run(t, "", "migrate", "up").ends(t, exitDone, "nothing to do: all ")
	status = c.run(t, "", "migrate", "status")
	status.ends(t, exitDone, "00001_accounts.sql\n", time.Now().UTC().Format("2006-01-02T"))
	if strings.Contains(status.stdout, "pending") {
		t.Errorf("the table is %s", status.stdout)
	}
	c.run(t, "", "user", "create", adaEmail).ends(t, exitDone)
}

func TestMigrateDown(t *testing.T) {
	dsn := storetest.DSN(t)
	c := consoleOn(t, dsn)
	s, err := store.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	all, err := s.Migrations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	newest := all[len(all)-1].Name
	c.run(t, "", "migrate", "down").ends(t, exitRefused, "add --yes")
	c.run(t, "", "migrate", "status").ends(t, exitDone)
	c.run(t, "", "migrate", "down", "--yes").ends(t, exitDone, "took back "+newest+"\n")
	c.run(t, "", "migrate", "status").ends(t, exitRefused, "1 of ")
	c.run(t, "", "migrate", "up").ends(t, exitDone, "applied "+newest+"\n")
}

// TestMigrateDownOfAnother agrees to one migration while another has become the newest: nothing is taken back.
func TestMigrateDownOfAnother(t *testing.T) {
	d, err := open(t.Context(), settingsOf(t, consoleOn(t, storetest.DSN(t)).environ...), slog.New(slog.DiscardHandler), shared)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	newest, err := d.newest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := consoleWith(t).session(nil, nil, nil)
	if err := out.migrateDown(t.Context(), d, "00000_before.sql"); err == nil || !strings.Contains(err.Error(), "nothing was changed") {
		t.Errorf("migrateDown: %v", err)
	}
	if now, err := d.newest(t.Context()); err != nil || now != newest {
		t.Errorf("the newest is %q, %v", now, err)
	}
}

// TestMigrateWaits holds the lock as a replica does that migrates: the command says what it waits for, goes on when it may, and ends when it
// is told to.
func TestMigrateWaits(t *testing.T) {
	dsn := storetest.EmptyDSN(t)
	s, err := store.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, interrupted := range []bool{true, false} {
		c := consoleOn(t, dsn)
		c.patience = 20 * time.Millisecond
		var interrupt context.CancelFunc
		c.ctx, interrupt = context.WithCancel(t.Context())
		ended := make(chan outcome, 1)
		err = s.Exclusively(t.Context(), func(context.Context) error {
			go func() { ended <- c.run(t, "", "migrate", "up") }()
			select {
			case o := <-ended:
				return errors.New("it did not wait: " + o.stdout + o.stderr)
			case <-time.After(500 * time.Millisecond):
			}
			if interrupted {
				interrupt()
				o := <-ended
				o.ends(t, exitRefused, "waiting for another process that prepares the database, for 0s now\n", "gatehouse: interrupted\n")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if !interrupted {
			o := <-ended
			o.ends(t, exitDone, "applied 00001_accounts.sql\n")
			if !strings.Contains(o.stderr, "waiting for another process") {
				t.Errorf("beside its answer it says: %s", o.stderr)
			}
		}
		interrupt()
	}
}
