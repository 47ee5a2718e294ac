package programs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fakeClients makes folders with pg_dump and pg_restore of major versions, and
// returns what matches them.
func fakeClients(t *testing.T, majors ...int) string {
	t.Helper()
	base := t.TempDir()
	for _, major := range majors {
		dir := filepath.Join(base, fmt.Sprint(major))
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		script := fmt.Sprintf("#!/bin/sh\necho 'pg_dump (PostgreSQL) %d.3 (Debian %[1]d.3-1)'\n", major)
		for _, name := range []string{"pg_dump", "pg_restore"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	return filepath.Join(base, "*")
}

// TestFindClient: the programs are those of the server's version, or the next
// newer ones. Without any, the message says what to install.
func TestFindClient(t *testing.T) {
	tests := []struct {
		name   string
		there  []int
		server int
		want   int // 0: none
	}{
		{"none", nil, 16, 0},
		{"older ones", []int{14, 15}, 16, 0},
		{"the same", []int{17, 16, 15}, 16, 16},
		{"newer ones", []int{18, 15, 17}, 16, 17},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := Finder{Machine: Machine{Usual: []string{fakeClients(t, tt.there...)}}}
			p, err := f.FindClient(t.Context(), tt.server)
			if tt.want == 0 {
				if !errors.Is(err, ErrNoClient) || !strings.Contains(err.Error(), "apt-get install postgresql-client-16") {
					t.Errorf("error %v", err)
				}
				return
			}
			if err != nil || p.Major != tt.want {
				t.Errorf("found %+v, %v, want %d", p, err, tt.want)
			}
		})
	}
}

// TestClientInBinDir: PG_BINDIR counts too, but a server's programs there don't
// hide a client elsewhere. A folder with one of the two does not count.
func TestClientInBinDir(t *testing.T) {
	elsewhere, own := fakeClients(t, 18), fakeClients(t, 17)
	dir := filepath.Join(filepath.Dir(own), "17")
	p, err := Finder{Machine: Machine{Usual: []string{elsewhere}}, BinDir: dir}.FindClient(t.Context(), 15)
	if err != nil || p.Dir != dir {
		t.Errorf("found %+v, %v", p, err)
	}
	if err := os.Remove(filepath.Join(dir, "pg_restore")); err != nil {
		t.Fatal(err)
	}
	p, err = Finder{Machine: Machine{Usual: []string{elsewhere}}, BinDir: dir}.FindClient(t.Context(), 15)
	if err != nil || p.Major != 18 {
		t.Errorf("found %+v, %v", p, err)
	}
}
