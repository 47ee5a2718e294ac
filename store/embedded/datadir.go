package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"gatehouse/store/embedded/runas"
)

// makeDataDir creates DATA_DIR if it is missing: 0711 for root, because the database's user must
// pass through it to pg, else 0700. The mode of a folder with files in it is left alone.
func makeDataDir(dir string) error {
	mode := fs.FileMode(0o700)
	if os.Geteuid() == 0 {
		mode = 0o711
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("%w: %w: choose another DATA_DIR, or set DATABASE_URL", errDataDir, err)
	}
	made := true
	if err := os.Mkdir(dir, mode); errors.Is(err, fs.ErrExist) {
		made = false
	} else if err != nil {
		return fmt.Errorf("%w: %w: choose another DATA_DIR, or set DATABASE_URL", errDataDir, err)
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
	uid, _ := runas.Ownership(fi)
	return err == nil && len(entries) == 0 && uid == os.Geteuid()
}

// SecretsDir returns DATA_DIR/secrets, a folder with mode 0700 that belongs to the calling user. It
// creates the folder if it is missing, and refuses one that other users can enter or own.
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
		return "", fmt.Errorf("%w: %w: choose another DATA_DIR, or set DATABASE_URL", errDataDir, err)
	}
	return dir, checkSecrets(dir)
}

func checkSecrets(dir string) error {
	fi, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("secrets: %w", err)
	}
	uid, _ := runas.Ownership(fi)
	switch {
	case !fi.IsDir():
		return fmt.Errorf("%w: %s is not a folder", errDataDir, dir)
	case supported && uid != os.Geteuid():
		return fmt.Errorf("%w: %s belongs to user %d, and this is user %d: run as user %[3]d, or choose another DATA_DIR",
			errDataDir, dir, uid, os.Geteuid())
	case supported && fi.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("%w: other users can enter %s (mode %04o): replace its secrets if they may have been read, then run chmod 700 on it",
			errDataDir, dir, fi.Mode().Perm())
	}
	return nil
}
