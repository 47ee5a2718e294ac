package programs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gatehouse/store/embedded/runas"
)

// ErrNoClient means that pg_dump and pg_restore are missing or too old.
var ErrNoClient = errors.New("no suitable pg_dump and pg_restore found")

// FindClient finds pg_dump and pg_restore of the major version or, because they
// know older ones too, of the next newer version. PG_BINDIR may have a server's
// programs only, so it doesn't exclude other folders.
func (f Finder) FindClient(ctx context.Context, major int) (Installation, error) {
	dirs := append([]string{f.BinDir}, f.folders()...)
	var suitable, old []Installation
	for _, dir := range dirs {
		p, err := inspectClient(ctx, dir)
		switch {
		case err != nil:
		case p.Major >= major:
			suitable = append(suitable, p)
		default:
			old = append(old, p)
		}
	}
	if len(suitable) > 0 {
		return slices.MinFunc(suitable, func(a, b Installation) int { return a.Major - b.Major }), nil
	}
	found := "this computer has neither"
	if len(old) > 0 {
		found = "this computer has those of " + versions(old)
	}
	return Installation{}, fmt.Errorf("%w: they must be of PostgreSQL %d or newer, and %s: install them (%s), or set PG_BINDIR to their folder",
		ErrNoClient, major, found, clientLine(f.Path, major))
}

// inspectClient returns the client programs in a folder. A link on the PATH may
// lead to a script that chooses a version (Debian's pg_wrapper), which is in a
// folder without pg_restore.
func inspectClient(ctx context.Context, dir string) (Installation, error) {
	if !filepath.IsAbs(dir) {
		return Installation{}, os.ErrNotExist
	}
	target, err := filepath.EvalSymlinks(filepath.Join(dir, "pg_dump"))
	if err != nil {
		return Installation{}, err
	}
	p := Installation{Dir: filepath.Dir(target)}
	if _, err := os.Stat(p.Path("pg_restore")); err != nil {
		return p, err
	}
	out, err := runas.Caller().Command(ctx, "/", p.Path("pg_dump"), "--version").Output()
	if err == nil {
		p.Major, err = majorIn(string(out))
	}
	return p, err
}

// clientLine returns the command that installs the client programs.
func clientLine(path string, major int) string {
	line := installLine(path, major)
	line = strings.Replace(line, "apt-get install postgresql-", "apt-get install postgresql-client-", 1)
	return strings.NewReplacer("dnf install postgresql-server", "dnf install postgresql",
		"apk add postgresql", fmt.Sprintf("apk add postgresql%d-client", major)).Replace(line)
}
