package command_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/command"
	"gatehouse/command/terminal"
	"gatehouse/test/harness"
)

// A commandLine runs commands in this process, with these settings alone.
type commandLine struct {
	environ     []string
	propagation time.Duration
	progress    time.Duration // 0: never
}

// An outcome is how a command ended and what it wrote.
type outcome struct {
	status         int
	stdout, stderr string
}

// on returns a command line for a database.
func on(dsn string) commandLine { return commandLine{environ: harness.Environ(dsn)} }

// run runs a command without input.
func (c commandLine) run(ctx context.Context, t testing.TB, args ...string) outcome {
	t.Helper()
	stdin, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	return c.runFrom(ctx, t, stdin, args...)
}

func (c commandLine) runFrom(ctx context.Context, t testing.TB, stdin *os.File, args ...string) outcome {
	t.Helper()
	dir := t.TempDir()
	stdout, stderr := createFile(t, filepath.Join(dir, "stdout")), createFile(t, filepath.Join(dir, "stderr"))
	status := c.start(ctx, terminal.New(stdin, stdout, stderr), args)
	return outcome{status, readFile(t, stdout), readFile(t, stderr)}
}

func (c commandLine) start(ctx context.Context, t *terminal.Terminal, args []string) int {
	t.ProgressEvery = time.Hour
	if c.progress > 0 {
		t.ProgressEvery = c.progress
	}
	env := command.Env{Environ: c.environ, Dotenv: os.DevNull, Now: time.Now, Terminal: t}
	return command.RunAfter(ctx, args, env, c.propagation)
}

func createFile(t testing.TB, path string) *os.File {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func readFile(t testing.TB, f *os.File) string {
	t.Helper()
	text, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// ends fails unless the command ended with the status and wrote the texts: to
// standard output if the status is 0, else to standard error.
func (o outcome) ends(t testing.TB, status int, texts ...string) {
	t.Helper()
	out := o.stdout
	if status != 0 {
		out = o.stderr
	}
	for _, text := range texts {
		if !strings.Contains(out, text) {
			t.Errorf("no %q", text)
		}
	}
	if o.status != status || t.Failed() {
		t.Errorf("status %d, want %d\nstdout: %s\nstderr: %s", o.status, status, o.stdout, o.stderr)
	}
}
