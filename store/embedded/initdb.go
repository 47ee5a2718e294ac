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

	"gatehouse/store/embedded/programs"
	"gatehouse/store/embedded/runas"
)

// A cluster is a database directory (PGDATA), with the user and the programs for it.
type cluster struct {
	dir  string
	user runas.User
	bin  programs.Installation
}

// unfinishedMark is a file in a folder in which a database is being created. It says that the
// folder may be removed if that was interrupted.
const unfinishedMark = "made-by-gatehouse"

// initialise creates the database directory. It builds it in a folder next to it and then moves it,
// so that after an interruption the next start finds either a complete database or none.
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

// clearUnfinished removes what an interrupted initialise left, and nothing else.
func clearUnfinished(work string) error {
	if _, err := os.Lstat(work); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if _, err := os.Lstat(filepath.Join(work, unfinishedMark)); err != nil && os.Remove(work) != nil { // an empty folder may be removed
		return fmt.Errorf("%w: %s is in the place of a new database: move it away, or choose another DATA_DIR", errForeign, work)
	}
	return os.RemoveAll(work)
}

// prepare creates the work folder, and in it the folder that becomes the database.
func (c cluster) prepare(work string) error {
	if err := os.Mkdir(work, moveBaseMode); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(work, unfinishedMark), nil, 0o600); err != nil {
		return err
	}
	if err := os.Chmod(work, moveBaseMode); err != nil {
		return err
	}
	data := filepath.Join(work, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	return c.user.Chown(data)
}

func (c cluster) initdb(ctx context.Context, dir string, flags []string) error {
	args := append([]string{
		"--pgdata", dir, "--username", superuser, "--encoding", "UTF8", "--no-instructions",
		// Only the database's user and root can reach the socket: its mode is 0700, and so is its
		// folder's. The server doesn't listen on TCP.
		"--auth-local", "trust", "--auth-host", "reject",
	}, flags...)
	output, err := c.tryInitdb(ctx, append(args, c.locale()...))
	if err != nil && strings.Contains(output, "invalid locale name") {
		output, err = c.tryInitdb(ctx, append(args, "--locale", "C"))
	}
	if err != nil {
		return fmt.Errorf("%s: %w: %w", c.bin.Path("initdb"), err, failure(programs.ErrUnusable, dir, output))
	}
	return nil
}

func (c cluster) tryInitdb(ctx context.Context, args []string) (output string, err error) {
	out, err := c.user.Command(ctx, "/", c.bin.Path("initdb"), args...).CombinedOutput()
	return runas.LastLines(string(out)), err
}

// locale returns flags so that text is sorted by code point, the same everywhere, and lower() works
// for all of Unicode.
func (c cluster) locale() []string {
	switch {
	case c.bin.Major >= 17:
		return []string{"--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"}
	case runtime.GOOS == "darwin":
		return []string{"--locale", "C", "--lc-ctype", "en_US.UTF-8"}
	}
	return []string{"--locale", "C", "--lc-ctype", "C.UTF-8"}
}
