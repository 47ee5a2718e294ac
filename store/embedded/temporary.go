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

// Temporary starts a temporary server for tests, with the seed; the zero [Seed] is empty. The
// server doesn't survive a crash, and Stop removes its files. They are in memory if there is
// enough space. Its role may create databases. PG_BINDIR is used if it is set.
//
// The next test run removes what a killed one left.
func Temporary(ctx context.Context, seed Seed) (*Postgres, error) {
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
	p, err := cluster{dir: filepath.Join(dir, pgFolder), user: user, bin: bin}.startSeeded(ctx, seed, dataLock)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	p.cleanup = append(p.cleanup, dir)
	return p, nil
}

// startSeeded starts a copy of the seed. If none is kept, it makes the seed and keeps it.
func (c cluster) startSeeded(ctx context.Context, seed Seed, dataLock *os.File) (*Postgres, error) {
	kept := keptSeeds(c.bin, seed.Key)
	err := kept.copyTo(c.dir, c.user)
	if errors.Is(err, errNoSeed) {
		err = c.make(ctx, seed, dataLock)
		if err == nil {
			_ = kept.keep(c.dir) // the next server makes another one
		}
	}
	if err != nil {
		return nil, err
	}
	return c.startTemporary(ctx, dataLock)
}

// make makes the cluster with the content of the seed. No server runs on it afterwards.
func (c cluster) make(ctx context.Context, seed Seed, dataLock *os.File) error {
	if err := c.initialise(ctx, temporaryFlags()...); err != nil {
		return err
	}
	p, err := c.startTemporary(ctx, dataLock)
	if err != nil {
		return err
	}
	if seed.Fill != nil {
		err = seed.Fill(ctx, p)
	}
	return errors.Join(err, p.Stop(ctx))
}

// temporaryFlags returns the flags of initdb for a temporary server.
func temporaryFlags() []string { return []string{"--no-sync", "--wal-segsize=1"} }

func (c cluster) startTemporary(ctx context.Context, dataLock *os.File) (*Postgres, error) {
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
