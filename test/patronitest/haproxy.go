//go:build linux

package patronitest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gatehouse/test/harness/process"
)

// haproxyConfig leads to the node of which Patroni says that it is the primary. When that
// changes, connections to the one before are closed.
const haproxyConfig = `
defaults
	mode tcp
	timeout connect 2s
	timeout client 1h
	timeout server 1h
	timeout check 2s
listen primary
	bind %s
	option httpchk OPTIONS /primary
	http-check expect status 200
	default-server inter 1s fall 2 rise 1 on-marked-down shutdown-sessions
%s`

// ProxyDSN starts HAProxy before the nodes, and returns a DSN through it.
func (c *Cluster) ProxyDSN(t testing.TB) string {
	t.Helper()
	address := freeAddress(t)
	var servers strings.Builder
	for _, n := range c.Nodes {
		_, port, _ := net.SplitHostPort(n.rest)
		fmt.Fprintf(&servers, "\tserver %s %s check port %s\n", n.name, n.address, port)
	}
	path := filepath.Join(c.dir, "haproxy.cfg")
	if err := os.WriteFile(path, fmt.Appendf(nil, haproxyConfig, address, &servers), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("haproxy", "-db", "-f", path)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := process.Attend(cmd, func(error) {}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("tcp", address); err == nil {
			_ = conn.Close()
			return c.dsn(address)
		}
	}
	t.Fatal("HAProxy does not listen")
	return ""
}
