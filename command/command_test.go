package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/store/storetest"
)

// testSecret is the SECRET_KEY of the services under test.
const testSecret = "kY0Z2m4i8P3vXh1q7u9sT5wLrNbCdEfGaJoKxQyUzMw="

// A console runs commands in this process, with no settings but its own.
type console struct {
	ctx      context.Context
	environ  []string
	dotenv   string
	now      func() time.Time
	patience time.Duration
	moment   time.Duration // 0: tests wait for what they need themselves
}

// An outcome is how a command ended, and what it wrote.
type outcome struct {
	status         int
	stdout, stderr string
}

// consoleOn returns a console for the database with the DSN.
func consoleOn(t testing.TB, dsn string, environ ...string) console {
	t.Helper()
	settings := []string{"DATABASE_URL=" + dsn, "PUBLIC_URL=http://localhost:8080", "SECRET_KEY=" + testSecret}
	return consoleWith(t, append(settings, environ...)...)
}

func consoleWith(t testing.TB, environ ...string) console {
	t.Helper()
	return console{ctx: t.Context(), environ: environ, dotenv: os.DevNull, now: time.Now, patience: time.Minute}
}

// run runs a command whose standard input is a file with this text.
func (c console) run(t testing.TB, stdin string, args ...string) outcome {
	t.Helper()
	dir := t.TempDir()
	files := make([]*os.File, 3)
	for i := range files {
		path := filepath.Join(dir, []string{"stdin", "stdout", "stderr"}[i])
		if err := os.WriteFile(path, []byte([]string{stdin, "", ""}[i]), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files[i] = f
	}
	s := c.session(files[0], files[1], files[2])
	status := s.execute(args)
	return outcome{status, content(t, files[1]), content(t, files[2])}
}

func (c console) session(stdin, stdout, stderr *os.File) *session {
	return &session{
		ctx: c.ctx, environ: c.environ, dotenv: c.dotenv, now: c.now, patience: c.patience, moment: c.moment,
		stdin: stdin, stdout: stdout, stderr: stderr,
	}
}

func content(t testing.TB, f *os.File) string {
	t.Helper()
	text, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// ends fails unless the command ended with the status, and wrote the texts: into its answer if it is done, else beside it.
func (o outcome) ends(t testing.TB, status int, texts ...string) {
	t.Helper()
	where := o.stdout
	if status != exitDone {
		where = o.stderr
	}
	missing := func(text string) bool { return !strings.Contains(where, text) }
	if o.status != status || slices.ContainsFunc(texts, missing) {
		t.Errorf("status = %d, want %d and %q\nanswer: %s\nbeside it: %s", o.status, status, texts, o.stdout, o.stderr)
	}
}

func TestCommandLine(t *testing.T) {
	tests := []struct {
		args   string
		status int
		want   string
	}{
		{"serv", exitUsage, `did you mean one of "serve"`},
		{"nonsense", exitUsage, "gatehouse: unexpected argument nonsense\nUsage: gatehouse <command>"},
		{"serve --nonsense", exitUsage, "unknown flag --nonsense"},
		{"user", exitUsage, `expected one of "create", "list"`},
		{"user create", exitUsage, "Usage: gatehouse user create <email> [flags]"},
		{"user set-roles ada@example.com", exitUsage, "<role>"},
		{"role grant support", exitUsage, "<scope>"},
		{"token inspect secret-token", exitUsage, "unexpected argument"},
		{"--help", exitDone, "gatehouse user create ada@example.com "},
		{"-h", exitDone, "Who may do what\n  user create"},
		{"user --help", exitDone, "Usage: gatehouse user <command>"},
		{"user create --help", exitDone, "At a terminal the password is asked for."},
		{"schema print", exitDone, "type Query"},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			o := consoleWith(t).run(t, "", strings.Fields(tt.args)...)
			o.ends(t, tt.status, tt.want)
			if silent := map[bool]string{true: o.stderr, false: o.stdout}[tt.status == exitDone]; silent != "" {
				t.Errorf("on the other output it says: %s", silent)
			}
		})
	}
}

func TestEveryCommandHelps(t *testing.T) {
	commands := []string{
		"serve", "user create", "user list", "user set-roles", "user disable", "user enable", "user delete", "user reset-password",
		"role list", "role create", "role grant", "role revoke", "role delete", "migrate status", "migrate up", "migrate down",
		"session list", "session revoke", "session revoke-all", "key list", "key rotate", "key retire", "key import",
		"schema print", "token inspect", "config check", "version",
	}
	top := consoleWith(t).run(t, "", "--help")
	for _, name := range commands {
		top.ends(t, exitDone, "\n  "+name+" ")
		consoleWith(t).run(t, "", append(strings.Fields(name), "--help")...).ends(t, exitDone, "Usage: gatehouse "+name)
	}
}

// TestFaultySettings has every command that needs settings refuse bad ones, before it does anything.
func TestFaultySettings(t *testing.T) {
	for _, args := range []string{"serve", "user list", "user create ada@example.com", "role list", "session list", "key rotate", "migrate status", "config check"} {
		t.Run(args, func(t *testing.T) {
			o := consoleWith(t, "JWT_ALG=none", "ADDR=x").run(t, "", strings.Fields(args)...)
			o.ends(t, exitRefused, "gatehouse: the settings can't be used:\n", "JWT_ALG", "ADDR")
			if o.stdout != "" {
				t.Errorf("it answers: %s", o.stdout)
			}
		})
	}
}

// TestNotMigrated has the commands that need tables refuse a database that lacks them, and work on one that has them.
func TestNotMigrated(t *testing.T) {
	for _, args := range []string{"user list", "user create ada@example.com", "role list", "role create support"} {
		t.Run(args, func(t *testing.T) {
			bare, migrated := consoleOn(t, storetest.EmptyDSN(t)), consoleOn(t, storetest.DSN(t))
			bare.run(t, "", strings.Fields(args)...).ends(t, exitRefused, "run gatehouse migrate up, or start the service once")
			migrated.run(t, "", strings.Fields(args)...).ends(t, exitDone)
		})
	}
}
