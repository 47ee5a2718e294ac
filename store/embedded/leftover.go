package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// leftoverGrace is how long a server of an earlier run may take to shut down.
const leftoverGrace = 20 * time.Second

// lock returns the lock on the cluster's data, which no server of an earlier run holds.
//
// A server that is still running is stopped, not adopted: as our child, the new one has our
// settings, ends with us, and we notice when it ends. Files that keep PostgreSQL from starting
// (postmaster.pid, the socket's lock), because the process id in them now belongs to a zombie or to
// another program, are removed under the lock.
func (c cluster) lock(ctx context.Context, log func(string)) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(c.dir, majorFile), os.O_RDWR|noFollow, 0)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDataDir, err)
	}
	if err = flock(f, exclusive); errors.Is(err, errLocked) {
		log("a database server of an earlier run is still running, stopping it")
		err = c.stopLeftover(ctx, f)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%w: a server of an earlier run (process %s) still uses %s: %w", errStart, readPIDFile(c.dir).pid, c.dir, err)
	}
	if readPIDFile(c.dir).pid != "" {
		log("the database was not shut down, recovering it")
		c.removeStale()
	}
	return f, nil
}

// stopLeftover asks the server to shut down and waits for the lock. It uses pg_ctl as the
// database's user: the process id is in a file of that user, and a signal from root would reach any
// process.
func (c cluster) stopLeftover(ctx context.Context, f *os.File) error {
	ctx, cancel := context.WithTimeout(ctx, leftoverGrace)
	defer cancel()
	// An error means that the server is already stopping, or that only some of its processes are
	// left, which end by themselves.
	_ = c.user.Command(ctx, "/", c.bin.Path("pg_ctl"), "stop", "-D", c.dir, "-m", "fast", "-W").Run()
	return poll(ctx, func() (bool, error) {
		err := flock(f, exclusive)
		if errors.Is(err, errLocked) {
			return false, nil
		}
		return true, err
	})
}

// removeStale removes the lock files that a server left behind.
func (c cluster) removeStale() {
	if dir := readPIDFile(c.dir).socketDir; dir == c.dir || isShortSocketDir(dir) && !answers(dir) {
		_ = os.Remove(filepath.Join(dir, socketName))
		_ = os.Remove(filepath.Join(dir, socketName+".lock"))
		if dir != c.dir {
			_ = os.Remove(dir)
		}
	}
	_ = os.Remove(filepath.Join(c.dir, pidFile)) // postgres reports what can't be removed
}

// answers reports whether a server listens on the socket in dir: that of another database, if ours
// is a copy.
func answers(dir string) bool {
	conn, err := net.Dial("unix", filepath.Join(dir, socketName))
	if err == nil {
		conn.Close()
	}
	return err == nil
}

const pidFile = "postmaster.pid"

// pidFileLines are the lines of postmaster.pid that we read (PostgreSQL's miscadmin.h lists them).
type pidFileLines struct {
	pid       string // line 1
	dataDir   string // line 2
	socketDir string // line 5, empty until the socket exists
	ready     bool   // line 8 says so
}

// readPIDFile reads postmaster.pid. The result is empty if the file doesn't exist.
func readPIDFile(pg string) (p pidFileLines) {
	b, err := readSmall(filepath.Join(pg, pidFile))
	if err != nil {
		return p
	}
	lines := append(strings.Split(string(b), "\n"), make([]string, 8)...)
	return pidFileLines{pid: lines[0], dataDir: lines[1], socketDir: lines[4], ready: strings.TrimSpace(lines[7]) == "ready"}
}
