package harness

import (
	"context"
	"os"
	"sync"
	"testing"

	"gatehouse/test/harness/process"
)

// built is the program, compiled once for all tests of a binary.
var built programs

// programs are the compiled packages of this module, by import path.
type programs struct {
	mu    sync.Mutex
	dir   string
	paths map[string]string
}

// path returns the path of a package's program, compiled if need be.
func (p *programs) path(ctx context.Context, pkg string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if path := p.paths[pkg]; path != "" {
		return path, nil
	}
	if p.dir == "" {
		dir, err := process.OpenFolder()
		if err != nil {
			return "", err
		}
		p.dir, p.paths = dir, map[string]string{}
	}
	path, err := process.Build(ctx, p.dir, pkg)
	if err == nil {
		p.paths[pkg] = path
	}
	return path, err
}

func (p *programs) remove() {
	if p.dir != "" {
		_ = os.RemoveAll(p.dir)
	}
}

// Program returns the path of the program of a package of this module, which
// is compiled once for all tests of a binary. The environment variable GATEHOUSE
// may hold the path of a built service to test.
func Program(t testing.TB, pkg string) string {
	t.Helper()
	if path := os.Getenv("GATEHOUSE"); path != "" && pkg == "gatehouse" {
		return path
	}
	path, err := built.path(context.Background(), pkg)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Config returns a configuration that runs the service's program in dir, with
// these settings and arguments.
func Config(t testing.TB, dir string, environ []string, args ...string) process.Config {
	t.Helper()
	return process.Config{Program: Program(t, "gatehouse"), Args: args, Dir: dir, Environ: environ}
}

// A Process is the service as its users run it: the built program.
type Process struct {
	*Client
	*process.Process
}

// Launch runs the program in dir with these settings, and waits until it is
// ready. It is killed at the end of the test, if it still runs.
func Launch(t testing.TB, dir string, environ ...string) *Process {
	t.Helper()
	p, err := process.Launch(context.Background(), Config(t, dir, environ))
	if err != nil {
		t.Fatal(err)
	}
	return attach(t, p)
}

// Begin is Launch without waiting.
func Begin(t testing.TB, c process.Config) *Process {
	t.Helper()
	p, err := process.Begin(c)
	if err != nil {
		t.Fatal(err)
	}
	return attach(t, p)
}

func attach(t testing.TB, p *process.Process) *Process {
	t.Helper()
	t.Cleanup(func() {
		_ = p.Stop()
		if t.Failed() {
			t.Logf("%s wrote last:\n%s", p.Name, p.Tail())
		}
	})
	return &Process{Client: &Client{URL: p.URL}, Process: p}
}

// Folder makes an empty folder that every user may enter, removed at the end
// of the test: a database started by root runs as another user.
func Folder(t testing.TB) string {
	t.Helper()
	dir, err := process.OpenFolder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// FreeAddress is a loopback address with a port that was free a moment ago.
func FreeAddress(t testing.TB) string {
	t.Helper()
	address, err := process.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return address
}
