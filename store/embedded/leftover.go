package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// leftoverGrace is how long a server of an earlier run may take to shut down.
const leftoverGrace = 20 * time.Second

// settle makes sure that no server of an earlier run works on the cluster, and answers with the lock that says so.
//
// A live one is stopped, not taken on: as our child the new one has our settings, ends with us, and we learn when it ends.
// Files that keep Postgres from starting (postmaster.pid, the socket's lock), because the process id in them is that of
// a zombie or of somebody else by now, are removed, and only under that lock.
func (c cluster) settle(ctx context.Context, note func(string)) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(c.dir, majorFile), os.O_RDWR|noFollow, 0)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDataDir, err)
	}
	if err = flock(f, exclusive); errors.Is(err, errTaken) {
		note("a database server of an earlier run is still there, stopping it")
		err = c.stopLeftover(ctx, f)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%w: a server of an earlier run (process %s) still has %s: %w", errStart, readPIDFile(c.dir).pid, c.dir, err)
	}
	if readPIDFile(c.dir).pid != "" {
		note("the database was not shut down, recovering it")
		c.removeStale()
	}
	return f, nil
}

// stopLeftover asks the server to shut down and waits for the lock. pg_ctl asks it, as the database's user: the process
// id stands in a file of that user, and a signal of root's would reach any process.
func (c cluster) stopLeftover(ctx context.Context, f *os.File) error {
	ctx, cancel := context.WithTimeout(ctx, leftoverGrace)
	defer cancel()
	// An error says that it is already going, or that only some of its processes are left, which then end by themselves.
	_ = c.who.command(ctx, "/", c.bin.path("pg_ctl"), "stop", "-D", c.dir, "-m", "fast", "-W").Run()
	return until(ctx, func() (bool, error) {
		err := flock(f, exclusive)
		if errors.Is(err, errTaken) {
			return false, nil
		}
		return true, err
	})
}

// removeStale removes the lock files of a server that has not removed them itself.
func (c cluster) removeStale() {
	if dir := readPIDFile(c.dir).socketDir; dir == c.dir || isShortSocketDir(dir) {
		_ = os.Remove(filepath.Join(dir, socketName))
		_ = os.Remove(filepath.Join(dir, socketName+".lock"))
		if dir != c.dir {
			_ = os.Remove(dir)
		}
	}
	_ = os.Remove(filepath.Join(c.dir, pidFile)) // what can't be removed, postgres will name
}

const pidFile = "postmaster.pid"

// pidFileLines is what we read of postmaster.pid (PostgreSQL's miscadmin.h lists its lines).
type pidFileLines struct {
	pid       string // line 1
	socketDir string // line 5, empty until the socket is there
	ready     bool   // line 8 says so
}

// readPIDFile reads postmaster.pid, empty where there is none.
func readPIDFile(pg string) (p pidFileLines) {
	b, err := readSmall(filepath.Join(pg, pidFile))
	if err != nil {
		return p
	}
	lines := append(strings.Split(string(b), "\n"), make([]string, 8)...)
	return pidFileLines{pid: lines[0], socketDir: lines[4], ready: strings.TrimSpace(lines[7]) == "ready"}
}
