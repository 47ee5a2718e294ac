package embedded

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/store/embedded/runas"
)

// For root, DATA_DIR is in a folder that the database's user can't enter. Other users are that
// user.
func TestPrivateFolder(t *testing.T) {
	private, base := folder(t), filepath.Join(folder(t), "gatehouse")
	must(t, os.Chmod(private, 0o700))
	m := thisMachine()
	m.bases = []string{"/nowhere/at/all", base}
	cfg := Config{DataDir: filepath.Join(private, "data"), machine: m}
	p := serve(t, cfg)
	remember(t, p)
	stop(t, p)

	recorded, err := os.ReadFile(filepath.Join(cfg.DataDir, pgRecord))
	_, inside := os.Stat(filepath.Join(cfg.DataDir, pgFolder))
	if os.Geteuid() != 0 {
		if inside != nil || err == nil {
			t.Errorf("pg is not in DATA_DIR: %v", inside)
		}
	} else if inside == nil || err != nil || !strings.HasPrefix(string(recorded), base) {
		t.Errorf("pg is recorded in %q (%v), want it below %s", recorded, err, base)
	}
	recall(t, serve(t, cfg))
}

func TestNoFolderForRoot(t *testing.T) {
	private := folder(t)
	must(t, os.Chmod(private, 0o700))
	m := thisMachine()
	m.bases = nil
	_, err := (&launcher{Config: Config{DataDir: private}, machine: m}).move(t.Context(), runas.User{})
	if !errors.Is(err, errDataDir) {
		t.Errorf("error %v, want %v", err, errDataDir)
	}
}

func TestRecordedFolderIsMissing(t *testing.T) {
	cfg := existing(t)
	elsewhere := folder(t)
	must(t, os.Rename(filepath.Join(cfg.DataDir, pgFolder), filepath.Join(elsewhere, pgFolder)))
	record := filepath.Join(cfg.DataDir, pgRecord)

	must(t, os.WriteFile(record, []byte("/nowhere\n"), 0o600))
	if _, err := Serve(t.Context(), cfg); !errors.Is(err, errDataDir) || !strings.Contains(err.Error(), "/nowhere") {
		t.Errorf("error %v, want one that names the folder", err)
	}
	must(t, os.WriteFile(record, []byte(elsewhere+"\n"), 0o600))
	serve(t, cfg)
}

func TestForeignFolder(t *testing.T) {
	tests := []struct{ name, file string }{
		{"in pg", filepath.Join(pgFolder, "thesis.txt")},
		{"where pg is created", filepath.Join(pgFolder+".init", "thesis.txt")},
		{"a file named pg", pgFolder},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := Config{DataDir: filepath.Join(folder(t), "data")}
			path := filepath.Join(cfg.DataDir, tt.file)
			must(t, os.MkdirAll(filepath.Dir(path), 0o700))
			must(t, os.Chmod(cfg.DataDir, 0o711))
			must(t, os.WriteFile(path, []byte("years of work"), 0o600))
			if _, err := Serve(t.Context(), cfg); !errors.Is(err, errForeign) {
				t.Errorf("error %v, want %v", err, errForeign)
			}
			if b, err := os.ReadFile(path); string(b) != "years of work" {
				t.Errorf("the file contains %q, %v", b, err)
			}
			must(t, os.Rename(path, filepath.Join(folder(t), "thesis.txt")))
			serve(t, cfg)
		})
	}
}

// TestInterruptedStart begins with what a start leaves behind that was killed while it created the
// database.
func TestInterruptedStart(t *testing.T) {
	cfg := Config{DataDir: filepath.Join(folder(t), "data")}
	half := filepath.Join(cfg.DataDir, pgFolder+".init")
	must(t, os.MkdirAll(filepath.Join(half, "data"), 0o700))
	must(t, os.Chmod(cfg.DataDir, 0o711))
	must(t, os.WriteFile(filepath.Join(half, unfinishedMark), nil, 0o600))
	must(t, os.WriteFile(filepath.Join(half, "data", majorFile), []byte("15\n"), 0o600))
	serve(t, cfg)
	if _, err := os.Stat(half); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s was left behind: %v", half, err)
	}
}

func TestEmptyFolder(t *testing.T) {
	cfg := Config{DataDir: filepath.Join(folder(t), "data")}
	must(t, os.MkdirAll(filepath.Join(cfg.DataDir, pgFolder), 0o711))
	serve(t, cfg)
}
