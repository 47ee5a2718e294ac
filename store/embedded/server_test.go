package embedded

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLogHasNoValues runs a statement with an invalid value, which PostgreSQL would quote in its
// log.
func TestLogHasNoValues(t *testing.T) {
	cfg := existing(t)
	p := serve(t, cfg)
	if err := p.try(t, "SELECT 'hunter2'::uuid"); err == nil {
		t.Fatal("the statement did not fail")
	}
	stop(t, p)
	log, err := os.ReadFile(filepath.Join(cfg.DataDir, logFile))
	must(t, err)
	if strings.Contains(string(log), "hunter2") || !strings.Contains(string(log), "ready to accept connections") {
		t.Errorf("the log is\n%s", log)
	}
}

func TestServerDoesNotStart(t *testing.T) {
	cfg := existing(t)
	conf := filepath.Join(cfg.DataDir, pgFolder, "postgresql.auto.conf")
	must(t, os.WriteFile(conf, []byte("no_such_parameter = 1\n"), 0o600))
	_, err := Serve(t.Context(), cfg)
	if !errors.Is(err, errStart) || !strings.Contains(err.Error(), "no_such_parameter") {
		t.Errorf("error %v, want the server's output", err)
	}
	must(t, os.WriteFile(conf, nil, 0o600))
	serve(t, cfg)
}

func TestStartIsCancelled(t *testing.T) {
	cfg := existing(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Serve(ctx, cfg); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "cancelled") {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	serve(t, cfg)
}

// TestStartIsCancelledHalfway cancels a start when the server runs but does not answer yet. The
// server must not be left running.
func TestStartIsCancelledHalfway(t *testing.T) {
	l, err := newLauncher(existing(t))
	must(t, err)
	c, err := l.openCluster(t.Context())
	must(t, err)
	dataLock, err := c.lock(t.Context(), func(string) {})
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = c.serve(ctx, dataLock, filepath.Join(l.DataDir, logFile), "")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	dataLock.Close()
	f, err := os.OpenFile(filepath.Join(c.dir, majorFile), os.O_RDWR, 0)
	must(t, err)
	defer f.Close()
	if err := flock(f, exclusive); err != nil {
		t.Errorf("the server is still running: %v", err)
	}
}
