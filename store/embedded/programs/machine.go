package programs

import (
	"os"
	"path/filepath"
)

// A Machine is what this computer offers to a [Finder].
type Machine struct {
	Path   string   // the PATH
	Usual  []string // globs of the folders where systems install PostgreSQL's programs
	Caches []string // for downloaded programs; the first usable one is taken
	SHA512 string   // of the package to download, in base64; "" if this platform has none
}

// ThisMachine returns what this computer offers.
func ThisMachine() Machine {
	m := Machine{
		Path: os.Getenv("PATH"),
		Usual: []string{
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
		SHA512: pinnedSHA512(platform()),
	}
	if dir, err := os.UserCacheDir(); err == nil {
		m.Caches = append(m.Caches, filepath.Join(dir, "gatehouse"))
	}
	if os.Geteuid() == 0 { // root's cache is mostly inside a folder that the database's user can't enter
		m.Caches = append(m.Caches, "/var/cache/gatehouse")
	}
	return m
}
