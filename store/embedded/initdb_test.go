package embedded

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/store/embedded/programs"
)

// broken returns a folder of programs in which initdb fails with the given output.
func broken(t *testing.T, version, words string) string {
	t.Helper()
	dir := programFolder(t)
	for name, script := range map[string]string{
		"postgres": "#!/bin/sh\necho 'postgres (PostgreSQL) " + version + "'\n",
		"initdb":   "#!/bin/sh\necho '" + words + "' >&2\nexit 1\n",
	} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(script), 0o600))
		must(t, os.Chmod(filepath.Join(dir, name), 0o755))
	}
	return dir
}

func TestInitdbFails(t *testing.T) {
	tests := []struct {
		name, words string
		want        error
	}{
		{"some reason", "initdb: error: the moon is full", programs.ErrUnusable},
		{"disk full", "initdb: error: could not write file: No space left on device", errDiskFull},
		{"disk full in a table", "FATAL:  could not extend file: wrote only 4096 of 8192 bytes\nHINT:  Check free disk space.", errDiskFull},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := Config{DataDir: filepath.Join(folder(t), "data"), BinDir: broken(t, "15.1", tt.words)}
			_, err := Serve(t.Context(), cfg)
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.words) {
				t.Errorf("error %v, want %v with %q", err, tt.want, tt.words)
			}
			if _, err := os.Stat(filepath.Join(cfg.DataDir, pgFolder+".init")); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("files were left behind: %v", err)
			}
			cfg.BinDir = ""
			serve(t, cfg)
		})
	}
}

// TestLocaleIsAbsent uses an initdb that knows only the locale C.
func TestLocaleIsAbsent(t *testing.T) {
	dir := broken(t, "15.1", "")
	script := "#!/bin/sh\ncase \"$*\" in *C.UTF-8*|*en_US*) echo 'initdb: error: invalid locale name \"C.UTF-8\"'; exit 1;; *'--locale C'*) exit 0;; esac\nexit 1\n"
	must(t, os.WriteFile(filepath.Join(dir, "initdb"), []byte(script), 0o755))
	user, err := newOwner()
	must(t, err)
	c := cluster{user: user, bin: programs.Installation{Dir: dir, Major: 15}}
	must(t, c.initdb(t.Context(), "/nowhere", nil))
}
