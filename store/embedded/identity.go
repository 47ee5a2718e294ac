package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// belongsTo is a file next to a moved pg that names the DATA_DIR it belongs to: its path and, in the
// next line, its [folderID]. The process that runs the database locks it.
const belongsTo = "data-dir"

// checkIdentity returns an error unless the moved pg in dir belongs to DATA_DIR: a copy of DATA_DIR
// names the database of the original. A DATA_DIR that was renamed is still the same folder, and one
// that was restored has the same path.
func (l *launcher) checkIdentity(dir string) error {
	path := filepath.Join(dir, belongsTo)
	b, err := readSmall(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", errDataDir, err)
	}
	owner, id, _ := strings.Cut(strings.TrimSpace(string(b)), "\n")
	here, err := folderID(l.DataDir)
	if err != nil {
		return fmt.Errorf("%w: %w", errDataDir, err)
	}
	if owner != "" && owner != l.DataDir && id != here {
		return fmt.Errorf("%w: %s is a copy: its database, %s, belongs to %s. To work on a copy, run gatehouse backup with DATA_DIR=%[4]s, "+
			"and gatehouse restore with an empty DATA_DIR. If you have moved %[4]s here, write %[2]s into %s",
			errDataDir, l.DataDir, filepath.Join(dir, pgFolder), owner, path)
	}
	if owner == l.DataDir && id == here {
		return nil
	}
	return writeIdentity(dir, l.DataDir)
}

// writeIdentity says that the moved pg in dir belongs to dataDir.
func writeIdentity(dir, dataDir string) error {
	id, err := folderID(dataDir)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, belongsTo), []byte(dataDir+"\n"+id+"\n"), 0o600)
}

// lockIdentity locks the moved pg in dir for as long as its server runs: the locks in DATA_DIR are
// others in a copy of it.
func (l *launcher) lockIdentity(dir string) (*os.File, error) {
	lock, err := tryLock(filepath.Join(dir, belongsTo), exclusive)
	if errors.Is(err, errLocked) {
		return nil, fmt.Errorf("%w: another process uses the database of %s, in %s: stop it", errDataDir, l.DataDir, dir)
	}
	return lock, err
}

// checkCopied returns an error if pg was copied while its server ran. Such a copy may be damaged,
// and PostgreSQL notices that only later, if at all.
func checkCopied(pg string) error {
	p := readPIDFile(pg)
	if p.dataDir == "" {
		return nil
	}
	here, err := os.Stat(pg)
	if err != nil {
		return fmt.Errorf("%w: %w", errDataDir, err)
	}
	if there, err := os.Stat(p.dataDir); filepath.Clean(p.dataDir) == pg || err == nil && os.SameFile(here, there) {
		return nil
	}
	return fmt.Errorf("%w: %s was copied from %s while that was running, so it may be damaged. Use gatehouse backup and gatehouse restore, "+
		"or stop the service before you copy. If it was moved after a crash, and not copied, remove %s",
		errDataDir, pg, p.dataDir, filepath.Join(pg, pidFile))
}
