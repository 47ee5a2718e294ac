package embedded

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPaths(t *testing.T) {
	tests := []struct {
		name, dir string
		short     bool // the socket is in another folder
	}{
		{"space", "my data", false},
		{"quote and backslash", `it's a \ path`, false},
		{"comma", "a,b", true},
		{"long", strings.Repeat("long/", 40), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := Config{DataDir: filepath.Join(folder(t), tt.dir)}
			p := serve(t, cfg)
			remember(t, p)
			socketDir := readPIDFile(filepath.Join(cfg.DataDir, pgFolder)).socketDir
			if got := socketDir != filepath.Join(cfg.DataDir, pgFolder); got != tt.short {
				t.Errorf("the socket is in %s", socketDir)
			}
			stop(t, p)
			if _, err := os.Stat(socketDir); tt.short && err == nil {
				t.Errorf("%s was left behind", socketDir)
			}
			recall(t, serve(t, cfg))
		})
	}
}
