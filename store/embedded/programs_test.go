package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// installed returns a folder with a postgres that prints the given version.
func installed(t *testing.T, version string) string { return broken(t, version, "") }

// linked returns a folder like the one on Debian's PATH: a link to postgres, and no initdb.
func linked(t *testing.T, to string) string {
	dir := programFolder(t)
	must(t, os.Symlink(filepath.Join(to, "postgres"), filepath.Join(dir, "postgres")))
	return dir
}

func TestPrograms(t *testing.T) {
	old, v15, v18 := installed(t, "13.9"), installed(t, "15.18 (Debian 15.18-0+deb12u1)"), installed(t, "18beta1")
	garbled := installed(t, "of some kind")
	onlyOne := linked(t, v15) // replaced by a plain file: no initdb next to it
	must(t, os.Remove(filepath.Join(onlyOne, "postgres")))
	must(t, os.WriteFile(filepath.Join(onlyOne, "postgres"), nil, 0o755))

	tests := []struct {
		name    string
		path    []string
		usual   string // a glob
		binDir  string
		major   int // of the data
		want    string
		wantErr error
	}{
		{name: "nothing", wantErr: errNoPrograms},
		{name: "postgres without initdb", path: []string{onlyOne}, wantErr: errNoPrograms},
		{name: "relative entry of the PATH", path: []string{".", ""}, wantErr: errNoPrograms},
		{name: "nothing for the data", major: 15, wantErr: errNoPrograms},
		{name: "too old", path: []string{old}, wantErr: errMajor},
		{name: "does not run", path: []string{garbled}, wantErr: errUnusable},
		{name: "newer than the data", path: []string{v18}, major: 15, wantErr: errMajor},
		{name: "older than the data", path: []string{v15}, major: 18, wantErr: errMajor},
		{name: "PG_BINDIR is empty", path: []string{v15}, binDir: "/nowhere", wantErr: errNoPrograms},
		{name: "PG_BINDIR for other data", path: []string{v15}, binDir: v18, major: 15, wantErr: errMajor},
		{name: "PG_BINDIR is too old", binDir: old, wantErr: errMajor},
		{name: "PG_BINDIR does not run", binDir: garbled, wantErr: errUnusable},

		{name: "on the PATH", path: []string{v15, v18}, want: v15},
		{name: "a link on the PATH", path: []string{linked(t, v15)}, want: v15},
		{name: "usual folder", usual: v18, want: v18},
		{name: "one of two runs", path: []string{garbled, v15}, want: v15},
		{name: "one of two is new enough", path: []string{old, v15}, want: v15},
		{name: "the data decide", path: []string{v18, v15}, major: 15, want: v15},
		{name: "PG_BINDIR", path: []string{v15}, binDir: v18, want: v18},
		{name: "PG_BINDIR for the data", binDir: v15, major: 15, want: v15},
	}
	user, err := newAccount()
	must(t, err)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := &machine{path: strings.Join(tt.path, string(filepath.ListSeparator)), usual: []string{tt.usual}}
			l := &launcher{Config: Config{DataDir: "/data", BinDir: tt.binDir}, machine: m}
			got, err := l.programs(t.Context(), user, tt.major)
			if !errors.Is(err, tt.wantErr) || got.dir != tt.want && err == nil {
				t.Errorf("programs = %s, %v, want %s, %v", got.dir, err, tt.want, tt.wantErr)
			}
		})
	}
}

func TestNewestOfUsualFolders(t *testing.T) {
	base := programFolder(t)
	for _, version := range []string{"9", "15", "16"} {
		must(t, os.Rename(installed(t, version+".1"), filepath.Join(base, version)))
	}
	user, err := newAccount()
	must(t, err)
	l := &launcher{machine: &machine{usual: []string{filepath.Join(base, "*")}}}
	if got, err := l.programs(t.Context(), user, 0); err != nil || got.major != 16 {
		t.Errorf("programs = %+v, %v, want version 16", got, err)
	}
}

// TestMessagesNameWaysOut checks the messages for a computer without PostgreSQL, or with another
// version than the data need.
func TestMessagesNameWaysOut(t *testing.T) {
	bin := programFolder(t)
	must(t, os.WriteFile(filepath.Join(bin, "apt-get"), nil, 0o600))
	must(t, os.Chmod(filepath.Join(bin, "apt-get"), 0o755))
	here, err := (&launcher{machine: thisMachine()}).programs(t.Context(), account{}, 0)
	must(t, err)
	major := fmt.Sprint(here.major)
	nothing, path := &machine{path: bin}, &machine{path: here.dir + ":" + bin}

	tests := []struct {
		name    string
		cfg     Config
		version string // in the data's PG_VERSION
		machine *machine
		want    []string
	}{
		{"no programs", Config{DataDir: filepath.Join(folder(t), "data")}, "", nothing,
			[]string{"apt-get install postgresql)", "PG_BINDIR", "DATABASE_URL"}},
		{"no programs for the data", existing(t), major, nothing,
			[]string{"apt-get install postgresql-" + major + ")", "PG_BINDIR", "DATABASE_URL"}},
		{"other programs", existing(t), "14", path,
			[]string{"PostgreSQL 14", "PostgreSQL " + major, "apt-get install postgresql-14)", "PG_BINDIR"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(tt.cfg.DataDir, pgFolder, majorFile)
			if tt.version != "" {
				must(t, os.WriteFile(file, []byte(tt.version+"\n"), 0o600))
			}
			tt.cfg.machine = tt.machine
			_, err := Serve(t.Context(), tt.cfg)
			for _, want := range tt.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in: %v", want, err)
				}
			}
			if tt.version != "" {
				must(t, os.WriteFile(file, []byte(major+"\n"), 0o600))
			}
			tt.cfg.machine = nil
			serve(t, tt.cfg)
		})
	}
}
