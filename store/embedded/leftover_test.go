package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// orphan starts a server that nobody owns, as a service leaves it that was killed where the kernel does not tell its
// children.
func orphan(t *testing.T, cfg Config) (*Postgres, cluster) {
	t.Helper()
	l, err := newLauncher(cfg)
	must(t, err)
	c, err := l.ready(t.Context())
	must(t, err)
	alive, err := c.settle(t.Context(), func(string) {})
	must(t, err)
	defer alive.Close()
	p, err := c.serve(t.Context(), alive, filepath.Join(t.TempDir(), logFile), "")
	must(t, err)
	return p, c
}

func TestLeftoverServerIsStopped(t *testing.T) {
	cfg := existing(t)
	left, c := orphan(t, cfg)
	remember(t, left)

	f, err := os.Open(filepath.Join(c.dir, majorFile))
	must(t, err)
	defer f.Close()
	if err := flock(f, exclusive); !errors.Is(err, errTaken) {
		t.Errorf("the running server does not hold the lock of its data: %v", err)
	}

	recall(t, serve(t, cfg))
	<-left.server.ended
	if left.server.err != nil {
		t.Errorf("it was not shut down in order: %v", left.server.err)
	}
}

// TestStaleFiles has a postmaster.pid and a socket's lock that name a living process of the same user which is no server
// of ours, as after a restart of a container, where process ids begin anew.
func TestStaleFiles(t *testing.T) {
	cfg := existing(t)
	pg := filepath.Join(cfg.DataDir, pgFolder)
	who, err := accountOf(pg)
	must(t, err)
	other := who.command(t.Context(), "/", "sleep", "600")
	must(t, other.Start())
	t.Cleanup(func() { _ = other.Wait() })

	lines := fmt.Sprintf("%d\n%s\n1\n5432\n%s\n\n1 1\nready   \n", other.Process.Pid, pg, pg)
	for _, name := range []string{pidFile, socketName + ".lock"} {
		must(t, os.WriteFile(filepath.Join(pg, name), []byte(lines), 0o600))
		must(t, who.give(filepath.Join(pg, name)))
	}
	p := serve(t, cfg)
	if got := serverPID(t, pg); got != p.server.process.Pid {
		t.Errorf("postmaster.pid names %d, want %d", got, p.server.process.Pid)
	}
}

// TestStaleSocketElsewhere has a postmaster.pid that names a folder which is not of our making: it is left alone.
func TestStaleSocketElsewhere(t *testing.T) {
	other := t.TempDir()
	socket := filepath.Join(other, socketName)
	must(t, os.WriteFile(socket, nil, 0o600))
	own, err := os.MkdirTemp(os.TempDir(), shortSocketPrefix)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(own, socketName), nil, 0o600))

	for _, dir := range []string{other, own} {
		c := cluster{dir: t.TempDir()}
		must(t, os.WriteFile(filepath.Join(c.dir, pidFile), []byte("1\n\n\n\n"+dir+"\n"), 0o600))
		c.removeStale()
	}
	if _, err := os.Stat(socket); err != nil {
		t.Errorf("a foreign socket: %v", err)
	}
	if _, err := os.Stat(own); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("our own socket's folder: %v", err)
	}
}
