package embedded

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"gatehouse/store/embedded/programs"
	"gatehouse/store/embedded/runas"
)

// A Seed is what the databases of a temporary server contain when it starts. It is made
// once and copied from then on, which is ten times as fast.
type Seed struct {
	Key  string                                       // names the content; another content has another one
	Fill func(ctx context.Context, p *Postgres) error // makes the content, on an empty server
}

const (
	seedPrefix = "database-"
	seedLife   = 7 * 24 * time.Hour // a seed that was not used for so long is removed
)

// errNoSeed says that there is no seed yet.
var errNoSeed = errors.New("no seed of this kind is kept")

// A seedStore is the folder of the user's cache that keeps seeds.
type seedStore struct {
	dir  string // "": there is none, so that nothing is kept
	name string // of this seed
}

// keptSeeds returns where the seed is kept for these programs.
func keptSeeds(bin programs.Installation, key string) seedStore {
	cache, err := os.UserCacheDir()
	fi, statErr := os.Stat(bin.Path("postgres"))
	if err != nil || statErr != nil {
		return seedStore{}
	}
	of := fmt.Sprintf("%s %d %d\n%q\n%s", bin.Dir, fi.Size(), fi.ModTime().UnixNano(), temporaryFlags(), key)
	sum := sha256.Sum256([]byte(of))
	return seedStore{filepath.Join(cache, "gatehouse-test"), seedPrefix + hex.EncodeToString(sum[:16])}
}

// copyTo makes dir, which does not exist, a copy of the seed that belongs to user. It returns
// errNoSeed if none is kept.
func (s seedStore) copyTo(dir string, user runas.User) error {
	kept := filepath.Join(s.dir, s.name)
	fi, err := os.Lstat(kept)
	if s.dir == "" || err != nil || !fi.IsDir() {
		return errNoSeed
	}
	if uid, _ := runas.Ownership(fi); uid != os.Geteuid() {
		return errNoSeed
	}
	now := time.Now()                                  //nolint:forbidigo // the clock of the files
	if err := os.Chtimes(kept, now, now); err != nil { // in use
		return errNoSeed
	}
	if err := copyData(dir, kept, user); err != nil {
		return errors.Join(fmt.Errorf("%w: %w", errNoSeed, err), os.RemoveAll(dir)) // it was removed meanwhile
	}
	return nil
}

// keep keeps a copy of the cluster in dir, whose server has stopped, and removes seeds that are
// not used any more. Another process may keep the same one first.
func (s seedStore) keep(dir string) error {
	if s.dir == "" {
		return nil
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	work, err := os.MkdirTemp(s.dir, "unfinished-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	s.prune(work, time.Now().Add(-seedLife)) //nolint:forbidigo // the clock of the files
	made := filepath.Join(work, "data")
	if err := copyData(made, dir, runas.Caller()); err != nil {
		return err
	}
	if err := os.Rename(made, filepath.Join(s.dir, s.name)); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// prune removes what was not used since then. It moves a folder away first, so that a process
// that copies it notices.
func (s seedStore) prune(work string, since time.Time) {
	entries, _ := os.ReadDir(s.dir) // the next call tries again
	for _, e := range entries {
		if fi, err := e.Info(); err != nil || fi.ModTime().After(since) {
			continue
		}
		away := filepath.Join(work, e.Name())
		if os.Rename(filepath.Join(s.dir, e.Name()), away) == nil {
			_ = os.RemoveAll(away)
		}
	}
}

// copyData copies a cluster whose server has stopped. The copy belongs to user.
func copyData(to, from string, user runas.User) error {
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		return err
	}
	if err := os.Chmod(to, 0o700); err != nil {
		return err
	}
	return filepath.WalkDir(to, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return user.Chown(path)
	})
}
