package inprocess_test

import (
	"io"
	"os"
	"testing"
	"time"

	"gatehouse/command"
	"gatehouse/command/terminal"
	"gatehouse/test/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Run(m)) }

// The exit statuses of commands.
const (
	statusDone    = 0
	statusRefused = 1
)

// run runs a command on the database with these settings, in this process, and
// returns what it prints. It fails the test unless it exits with this status.
func run(t *testing.T, status int, dsn string, settings []string, args ...string) string {
	t.Helper()
	out, err := os.CreateTemp(t.TempDir(), "output-")
	if err != nil {
		t.Error(err)
		return ""
	}
	defer out.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer null.Close()
	got := command.Run(t.Context(), args, command.Env{
		Environ: harness.Environ(dsn, settings...), Dotenv: os.DevNull, Now: time.Now,
		Terminal: terminal.New(null, out, out),
	})
	text, err := os.ReadFile(out.Name())
	if got != status || err != nil {
		t.Errorf("%q exits with %d, %v, want %d: %s", args, got, err, status, text)
	}
	return string(text)
}

// body reads the whole body of an answer and closes it.
func body(t testing.TB, from io.ReadCloser) []byte {
	t.Helper()
	defer from.Close()
	text, err := io.ReadAll(from)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
