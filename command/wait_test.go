package command_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/command/terminal"
	"gatehouse/store"
	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// TestMigrateWaits holds the lock as a replica does that migrates. The command
// says what it waits for, ends if it is interrupted, and else goes on when the
// lock is free.
func TestMigrateWaits(t *testing.T) {
	dsn := storetest.EmptyDSN(t)
	s, err := store.Open(t.Context(), dsn, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, interrupted := range []bool{true, false} {
		c := on(dsn)
		c.progress = 20 * time.Millisecond
		ctx, interrupt := context.WithCancel(t.Context())
		dir := t.TempDir()
		stdin, stdout, stderr := createFile(t, filepath.Join(dir, "stdin")), createFile(t, filepath.Join(dir, "stdout")), createFile(t, filepath.Join(dir, "stderr"))
		ended := make(chan outcome, 1)
		err := s.Exclusively(t.Context(), func(context.Context) error {
			go func() {
				status := c.start(ctx, terminal.New(stdin, stdout, stderr), []string{"migrate", "up"})
				ended <- outcome{status, readFile(t, stdout), readFile(t, stderr)}
			}()
			harness.Eventually(t, "it waits", func() bool {
				return len(ended) > 0 || strings.Contains(readFile(t, stderr), "waiting for another process")
			})
			if len(ended) > 0 {
				o := <-ended
				return errors.New("it did not wait: " + o.stdout + o.stderr)
			}
			if interrupted {
				interrupt()
				o := <-ended
				o.ends(t, 1, "waiting for another process that prepares the database, for 0s now\n", "gatehouse: interrupted\n")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if !interrupted {
			o := <-ended
			o.ends(t, 0, "applied 00001_accounts.sql\n")
			if !strings.Contains(o.stderr, "waiting for another process") {
				t.Errorf("stderr: %s", o.stderr)
			}
		}
		interrupt()
	}
}

// TestPropagation has a command wait until running replicas have applied its
// change. The transcript role.txtar shows that other commands don't wait.
func TestPropagation(t *testing.T) {
	c := on(storetest.DSN(t))
	c.propagation = 300 * time.Millisecond
	began := time.Now()
	c.run(t.Context(), t, "role", "create", "shop", "sell:items").ends(t, 0)
	if took := time.Since(began); took < c.propagation {
		t.Errorf("it took %v", took)
	}
}

// TestInterruptedInput ends a command that waits for standard input.
func TestInterruptedInput(t *testing.T) {
	stdin, hand, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer hand.Close()
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan outcome)
	go func() { ended <- commandLine{}.runFrom(ctx, t, stdin, "token", "inspect") }()
	if _, err := hand.WriteString("the first part of a token"); err != nil {
		t.Fatal(err)
	}
	interrupt()
	if o := <-ended; o.status != 1 || o.stderr != "gatehouse: interrupted\n" || o.stdout != "" {
		t.Errorf("status %d: %s%s", o.status, o.stdout, o.stderr)
	}
}
