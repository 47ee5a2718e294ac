package embedded

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/store/embedded/programs"
	"gatehouse/store/embedded/runas"
)

// TestMessagesNameWaysOut checks the messages for a computer without PostgreSQL, or with another
// version than the data need.
func TestMessagesNameWaysOut(t *testing.T) {
	bin := programFolder(t)
	must(t, os.WriteFile(filepath.Join(bin, "apt-get"), nil, 0o600))
	must(t, os.Chmod(filepath.Join(bin, "apt-get"), 0o755))
	here, err := (&launcher{machine: thisMachine()}).finder().Find(t.Context(), runas.User{}, 0)
	must(t, err)
	major := fmt.Sprint(here.Major)
	nothing, path := &machine{Machine: programs.Machine{Path: bin}}, &machine{Machine: programs.Machine{Path: here.Dir + ":" + bin}}

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
