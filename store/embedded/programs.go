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

// machine is what this computer offers to work with.
type machine struct {
	path   string   // the PATH
	usual  []string // globs of the folders where systems keep Postgres' programs
	caches []string // where fetched programs may be kept: the first usable one
	bases  []string // where pg may move to, for root: the first usable one
	sha512 string   // of the package that may be fetched, base64; "" where there is none for it
}

func thisMachine() *machine {
	m := &machine{
		path: os.Getenv("PATH"),
		usual: []string{
			"/usr/lib/postgresql/*/bin",                               // Debian, Ubuntu
			"/usr/pgsql-*/bin",                                        // packages of the PostgreSQL project for RPM systems
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
	if os.Geteuid() == 0 { // root's own cache is mostly below a folder that the database's user can't enter
		m.caches = append(m.caches, "/var/cache/gatehouse")
	}
	return m
}

// programs finds those for a database of the given major version, any from oldestMajor on where it is 0, that who can run.
// Where the computer has none and npm is there, they are fetched.
func (l *launcher) programs(ctx context.Context, who account, major int) (programs, error) {
	if l.BinDir != "" {
		return fromBinDir(ctx, who, l.BinDir, major)
	}
	seen := search{who: who, major: major}
	if p, ok := seen.first(ctx, l.folders()); ok {
		return p, nil
	}
	if len(seen.broken) == 0 && (major == 0 || major == pinnedMajor) && l.canFetch() {
		return l.fetch(ctx, who)
	}
	return programs{}, seen.failure(l)
}

// folders are where programs may be: first the PATH, then the usual folders, the newest version first, then the cache.
func (l *launcher) folders() []string {
	dirs := filepath.SplitList(l.path)
	for _, pattern := range l.usual {
		found, _ := filepath.Glob(pattern) // a bad pattern is the only error
		slices.SortFunc(found, func(a, b string) int { return number(b) - number(a) })
		dirs = append(dirs, found...)
	}
	return append(dirs, l.fetched()...)
}

var digits = regexp.MustCompile(`[0-9]+`)

// number is the last in a path: the version of a usual folder, 0 where it has none.
func number(path string) int {
	all := append([]string{"0"}, digits.FindAllString(path, -1)...)
	n, _ := strconv.Atoi(all[len(all)-1]) // it has digits only
	return n
}

// search goes through folders and remembers what was wrong with them, for a message.
type search struct {
	who   account
	major int

	others []programs // of another major version
	broken []error    // would not run
}

func (s *search) first(ctx context.Context, dirs []string) (programs, bool) {
	for _, dir := range dirs {
		dir, ok := installation(dir)
		if !ok {
			continue
		}
		p, err := inspect(ctx, s.who, dir)
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
		return fmt.Errorf("%w: %s is too old, %d is the oldest that is supported: install a newer one (%s), name its folder in PG_BINDIR, or set DATABASE_URL",
			errMajor, versions(s.others), oldestMajor, installLine(l.path, 0))
	case len(s.others) > 0:
		return fmt.Errorf("%w: the data in %s are of PostgreSQL %d, here is %s: install PostgreSQL %d (%s), or name the folder of its programs in PG_BINDIR",
			errMajor, l.DataDir, s.major, versions(s.others), s.major, installLine(l.path, s.major))
	case len(s.broken) > 0:
		return fmt.Errorf("%w: %w", errUnusable, s.broken[0])
	}
	return fmt.Errorf("%w: install them (%s), name their folder in PG_BINDIR, or set DATABASE_URL", errNoPrograms, installLine(l.path, s.major))
}

func versions(found []programs) string {
	var names []string
	for _, p := range found {
		names = append(names, fmt.Sprintf("PostgreSQL %d (%s)", p.major, p.dir))
	}
	return strings.Join(slices.Compact(names), ", ")
}

// fromBinDir is what PG_BINDIR names; nothing else is looked at then.
func fromBinDir(ctx context.Context, who account, dir string, major int) (programs, error) {
	found, ok := installation(dir)
	if !ok {
		return programs{}, fmt.Errorf("%w in PG_BINDIR %s: name the folder that has both", errNoPrograms, dir)
	}
	p, err := inspect(ctx, who, found)
	switch {
	case err != nil:
		return p, fmt.Errorf("%w: %w", errUnusable, err)
	case major != 0 && p.major != major:
		return p, fmt.Errorf("%w: the data are of PostgreSQL %d, and PG_BINDIR (%s) is of %d: name the folder of PostgreSQL %d there",
			errMajor, major, dir, p.major, major)
	case p.major < oldestMajor:
		return p, fmt.Errorf("%w: PG_BINDIR (%s) is of PostgreSQL %d, and %d is the oldest that is supported", errMajor, dir, p.major, oldestMajor)
	}
	return p, nil
}

// installation is the folder that the postgres in dir really is in (a link on the PATH leads to it), if initdb is there too.
func installation(dir string) (string, bool) {
	if !filepath.IsAbs(dir) { // a relative entry of the PATH depends on where one stands
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

// inspect runs postgres --version as who.
func inspect(ctx context.Context, who account, dir string) (programs, error) {
	p := programs{dir: dir}
	out, err := who.command(ctx, "/", p.path("postgres"), "--version").CombinedOutput()
	if err == nil {
		p.major, err = majorIn(string(out))
	}
	if err != nil {
		return p, fmt.Errorf("%s --version, as user %d: %w: %s", p.path("postgres"), who.uid, err, lastLines(string(out)))
	}
	return p, nil
}

// majorIn reads the output of postgres --version, such as "postgres (PostgreSQL) 15.18 (Debian 15.18-0)" or "... 19beta1".
func majorIn(output string) (int, error) {
	match := versionOutput.FindStringSubmatch(output)
	if match == nil {
		return 0, errors.New("this is no version")
	}
	return strconv.Atoi(match[1])
}

// installLine is the command that installs PostgreSQL on this system, told by its package manager; a certain major
// version of it where that is not 0.
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
	return "apt-get install " + apt + ", brew install " + brew + ", or your system's way"
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
