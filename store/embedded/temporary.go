package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"gatehouse/store/embedded/runas"
)

const temporaryPrefix = "gatehouse-temporary-"

// Temporary starts a temporary server for tests. It doesn't survive a crash, and Stop removes its
// files. They are in memory if there is enough space. Its role may create databases. PG_BINDIR is
// used if it is set.
//
// The next test run removes what a killed one left.
func Temporary(ctx context.Context) (*Postgres, error) {
	if !supported {
		return nil, errUnsupported
	}
	if err := checkEnvironment(); err != nil {
		return nil, err
	}
	user, err := newOwner()
	if err != nil {
		return nil, err
	}
	l := &launcher{Config: Config{BinDir: os.Getenv("PG_BINDIR"), Log: slog.Default()}, machine: thisMachine()}
	bin, err := l.finder().Find(ctx, user, 0)
	if err != nil {
		return nil, err
	}
	base := temporaryBase(ctx, user)
	sweep(base)
	dir, dataLock, err := temporaryDir(base)
	if err != nil {
		return nil, fmt.Errorf("temporary database: %w", err)
	}
	defer dataLock.Close() // the server has inherited it by then
	p, err := startTemporary(ctx, cluster{dir: filepath.Join(dir, pgFolder), user: user, bin: bin}, dataLock)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	p.cleanup = append(p.cleanup, dir)
	return p, nil
}

func startTemporary(ctx context.Context, c cluster, dataLock *os.File) (*Postgres, error) {
	if err := c.initialise(ctx, "--no-sync", "--wal-segsize=1"); err != nil {
		return nil, err
	}
	p, err := c.serve(ctx, dataLock, filepath.Join(filepath.Dir(c.dir), logFile), "CREATEDB",
		setting("fsync", "off"), setting("synchronous_commit", "off"), setting("full_page_writes", "off"),
		setting("autovacuum", "off"), setting("max_connections", "200"))
	if err != nil {
		return nil, err
	}
	go p.server.watch(func(string) {}, p.gone)
	return p, nil
}

// temporaryBase returns a folder in memory if it has enough space, else a folder for temporary
// files that the user can enter.
func temporaryBase(ctx context.Context, user runas.User) string {
	if dir := memoryDir(); dir != "" {
		return dir
	}
	if dir := os.TempDir(); user.CanEnter(ctx, dir) {
		return dir
	}
	return "/tmp"
}

// temporaryDir creates a folder and locks it. The sweep of another run may remove the folder before
// it is locked; then it creates another.
func temporaryDir(base string) (dir string, lock *os.File, err error) {
	for {
		if dir, err = os.MkdirTemp(base, temporaryPrefix); err != nil {
			return "", nil, err
		}
		lock, err = lockDir(dir)
		if err == nil {
			if err = os.Chmod(dir, moveBaseMode); err == nil {
				return dir, lock, nil
			}
			lock.Close()
		}
		if !errors.Is(err, errLocked) && !errors.Is(err, fs.ErrNotExist) {
			return "", nil, err
		}
	}
}

// sweep removes the folders of our test runs that ended without removing them.
func sweep(base string) {
	dirs, _ := filepath.Glob(filepath.Join(base, temporaryPrefix+"*")) // a bad pattern is the only error
	for _, dir := range dirs {
		fi, err := os.Lstat(dir)
		if err != nil || !fi.IsDir() {
			continue
		}
		if uid, _ := runas.Ownership(fi); uid != os.Geteuid() {
			continue
		}
		if lock, err := lockDir(dir); err == nil {
			_ = os.RemoveAll(dir) // the next sweep tries again
			lock.Close()
		}
	}
}

// lockDir locks a folder. It returns errLocked if its test run is still running.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(dir, os.O_RDONLY|noFollow, 0)
	if err != nil {
		return nil, err
	}
	if err := flock(f, exclusive); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
