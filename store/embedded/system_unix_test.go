//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package embedded

import (
	"context"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestForce stops a server that ignores signals. Its data are there at the next start.
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
