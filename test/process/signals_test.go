package process_test

import (
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"gatehouse/test/harness"
)

// databasePID returns the process id of the embedded database.
func databasePID(t *testing.T, dir string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "data", "pg", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.SplitN(string(text), "\n", 2)[0])
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// TestSignals: each signal that ends a program stops the service in order, with
// its database. One that was started with nohup outlives its terminal.
func TestSignals(t *testing.T) {
	// The tests may have been started with nohup. A program that a process starts ignores
	// what that process ignores, and not what it handles.
	handled := make(chan os.Signal, 1)
	signal.Notify(handled, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(handled) })
	dir := harness.Folder(t)
	for _, sent := range []syscall.Signal{syscall.SIGHUP, syscall.SIGQUIT} { // TestGracefulStop sends another
		t.Run(sent.String(), func(t *testing.T) {
			p := harness.Launch(t, dir)
			database := databasePID(t, dir)
			if err := p.Signal(sent); err != nil {
				t.Fatal(err)
			}
			if err := p.Wait(); err != nil {
				t.Errorf("the service ended with %v:\n%s", err, p.Tail())
			}
			if !strings.Contains(p.Output(), "finishing the requests") || strings.Contains(p.Output(), "goroutine ") {
				t.Errorf("it did not stop in order:\n%s", p.Tail())
			}
			if err := syscall.Kill(database, 0); err == nil {
				t.Errorf("the database still runs, as process %d", database)
			}
		})
	}
	t.Run("nohup", func(t *testing.T) {
		signal.Ignore(syscall.SIGHUP) // what nohup does before it starts the program
		defer signal.Notify(handled, syscall.SIGHUP)
		c := harness.Config(t, dir, nil)
		p := harness.Begin(t, c)
		if err := p.AwaitReady(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := p.Signal(syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
			p.Ask(t, "", `{ __typename }`, nil).Want(t, "")
		}
		if err := p.Stop(); err != nil {
			t.Errorf("the service ended with %v:\n%s", err, p.Tail())
		}
	})
}
