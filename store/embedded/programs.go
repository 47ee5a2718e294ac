package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// programs are the initdb, postgres and pg_ctl of one installation.
type programs struct {
	dir   string
	major int
}

func (p programs) path(name string) string { return filepath.Join(p.dir, name) }

// A machine is what this computer offers to the launcher.
type machine struct {
	path   string   // the PATH
	usual  []string // globs of the folders where systems install PostgreSQL's programs
	caches []string // for downloaded programs; the first usable one is taken
	bases  []string // where pg may move to if we are root; the first usable one is taken
	sha512 string   // of the package to download, in base64; "" if this platform has none
}

func thisMachine() *machine {
	m := &machine{
		path: os.Getenv("PATH"),
		usual: []string{
			"/usr/lib/postgresql/*/bin",                               // Debian, Ubuntu
			"/usr/pgsql-*/bin",                                        // the PostgreSQL project's RPM packages
			"/usr/libexec/postgresql*",                                // Alpine
			"/opt/homebrew/opt/postgresql@*/bin",                      // Homebrew, arm64
			"/usr/local/opt/postgresql@*/bin",                         // Homebrew, amd64
			"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",         // Homebrew, Linux
			"/Applications/Postgres.app/Contents/Versions/[0-9]*/bin", // Postgres.app
			"/Library/PostgreSQL/*/bin",                               // EDB, macOS
			"/opt/local/lib/postgresql*/bin",                          // MacPorts
			"/usr/local/pgsql/bin",                                    // built from source
		},
		sha512: pinnedSHA512(platform()),
		bases:  []string{"/var/lib/gatehouse", "/var/db/gatehouse", "/opt/gatehouse"},
	}
	if dir, err := os.UserCacheDir(); err == nil {
		m.caches = append(m.caches, filepath.Join(dir, "gatehouse"))
	}
	if os.Geteuid() == 0 { // root's cache is mostly inside a folder that the database's user can't enter
		m.caches = append(m.caches, "/var/cache/gatehouse")
	}
	return m
}

// programs finds the programs for a database of the given major version (0: any supported version)
// that the account can run. If the computer has none, it downloads them with npm.
func (l *launcher) programs(ctx context.Context, user account, major int) (programs, error) {
	if l.BinDir != "" {
		return fromBinDir(ctx, user, l.BinDir, major)
	}
	seen := search{user: user, major: major}
	if p, ok := seen.first(ctx, l.folders()); ok {
		return p, nil
	}
	if len(seen.broken) == 0 && (major == 0 || major == pinnedMajor) && l.canFetch() {
		return l.fetch(ctx, user)
	}
	return programs{}, seen.failure(l)
}

// folders returns where programs may be: on the PATH, then in the usual folders, the newest version
// first, then in the cache.
func (l *launcher) folders() []string {
	dirs := filepath.SplitList(l.path)
	for _, pattern := range l.usual {
		found, _ := filepath.Glob(pattern) // a bad pattern is the only error
		slices.SortFunc(found, func(a, b string) int { return versionIn(b) - versionIn(a) })
		dirs = append(dirs, found...)
	}
	return append(dirs, l.fetched()...)
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
	user  account
	major int

	others []programs // with another major version
	broken []error    // that do not run
}

func (s *search) first(ctx context.Context, dirs []string) (programs, bool) {
	for _, dir := range dirs {
		dir, ok := installation(dir)
		if !ok {
			continue
		}
		p, err := inspect(ctx, s.user, dir)
		switch {
		case err != nil:
			s.broken = append(s.broken, err)
		case p.major == s.major || s.major == 0 && p.major >= oldestMajor:
			return p, true
		default:
			s.others = append(s.others, p)
		}
	}
	return programs{}, false
}

func (s *search) failure(l *launcher) error {
	switch {
	case len(s.others) > 0 && s.major == 0:
		return fmt.Errorf("%w: %s is too old, the oldest supported version is %d: install a newer one (%s), set PG_BINDIR to its folder, or set DATABASE_URL",
			errMajor, versions(s.others), oldestMajor, installLine(l.path, 0))
	case len(s.others) > 0:
		return fmt.Errorf("%w: the data in %s are of PostgreSQL %d, but this computer has %s: install PostgreSQL %d (%s), or set PG_BINDIR to the folder of its programs",
			errMajor, l.DataDir, s.major, versions(s.others), s.major, installLine(l.path, s.major))
	case len(s.broken) > 0:
		return fmt.Errorf("%w: %w", errUnusable, s.broken[0])
	}
	return fmt.Errorf("%w: install them (%s), set PG_BINDIR to their folder, or set DATABASE_URL", errNoPrograms, installLine(l.path, s.major))
}

func versions(found []programs) string {
	var names []string
	for _, p := range found {
		names = append(names, fmt.Sprintf("PostgreSQL %d (%s)", p.major, p.dir))
	}
	return strings.Join(slices.Compact(names), ", ")
}

// fromBinDir returns the programs in PG_BINDIR. No other folder is searched then.
func fromBinDir(ctx context.Context, user account, dir string, major int) (programs, error) {
	found, ok := installation(dir)
	if !ok {
		return programs{}, fmt.Errorf("%w in PG_BINDIR %s: set it to the folder that contains both", errNoPrograms, dir)
	}
	p, err := inspect(ctx, user, found)
	switch {
	case err != nil:
		return p, fmt.Errorf("%w: %w", errUnusable, err)
	case major != 0 && p.major != major:
		return p, fmt.Errorf("%w: the data are of PostgreSQL %d, but PG_BINDIR (%s) has %d: set it to the folder of PostgreSQL %d",
			errMajor, major, dir, p.major, major)
	case p.major < oldestMajor:
		return p, fmt.Errorf("%w: PG_BINDIR (%s) has PostgreSQL %d, and the oldest supported version is %d", errMajor, dir, p.major, oldestMajor)
	}
	return p, nil
}

// installation returns the folder that the postgres in dir really is in (on the PATH it may be a
// link), if initdb is there too.
func installation(dir string) (string, bool) {
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

// inspect runs postgres --version as the account.
func inspect(ctx context.Context, user account, dir string) (programs, error) {
	p := programs{dir: dir}
	out, err := user.command(ctx, "/", p.path("postgres"), "--version").CombinedOutput()
	if err == nil {
		p.major, err = majorIn(string(out))
	}
	if err != nil {
		return p, fmt.Errorf("%s --version, as user %d: %w: %s", p.path("postgres"), user.uid, err, lastLines(string(out)))
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
