// Package programs finds PostgreSQL's programs on this computer, or downloads
// them if it has none.
package programs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gatehouse/store/embedded/runas"
)

// Each failure of [Finder.Find] wraps one of these, followed by advice.
var (
	ErrNone     = errors.New("no PostgreSQL programs (initdb, postgres) found")
	ErrMajor    = errors.New("the data and the programs have different PostgreSQL versions")
	ErrUnusable = errors.New("the PostgreSQL programs do not run")
	ErrFetch    = errors.New("PostgreSQL could not be downloaded")
)

// oldestMajor is the oldest PostgreSQL that lib/pq supports.
const oldestMajor = 14

// An Installation has the initdb, postgres and pg_ctl of one major version.
type Installation struct {
	Dir   string
	Major int
}

// Path returns the path of the program with the given name.
func (i Installation) Path(name string) string { return filepath.Join(i.Dir, name) }

// A Finder finds the programs for a database.
type Finder struct {
	Machine
	// DataDir is the absolute DATA_DIR. Downloads may be cached in it.
	DataDir string
	// BinDir is PG_BINDIR. If it is set, no other folder is searched.
	BinDir string
	Log    *slog.Logger
}

// Find finds the programs for a database of the given major version (0: any supported version)
// that the user can run. If the computer has none, it downloads them with npm.
func (f Finder) Find(ctx context.Context, user runas.User, major int) (Installation, error) {
	if f.BinDir != "" {
		return fromBinDir(ctx, user, f.BinDir, major)
	}
	seen := search{user: user, major: major}
	if p, ok := seen.first(ctx, f.folders()); ok {
		return p, nil
	}
	if len(seen.broken) == 0 && (major == 0 || major == pinnedMajor) && f.canFetch() {
		return f.fetch(ctx, user)
	}
	return Installation{}, seen.failure(f)
}

// folders returns where programs may be: on the PATH, then in the usual folders, the newest version
// first, then in the cache.
func (f Finder) folders() []string {
	dirs := filepath.SplitList(f.Path)
	for _, pattern := range f.Usual {
		found, _ := filepath.Glob(pattern) // a bad pattern is the only error
		slices.SortFunc(found, func(a, b string) int { return versionIn(b) - versionIn(a) })
		dirs = append(dirs, found...)
	}
	return append(dirs, f.fetched()...)
}

var digits = regexp.MustCompile(`[0-9]+`)

// versionIn returns the last number in a path, which is the version of a usual folder, or 0.
func versionIn(path string) int {
	all := append([]string{"0"}, digits.FindAllString(path, -1)...)
	n, _ := strconv.Atoi(all[len(all)-1]) // it contains only digits
	return n
}

// A search goes through folders and records what is wrong with them, for the error message.
type search struct {
	user  runas.User
	major int

	others []Installation // with another major version
	broken []error        // that do not run
}

func (s *search) first(ctx context.Context, dirs []string) (Installation, bool) {
	for _, dir := range dirs {
		dir, ok := resolve(dir)
		if !ok {
			continue
		}
		p, err := inspect(ctx, s.user, dir)
		switch {
		case err != nil:
			s.broken = append(s.broken, err)
		case p.Major == s.major || s.major == 0 && p.Major >= oldestMajor:
			return p, true
		default:
			s.others = append(s.others, p)
		}
	}
	return Installation{}, false
}

func (s *search) failure(f Finder) error {
	switch {
	case len(s.others) > 0 && s.major == 0:
		return fmt.Errorf("%w: %s is too old, the oldest supported version is %d: install a newer one (%s), set PG_BINDIR to its folder, or set DATABASE_URL",
			ErrMajor, versions(s.others), oldestMajor, installLine(f.Path, 0))
	case len(s.others) > 0:
		return fmt.Errorf("%w: the data in %s are of PostgreSQL %d, but this computer has %s: install PostgreSQL %d (%s), or set PG_BINDIR to the folder of its programs",
			ErrMajor, f.DataDir, s.major, versions(s.others), s.major, installLine(f.Path, s.major))
	case len(s.broken) > 0:
		return fmt.Errorf("%w: %w", ErrUnusable, s.broken[0])
	}
	return fmt.Errorf("%w: install them (%s), set PG_BINDIR to their folder, or set DATABASE_URL", ErrNone, installLine(f.Path, s.major))
}

func versions(found []Installation) string {
	var names []string
	for _, p := range found {
		names = append(names, fmt.Sprintf("PostgreSQL %d (%s)", p.Major, p.Dir))
	}
	return strings.Join(slices.Compact(names), ", ")
}

// fromBinDir returns the programs in PG_BINDIR. No other folder is searched then.
func fromBinDir(ctx context.Context, user runas.User, dir string, major int) (Installation, error) {
	found, ok := resolve(dir)
	if !ok {
		return Installation{}, fmt.Errorf("%w in PG_BINDIR %s: set it to the folder that contains both", ErrNone, dir)
	}
	p, err := inspect(ctx, user, found)
	switch {
	case err != nil:
		return p, fmt.Errorf("%w: %w", ErrUnusable, err)
	case major != 0 && p.Major != major:
		return p, fmt.Errorf("%w: the data are of PostgreSQL %d, but PG_BINDIR (%s) has %d: set it to the folder of PostgreSQL %d",
			ErrMajor, major, dir, p.Major, major)
	case p.Major < oldestMajor:
		return p, fmt.Errorf("%w: PG_BINDIR (%s) has PostgreSQL %d, and the oldest supported version is %d", ErrMajor, dir, p.Major, oldestMajor)
	}
	return p, nil
}

// resolve returns the folder that the postgres in dir really is in (on the PATH it may be a
// link), if initdb is there too.
func resolve(dir string) (string, bool) {
	if !filepath.IsAbs(dir) { // a relative entry of the PATH depends on the working directory
		return "", false
	}
	target, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres"))
	if err != nil {
		return "", false
	}
	dir = filepath.Dir(target)
	_, err = os.Stat(filepath.Join(dir, "initdb"))
	return dir, err == nil
}

var versionOutput = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// inspect runs postgres --version as the user.
func inspect(ctx context.Context, user runas.User, dir string) (Installation, error) {
	p := Installation{Dir: dir}
	out, err := user.Command(ctx, "/", p.Path("postgres"), "--version").CombinedOutput()
	if err == nil {
		p.Major, err = majorIn(string(out))
	}
	if err != nil {
		return p, fmt.Errorf("%s --version, as user %d: %w: %s", p.Path("postgres"), user.UID, err, runas.LastLines(string(out)))
	}
	return p, nil
}

// majorIn parses the output of postgres --version, such as "postgres (PostgreSQL) 15.18 (Debian
// 15.18-0)" or "... 19beta1".
func majorIn(output string) (int, error) {
	match := versionOutput.FindStringSubmatch(output)
	if match == nil {
		return 0, errors.New("the output has no version")
	}
	return strconv.Atoi(match[1])
}

// installLine returns the command that installs PostgreSQL on this system, for its package manager,
// in a certain major version unless that is 0.
func installLine(path string, major int) string {
	apt, brew := "postgresql", "postgresql"
	if major != 0 {
		apt, brew = "postgresql-"+strconv.Itoa(major), "postgresql@"+strconv.Itoa(major)
	}
	for _, line := range []string{
		"brew install " + brew, "apt-get install " + apt, "dnf install postgresql-server",
		"apk add postgresql", "pacman -S postgresql", "zypper install postgresql-server",
	} {
		manager, _, _ := strings.Cut(line, " ")
		if _, ok := lookup(path, manager); ok {
			return line
		}
	}
	return "apt-get install " + apt + ", brew install " + brew + ", or your system's package manager"
}

// lookup finds a program on the given PATH.
func lookup(path, name string) (string, bool) {
	for _, dir := range filepath.SplitList(path) {
		if !filepath.IsAbs(dir) {
			continue
		}
		if found, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return found, true
		}
	}
	return "", false
}
