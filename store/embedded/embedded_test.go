package embedded

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/store/embedded/runas"
)

func TestDataSurviveTheService(t *testing.T) {
	cfg := Config{DataDir: filepath.Join(folder(t), "a", "data")}
	p := serve(t, cfg)
	remember(t, p)
	stop(t, p)
	if pid := readPIDFile(filepath.Join(cfg.DataDir, pgFolder)).pid; pid != "" {
		t.Errorf("process %s did not shut down", pid)
	}
	recall(t, serve(t, cfg))
}

func TestStopTwice(t *testing.T) {
	p := serve(t, existing(t))
	stop(t, p)
	stop(t, p)
	select {
	case <-p.Gone():
		t.Error("Gone was closed, although the server was stopped")
	default:
	}
}

func TestModes(t *testing.T) {
	dir := filepath.Join(folder(t), "data")
	serve(t, Config{DataDir: dir})
	self, other := os.Geteuid(), os.Geteuid()
	top := os.FileMode(0o700)
	if self == 0 {
		user, err := newOwner()
		must(t, err)
		other, top = user.UID, 0o711
	}
	tests := []struct {
		path string
		mode os.FileMode
		uid  int
	}{
		{dir, top, self},
		{filepath.Join(dir, pgFolder), 0o700, other},
		{filepath.Join(dir, pgFolder, socketName), 0o700, other},
		{filepath.Join(dir, logFile), 0o600, self},
		{filepath.Join(dir, ownerLock), 0o600, self},
	}
	for _, tt := range tests {
		fi, err := os.Lstat(tt.path)
		must(t, err)
		if uid, _ := runas.Ownership(fi); fi.Mode().Perm() != tt.mode || uid != tt.uid {
			t.Errorf("%s has mode %04o of user %d, want %04o of %d", tt.path, fi.Mode().Perm(), uid, tt.mode, tt.uid)
		}
	}
}

func TestStartIsLogged(t *testing.T) {
	var lines strings.Builder
	dir := filepath.Join(folder(t), "data")
	serve(t, Config{DataDir: dir, Log: slog.New(slog.NewTextHandler(&lines, nil))})
	for _, want := range []string{"creating a new database", "database started", filepath.Join(dir, pgFolder)} {
		if !strings.Contains(lines.String(), want) {
			t.Errorf("%q is not in the log:\n%s", want, lines.String())
		}
	}
}

func TestKilledService(t *testing.T) {
	cfg := existing(t)
	service := startChild(t, "serve", cfg.DataDir)
	command, err := Use(t.Context(), cfg)
	must(t, err)
	remember(t, command)
	stop(t, command)

	service.kill(t)
	recall(t, serve(t, cfg))
}

func TestKilledServer(t *testing.T) {
	cfg := existing(t)
	p := serve(t, cfg)
	remember(t, p)
	must(t, p.server.process.Kill())
	<-p.Gone()
	stop(t, p)
	recall(t, serve(t, cfg))
}

// TestBothKilled leaves a zombie for a while, with the process id that postmaster.pid names.
func TestBothKilled(t *testing.T) {
	cfg := existing(t)
	service := startChild(t, "serve", cfg.DataDir)
	command, err := Use(t.Context(), cfg)
	must(t, err)
	remember(t, command)
	stop(t, command)

	server, err := os.FindProcess(serverPID(t, filepath.Join(cfg.DataDir, pgFolder)))
	must(t, err)
	must(t, server.Kill())
	service.kill(t)
	recall(t, serve(t, cfg))
}
