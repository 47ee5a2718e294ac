package embedded

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
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

// TestForce stops a server that does not listen; what it had written is there at the next start.
func TestForce(t *testing.T) {
	cfg := existing(t)
	p, err := Serve(t.Context(), cfg)
	must(t, err)
	remember(t, p)
	pid := p.server.process.Pid
	p.server.grace = time.Millisecond
	must(t, p.server.process.Signal(syscall.SIGSTOP))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Stop(ended); err == nil || !strings.Contains(err.Error(), strconv.Itoa(pid)) {
		t.Errorf("error %v, want one that names process %d", err, pid)
	}
	recall(t, serve(t, cfg))
}
