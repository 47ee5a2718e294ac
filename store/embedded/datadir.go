package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// makeDataDir makes DATA_DIR, if absent, 0711 for root (the database's user must get through it to pg) and 0700 for
// anybody else. The mode of one that has something in it stays: who made it may have had a reason.
func makeDataDir(dir string) error {
	mode := fs.FileMode(0o700)
	if os.Geteuid() == 0 {
		mode = 0o711
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("%w: %w: choose another DATA_DIR", errDataDir, err)
	}
	made := true
	if err := os.Mkdir(dir, mode); errors.Is(err, fs.ErrExist) {
		made = false
	} else if err != nil {
		return fmt.Errorf("%w: %w: choose another DATA_DIR", errDataDir, err)
	}
	fi, err := os.Stat(dir)
	if err != nil || !fi.IsDir() {
		return fmt.Errorf("%w: %s is not a folder", errDataDir, dir)
	}
	if made || isOwnAndEmpty(dir, fi) {
		return os.Chmod(dir, mode)
	}
	return nil
}

func isOwnAndEmpty(dir string, fi fs.FileInfo) bool {
	entries, err := os.ReadDir(dir)
	uid, _ := ownership(fi)
	return err == nil && len(entries) == 0 && uid == os.Geteuid()
}

// SecretsDir is DATA_DIR/secrets, 0700 of the calling user, made if absent. One that others can read or that belongs to
// somebody else is refused.
func SecretsDir(dataDir string) (string, error) {
	if dataDir == "" {
		return "", fmt.Errorf("%w: DATA_DIR is empty", errDataDir)
	}
	dir, err := filepath.Abs(filepath.Join(dataDir, "secrets"))
	if err != nil {
		return "", fmt.Errorf("secrets: %w", err)
	}
	if err := makeDataDir(filepath.Dir(dir)); err != nil {
		return "", err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("%w: %w: choose another DATA_DIR", errDataDir, err)
	}
	return dir, checkSecrets(dir)
}

func checkSecrets(dir string) error {
	fi, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("secrets: %w", err)
	}
	uid, _ := ownership(fi)
	switch {
	case !fi.IsDir():
		return fmt.Errorf("%w: %s is not a folder", errDataDir, dir)
	case supported && uid != os.Geteuid():
		return fmt.Errorf("%w: %s belongs to user %d and this is user %d: run as the former, or choose another DATA_DIR",
			errDataDir, dir, uid, os.Geteuid())
	case supported && fi.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("%w: others can enter %s (mode %04o): look whether its secrets must be renewed, then chmod 700 it",
			errDataDir, dir, fi.Mode().Perm())
	}
	return nil
}
