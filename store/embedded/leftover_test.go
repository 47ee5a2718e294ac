package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// orphan starts a server whose service no longer exists, as after a kill on a system without
// killWithParent.
func orphan(t *testing.T, cfg Config) (*Postgres, cluster) {
	t.Helper()
	l, err := newLauncher(cfg)
	must(t, err)
	c, err := l.openCluster(t.Context())
	must(t, err)
	dataLock, err := c.lock(t.Context(), func(string) {})
	must(t, err)
	defer dataLock.Close()
	p, err := c.serve(t.Context(), dataLock, filepath.Join(t.TempDir(), logFile), "")
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
	if err := flock(f, exclusive); !errors.Is(err, errLocked) {
		t.Errorf("the running server does not hold the lock on its data: %v", err)
	}

	recall(t, serve(t, cfg))
	<-left.server.ended
	if left.server.err != nil {
		t.Errorf("it was not shut down cleanly: %v", left.server.err)
	}
}

// postmaster.pid and the socket's lock name a living process of the same user that is not our
// server, as after the restart of a container, where process ids start again.
func TestStaleFiles(t *testing.T) {
	cfg := existing(t)
	pg := filepath.Join(cfg.DataDir, pgFolder)
	user, err := ownerOf(pg)
	must(t, err)
	other := user.Command(t.Context(), "/", "sleep", "600")
	must(t, other.Start())
	t.Cleanup(func() { _ = other.Wait() })

	lines := fmt.Sprintf("%d\n%s\n1\n5432\n%s\n\n1 1\nready   \n", other.Process.Pid, pg, pg)
	for _, name := range []string{pidFile, socketName + ".lock"} {
		must(t, os.WriteFile(filepath.Join(pg, name), []byte(lines), 0o600))
		must(t, user.Chown(filepath.Join(pg, name)))
	}
	p := serve(t, cfg)
	if got := serverPID(t, pg); got != p.server.process.Pid {
		t.Errorf("postmaster.pid names %d, want %d", got, p.server.process.Pid)
	}
}

// postmaster.pid names a folder that we did not create: it is left alone.
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
