package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// openFolder returns a new folder that the user of the database may enter, so that nothing has to be kept outside of it.
func openFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "gatehouse-commands-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestCommandsOnOwnDatabase uses a database of our own: one that is made for the command, and found again by the next. That it is made and
// started is nothing to warn of.
func TestCommandsOnOwnDatabase(t *testing.T) {
	c := consoleWith(t, "DATA_DIR="+filepath.Join(openFolder(t), "data"), "PG_BINDIR="+os.Getenv("PG_BINDIR"), "LOG_LEVEL=debug")
	made := c.run(t, adaPassword, "user", "create", adaEmail, "--password-stdin")
	made.ends(t, exitDone, adaEmail)
	if made.stderr != "" {
		t.Errorf("beside its answer it says: %s", made.stderr)
	}
	c.run(t, "", "user", "list").ends(t, exitDone, adaEmail)
	c.run(t, "", "migrate", "status").ends(t, exitDone)
}

// TestCommandsOnRunningDatabase uses the database that a service runs, which goes on as if nothing had been.
func TestCommandsOnRunningDatabase(t *testing.T) {
	dir := openFolder(t)
	p, _ := serveIn(t, dir)
	data := filepath.Join(dir, "data")
	c := consoleWith(t, "DATA_DIR="+data, "PG_BINDIR="+os.Getenv("PG_BINDIR"))
	c.run(t, adaPassword, "user", "create", adaEmail, "--password-stdin").ends(t, exitDone, adaEmail)
	ada := p.login(t, adaEmail, adaPassword)

	file := filepath.Join(data, "admin-password")
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p.login(t, "admin@localhost", strings.TrimSpace(string(kept)))
	c.run(t, "nine-loud-bitterns-31", "user", "reset-password", adaEmail, "--password-stdin").ends(t, exitDone)
	if _, err := os.Stat(file); err != nil {
		t.Errorf("the administrator's first password went with another's: %v", err)
	}
	p.soon(t, ada.access, meOperation, "UNAUTHENTICATED")
	c.run(t, adminPassword, "user", "reset-password", "admin@localhost", "--password-stdin").ends(t, exitDone)
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the file with the first password is still there: %v", err)
	}
	p.login(t, "admin@localhost", adminPassword)
}
