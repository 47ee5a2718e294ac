package programs

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/store/embedded/runas"
)

// installed returns a folder with a postgres that prints the given version.
func installed(t *testing.T, version string) string {
	t.Helper()
	dir := folder(t)
	for name, script := range map[string]string{
		"postgres": "#!/bin/sh\necho 'postgres (PostgreSQL) " + version + "'\n",
		"initdb":   "#!/bin/sh\nexit 1\n",
	} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(script), 0o600))
		must(t, os.Chmod(filepath.Join(dir, name), 0o755))
	}
	return dir
}

// folder returns a new folder that every user can enter, unlike t.TempDir.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "gatehouse-test-")
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	must(t, os.Chmod(dir, 0o711))
	return dir
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// linked returns a folder like the one on Debian's PATH: a link to postgres, and no initdb.
func linked(t *testing.T, to string) string {
	dir := folder(t)
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
		{name: "nothing", wantErr: ErrNone},
		{name: "postgres without initdb", path: []string{onlyOne}, wantErr: ErrNone},
		{name: "relative entry of the PATH", path: []string{".", ""}, wantErr: ErrNone},
		{name: "nothing for the data", major: 15, wantErr: ErrNone},
		{name: "too old", path: []string{old}, wantErr: ErrMajor},
		{name: "does not run", path: []string{garbled}, wantErr: ErrUnusable},
		{name: "newer than the data", path: []string{v18}, major: 15, wantErr: ErrMajor},
		{name: "older than the data", path: []string{v15}, major: 18, wantErr: ErrMajor},
		{name: "PG_BINDIR is empty", path: []string{v15}, binDir: "/nowhere", wantErr: ErrNone},
		{name: "PG_BINDIR for other data", path: []string{v15}, binDir: v18, major: 15, wantErr: ErrMajor},
		{name: "PG_BINDIR is too old", binDir: old, wantErr: ErrMajor},
		{name: "PG_BINDIR does not run", binDir: garbled, wantErr: ErrUnusable},

		{name: "on the PATH", path: []string{v15, v18}, want: v15},
		{name: "a link on the PATH", path: []string{linked(t, v15)}, want: v15},
		{name: "usual folder", usual: v18, want: v18},
		{name: "one of two runs", path: []string{garbled, v15}, want: v15},
		{name: "one of two is new enough", path: []string{old, v15}, want: v15},
		{name: "the data decide", path: []string{v18, v15}, major: 15, want: v15},
		{name: "PG_BINDIR", path: []string{v15}, binDir: v18, want: v18},
		{name: "PG_BINDIR for the data", binDir: v15, major: 15, want: v15},
	}
	user, err := runas.Unprivileged()
	must(t, err)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := Machine{Path: strings.Join(tt.path, string(filepath.ListSeparator)), Usual: []string{tt.usual}}
			f := Finder{Machine: m, DataDir: "/data", BinDir: tt.binDir}
			got, err := f.Find(t.Context(), user, tt.major)
			if !errors.Is(err, tt.wantErr) || got.Dir != tt.want && err == nil {
				t.Errorf("programs = %s, %v, want %s, %v", got.Dir, err, tt.want, tt.wantErr)
			}
		})
	}
}

func TestNewestOfUsualFolders(t *testing.T) {
	base := folder(t)
	for _, version := range []string{"9", "15", "16"} {
		must(t, os.Rename(installed(t, version+".1"), filepath.Join(base, version)))
	}
	user, err := runas.Unprivileged()
	must(t, err)
	f := Finder{Machine: Machine{Usual: []string{filepath.Join(base, "*")}}}
	if got, err := f.Find(t.Context(), user, 0); err != nil || got.Major != 16 {
		t.Errorf("programs = %+v, %v, want version 16", got, err)
	}
}
