package embedded

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// moved returns the config of a DATA_DIR whose pg is elsewhere, as for root in a private folder.
func moved(t *testing.T) (cfg Config, elsewhere string) {
	t.Helper()
	cfg, elsewhere = existing(t), folder(t)
	must(t, os.Rename(filepath.Join(cfg.DataDir, pgFolder), filepath.Join(elsewhere, pgFolder)))
	must(t, os.WriteFile(filepath.Join(cfg.DataDir, pgRecord), []byte(elsewhere+"\n"), 0o600))
	p := serve(t, cfg)
	remember(t, p)
	stop(t, p)
	return cfg, elsewhere
}

// copied returns the config of a copy of a DATA_DIR.
func copied(t *testing.T, cfg Config, how ...string) Config {
	t.Helper()
	dir := filepath.Join(folder(t), "copy")
	if out, err := exec.Command(how[0], append(how[1:], cfg.DataDir, dir)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return Config{DataDir: dir}
}

// refusedCopy fails unless neither a service nor a command starts with the copy.
func refusedCopy(t *testing.T, tree Config, says string) {
	t.Helper()
	for name, open := range map[string]func() (*Postgres, error){
		"serve": func() (*Postgres, error) { return Serve(t.Context(), tree) },
		"use":   func() (*Postgres, error) { return Use(t.Context(), tree) },
	} {
		p, err := open()
		if p != nil {
			stop(t, p)
		}
		if !errors.Is(err, errDataDir) || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), tree.DataDir) {
			t.Errorf("%s: error %v, want one that says %q", name, err, says)
		}
	}
}

// TestCopyOfMoved: a copy of DATA_DIR never opens the original's database, whether that runs or not.
func TestCopyOfMoved(t *testing.T) {
	cfg, _ := moved(t)
	tree := copied(t, cfg, "cp", "-a")
	refusedCopy(t, tree, "is a copy")
	refusedCopy(t, tree, "run gatehouse backup with DATA_DIR="+cfg.DataDir)
	p := serve(t, cfg)
	refusedCopy(t, tree, "is a copy")
	refusedCopy(t, copied(t, cfg, "cp", "-r"), "is a copy")
	recall(t, p)
	stop(t, p)

	// It stays refused when the original is gone: a person says what it is.
	must(t, os.Rename(cfg.DataDir, cfg.DataDir+".gone"))
	refusedCopy(t, tree, "is a copy")
}

// TestRenamedDataDir: a DATA_DIR that was renamed keeps its database, and so does one that was
// restored to its path. The one that it replaced is then the copy.
func TestRenamedDataDir(t *testing.T) {
	cfg, elsewhere := moved(t)
	renamed := Config{DataDir: cfg.DataDir + ".renamed"}
	must(t, os.Rename(cfg.DataDir, renamed.DataDir))
	p := serve(t, renamed)
	recall(t, p)
	stop(t, p)
	if b, err := os.ReadFile(filepath.Join(elsewhere, belongsTo)); !strings.HasPrefix(string(b), renamed.DataDir+"\n") {
		t.Errorf("the database belongs to %q, %v", b, err)
	}

	aside := Config{DataDir: renamed.DataDir + ".aside"}
	must(t, os.Rename(renamed.DataDir, aside.DataDir))
	if out, err := exec.Command("cp", "-a", aside.DataDir, renamed.DataDir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	p = serve(t, renamed)
	refusedCopy(t, aside, "is a copy")
	recall(t, p)
	stop(t, p)
	refusedCopy(t, aside, "is a copy")

	// The remedy that the message names.
	must(t, os.WriteFile(filepath.Join(elsewhere, belongsTo), []byte(aside.DataDir+"\n"), 0o600))
	recall(t, serve(t, aside))
}

// TestMovedInUse: the database of a DATA_DIR that replaced another is not taken from a service that
// still runs with the other.
func TestMovedInUse(t *testing.T) {
	cfg, _ := moved(t)
	p := serve(t, cfg)
	aside := Config{DataDir: cfg.DataDir + ".aside"}
	must(t, os.Rename(cfg.DataDir, aside.DataDir))
	if out, err := exec.Command("cp", "-a", aside.DataDir, cfg.DataDir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	refusedCopy(t, cfg, "another process uses the database of")
	recall(t, p)
	stop(t, p)
	recall(t, serve(t, cfg))
}

// TestCopyWhileRunning: a copy that was made while the server ran may be damaged. One that was made
// after it stopped is a database of its own.
func TestCopyWhileRunning(t *testing.T) {
	cfg := existing(t)
	p := serve(t, cfg)
	remember(t, p)
	running := copied(t, cfg, "cp", "-a")
	refusedCopy(t, running, "was copied from "+filepath.Join(cfg.DataDir, pgFolder)+" while that was running")
	recall(t, p)
	stop(t, p)
	refusedCopy(t, running, "while that was running")

	stopped := copied(t, cfg, "cp", "-a")
	own := serve(t, stopped)
	recall(t, own)
	query[int](t, own, "UPDATE remembered SET one = 2")
	recall(t, serve(t, cfg))

	// A crash is no copy, by whatever path the folder is reached.
	link := filepath.Join(folder(t), "link")
	must(t, os.Symlink(cfg.DataDir, link))
	must(t, checkCopied(filepath.Join(link, pgFolder)))
}

// TestSocketOfAnother: a copy's postmaster.pid names the socket of the original, which stays.
func TestSocketOfAnother(t *testing.T) {
	dir, err := os.MkdirTemp(os.TempDir(), shortSocketPrefix)
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	listener, err := net.Listen("unix", filepath.Join(dir, socketName))
	must(t, err)
	defer listener.Close()
	c := cluster{dir: t.TempDir()}
	must(t, os.WriteFile(filepath.Join(c.dir, pidFile), fmt.Appendf(nil, "1\n%s\n1\n5432\n%s\n", c.dir, dir), 0o600))
	c.removeStale()
	if _, err := os.Stat(filepath.Join(dir, socketName)); err != nil {
		t.Errorf("the socket of another server: %v", err)
	}
}
