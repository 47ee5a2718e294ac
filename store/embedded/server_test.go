package embedded

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestLogHasNoValues runs a statement that fails on a value, which PostgreSQL would quote in its log.
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
		t.Errorf("error %v, want what the server wrote", err)
	}
	must(t, os.WriteFile(conf, nil, 0o600))
	serve(t, cfg)
}

func TestStartIsGivenUp(t *testing.T) {
	cfg := existing(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Serve(ctx, cfg); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "given up") {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	serve(t, cfg)
}

// TestStartIsGivenUpHalfway gives up when the server has been started and does not answer yet: it must not stay behind.
func TestStartIsGivenUpHalfway(t *testing.T) {
	l, err := newLauncher(existing(t))
	must(t, err)
	c, err := l.ready(t.Context())
	must(t, err)
	alive, err := c.settle(t.Context(), func(string) {})
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = c.serve(ctx, alive, filepath.Join(l.DataDir, logFile), "")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	alive.Close()
	f, err := os.OpenFile(filepath.Join(c.dir, majorFile), os.O_RDWR, 0)
	must(t, err)
	defer f.Close()
	if err := flock(f, exclusive); err != nil {
		t.Errorf("the server is still there: %v", err)
	}
}

// TestProgramsSeeNoSecrets looks at the environment that Postgres' programs, and npm, are given.
func TestProgramsSeeNoSecrets(t *testing.T) {
	t.Setenv("ADMIN_PASSWORD", "hunter2")
	t.Setenv("PGDATA", "/nowhere")
	t.Setenv("npm_config_cache", "/cache")
	for name, env := range map[string][]string{"programs": programEnv(), "npm": npmEnv(os.Environ())} {
		for _, kv := range env {
			if strings.Contains(kv, "hunter2") || strings.HasPrefix(kv, "PG") {
				t.Errorf("%s: %s", name, kv)
			}
		}
		if got := slices.Contains(env, "npm_config_cache=/cache"); got != (name == "npm") {
			t.Errorf("%s: npm's own setting is there: %t", name, got)
		}
	}
}
