package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gatehouse/store/embedded/runas"
)

const (
	pgFolder     = "pg"
	pgRecord     = "pg.location" // in DATA_DIR: the folder that contains pg
	majorFile    = "PG_VERSION"  // in pg: its major version, written by initdb
	moveBaseMode = 0o711
)

// locate returns the path of pg: in DATA_DIR, or in the folder that DATA_DIR records.
func (l *launcher) locate() (string, error) {
	record := filepath.Join(l.DataDir, pgRecord)
	b, err := os.ReadFile(record)
	if errors.Is(err, fs.ErrNotExist) {
		return filepath.Join(l.DataDir, pgFolder), nil
	}
	if err != nil {
		return "", fmt.Errorf("%w: %w", errDataDir, err)
	}
	dir := strings.TrimSpace(string(b))
	if fi, err := os.Stat(dir); err != nil || !fi.IsDir() || !filepath.IsAbs(dir) {
		return "", fmt.Errorf("%w: %s says that the database is in %q, which does not exist: restore it, or remove %s to start with a new database",
			errDataDir, record, dir, record)
	}
	if err := l.checkIdentity(dir); err != nil {
		return "", err
	}
	return filepath.Join(dir, pgFolder), nil
}

// move creates a folder for pg that the database's user can enter, because it can't enter DATA_DIR,
// and records it.
func (l *launcher) move(ctx context.Context, user runas.User) (string, error) {
	for _, base := range l.bases {
		if os.Mkdir(base, moveBaseMode) == nil {
			_ = os.Chmod(base, moveBaseMode) // regardless of the umask; CanEnter decides
		}
		if !user.CanEnter(ctx, base) {
			continue
		}
		if dir, err := l.moveTo(base); err == nil {
			return filepath.Join(dir, pgFolder), nil
		}
	}
	return "", fmt.Errorf("%w: the user that PostgreSQL runs as (%d) can't enter %s: choose a DATA_DIR that is not inside a private folder",
		errDataDir, user.UID, l.DataDir)
}

func (l *launcher) moveTo(base string) (string, error) {
	dir, err := os.MkdirTemp(base, "data-")
	if err != nil {
		return "", err
	}
	if err := os.Chmod(dir, moveBaseMode); err != nil {
		return "", err
	}
	if err := writeIdentity(dir, l.DataDir); err != nil {
		return "", err
	}
	record := filepath.Join(l.DataDir, pgRecord)
	if err := os.WriteFile(record+".new", []byte(dir+"\n"), 0o600); err != nil {
		return "", err
	}
	return dir, os.Rename(record+".new", record)
}

// majorOf returns the major version of the database pg, 0 if it doesn't exist yet, and errForeign
// if something else is there.
func majorOf(pg string) (int, error) {
	entries, err := os.ReadDir(pg)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return 0, nil
	}
	if errors.Is(err, fs.ErrPermission) {
		return 0, fmt.Errorf("%w: user %d can't read it: run as its owner, or choose another DATA_DIR: %w", errDataDir, os.Geteuid(), err)
	}
	b, err := readSmall(filepath.Join(pg, majorFile))
	major, convErr := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil || convErr != nil {
		return 0, fmt.Errorf("%w: %s exists but has no %s: move it away, or choose another DATA_DIR", errForeign, pg, majorFile)
	}
	return major, nil
}

// readSmall reads a file of a few lines in a folder that other users may write to: it doesn't
// follow links or wait for pipes.
func readSmall(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|noFollow|noWait, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 4096))
}
