package embedded

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const (
	port       = "5432" // only a part of the socket's name
	socketName = ".s.PGSQL." + port

	// maxSocketPath is in bytes, without the final zero: sun_path has 108 on Linux, and 104 on the
	// BSDs and macOS.
	maxSocketPath = 103

	shortSocketPrefix = "gatehouse-socket-"
)

// socketDir returns the folder for the server's socket: its own directory or, if that path is too
// long or can't be written in a setting or a DSN, a new short one. temporary reports which.
func (c cluster) socketDir(ctx context.Context) (dir string, temporary bool, err error) {
	if len(filepath.Join(c.dir, socketName)) <= maxSocketPath && !strings.ContainsAny(c.dir, ",\"\n") {
		return c.dir, false, nil
	}
	for _, base := range []string{os.TempDir(), "/tmp"} {
		if len(base)+len("/"+shortSocketPrefix+"1234567890/"+socketName) > maxSocketPath || strings.ContainsAny(base, ",\"\n") ||
			!c.user.CanEnter(ctx, base) {
			continue
		}
		dir, err = os.MkdirTemp(base, shortSocketPrefix) // 0700
		if err != nil {
			continue
		}
		return dir, true, c.user.Chown(dir)
	}
	return "", false, fmt.Errorf("%w: %s is too long for a unix socket, and no temporary folder is usable: choose a shorter DATA_DIR", errDataDir, c.dir)
}

// isShortSocketDir reports whether socketDir could have created dir.
func isShortSocketDir(dir string) bool {
	base := filepath.Dir(dir)
	return strings.HasPrefix(filepath.Base(dir), shortSocketPrefix) && (base == filepath.Clean(os.TempDir()) || base == "/tmp")
}
