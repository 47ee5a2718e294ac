package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// cluster is a database directory (PGDATA) and what it is worked on with.
type cluster struct {
	dir string
	who account
	bin programs
}

// madeHere marks a folder in which we were making a database, so that it may be removed when that was interrupted.
const madeHere = "made-by-gatehouse"

// initialise makes the database directory. It grows in a folder beside it and is moved to its place when whole:
// whatever interrupts this, the next start finds either a database or none.
func (c cluster) initialise(ctx context.Context, flags ...string) error {
	work := c.dir + ".init"
	if err := clearUnfinished(work); err != nil {
		return err
	}
	if err := c.prepare(work); err != nil {
		return failure(errDataDir, work, err.Error())
	}
	made := filepath.Join(work, "data")
	if err := c.initdb(ctx, made, flags); err != nil {
		return errors.Join(err, os.RemoveAll(work))
	}
	if err := os.Remove(c.dir); err != nil && !errors.Is(err, fs.ErrNotExist) { // an empty folder, or an error
		return fmt.Errorf("%w: %w", errDataDir, err)
	}
	if err := os.Rename(made, c.dir); err != nil {
		return fmt.Errorf("%w: %w", errDataDir, err)
	}
	return os.RemoveAll(work)
}

// clearUnfinished removes what an interrupted initialise has left, and nothing else.
func clearUnfinished(work string) error {
	if _, err := os.Lstat(work); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if _, err := os.Lstat(filepath.Join(work, madeHere)); err != nil && os.Remove(work) != nil { // an empty folder may go
		return fmt.Errorf("%w: %s is in the way of a new database: move it away, or choose another DATA_DIR", errForeign, work)
	}
	return os.RemoveAll(work)
}

// prepare makes the folder to work in, and in it the one that becomes the database.
func (c cluster) prepare(work string) error {
	if err := os.Mkdir(work, moveBaseMode); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(work, madeHere), nil, 0o600); err != nil {
		return err
	}
	if err := os.Chmod(work, moveBaseMode); err != nil {
		return err
	}
	data := filepath.Join(work, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	return c.who.give(data)
}

func (c cluster) initdb(ctx context.Context, dir string, flags []string) error {
	args := append([]string{
		"--pgdata", dir, "--username", superuser, "--encoding", "UTF8", "--no-instructions",
		// Nobody but the database's user and root reaches the socket, which is 0700 in a folder that is; there is no TCP.
		"--auth-local", "trust", "--auth-host", "reject",
	}, flags...)
	output, err := c.tryInitdb(ctx, append(args, c.locale()...))
	if err != nil && strings.Contains(output, "invalid locale name") {
		output, err = c.tryInitdb(ctx, append(args, "--locale", "C"))
	}
	if err != nil {
		return fmt.Errorf("%s: %w: %w", c.bin.path("initdb"), err, failure(errUnusable, dir, output))
	}
	return nil
}

func (c cluster) tryInitdb(ctx context.Context, args []string) (output string, err error) {
	out, err := c.who.command(ctx, "/", c.bin.path("initdb"), args...).CombinedOutput()
	return lastLines(string(out)), err
}

// locale has text sorted by code point, the same everywhere, and lower() know all of Unicode.
func (c cluster) locale() []string {
	switch {
	case c.bin.major >= 17:
		return []string{"--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"}
	case runtime.GOOS == "darwin":
		return []string{"--locale", "C", "--lc-ctype", "en_US.UTF-8"}
	}
	return []string{"--locale", "C", "--lc-ctype", "C.UTF-8"}
}
