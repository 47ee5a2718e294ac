package embedded

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestTemporary(t *testing.T) {
	p, err := Temporary(t.Context(), Seed{})
	must(t, err)
	t.Cleanup(func() { stop(t, p) })
	if got := query[string](t, p, "SHOW fsync"); got != "off" {
		t.Errorf("fsync is %s", got)
	}
	must(t, p.try(t, "CREATE DATABASE another"))
	dir := p.cleanup[len(p.cleanup)-1]
	sweep(filepath.Dir(dir)) // would remove it if its lock were not held
	query[int](t, p, "SELECT 1")

	stop(t, p)
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s was left behind: %v", dir, err)
	}
}

func TestSweep(t *testing.T) {
	base := t.TempDir()
	running, lock, err := temporaryDir(base)
	must(t, err)
	defer lock.Close()
	left, leftLock, err := temporaryDir(base)
	must(t, err)
	must(t, leftLock.Close())
	foreign := filepath.Join(base, "foreign")
	must(t, os.Mkdir(foreign, 0o700))

	sweep(base)
	for dir, want := range map[string]bool{running: true, left: false, foreign: true} {
		if _, err := os.Stat(dir); (err == nil) != want {
			t.Errorf("%s: %v", dir, err)
		}
	}
}
