//go:build linux

package patronitest

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"gatehouse/test/harness/process"
)

// superuser is PostgreSQL's administrator, and the user that runs it.
const superuser = "postgres"

// diskSize is the size of a node's disk, which lies in memory.
const diskSize = 400 << 20

// A Node is a server of PostgreSQL with its Patroni.
type Node struct {
	name    string
	dir     string // its disk is mounted below
	address string // of PostgreSQL
	rest    string // of Patroni
	etcd    *cut   // the way to etcd
	peers   *cut   // the way of the other nodes to PostgreSQL

	bin  string // of PostgreSQL's programs
	init *exec.Cmd
	log  *os.File
}

func newNode(t testing.TB, c *Cluster, name string) *Node {
	t.Helper()
	n := &Node{name: name, dir: filepath.Join(c.dir, name), address: freeAddress(t), rest: freeAddress(t), etcd: newCut(t, c.etcd), bin: c.bin}
	n.peers = newCut(t, n.address)
	if err := os.MkdirAll(n.disk(), 0o711); err != nil {
		t.Fatal(err)
	}
	config, err := json.MarshalIndent(c.configuration(n), "", "  ") // which is YAML, too
	if err == nil {
		err = os.WriteFile(n.config(), config, 0o644)
	}
	if err == nil {
		n.log, err = os.OpenFile(filepath.Join(n.dir, "log"), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	n.boot(t)
	return n
}

func (n *Node) disk() string   { return filepath.Join(n.dir, "disk") }
func (n *Node) config() string { return filepath.Join(n.dir, "patroni.json") }

// boot makes the node's namespaces, and its disk in them. Their first process does
// nothing but wait for orphans. The kernel ends it, and so all others, with the thread
// that started it.
func (n *Node) boot(t testing.TB) {
	t.Helper()
	script := fmt.Sprintf(`
		mount --make-rprivate / && mount -t proc proc /proc &&
		mount -t tmpfs -o size=%d,mode=0700,uid=%s disk %s && echo booted &&
		while :; do sleep 0.5; done`, diskSize, superuser, n.disk())
	n.init = exec.Command("/bin/sh", "-c", script)
	n.init.Stderr = n.log
	n.init.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	out, err := n.init.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Attend(n.init, func(error) {}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = n.init.Process.Kill()
		n.etcd.close()
		n.peers.close()
		_ = n.log.Close()
	})
	if _, err := io.ReadFull(out, make([]byte, len("booted"))); err != nil {
		t.Fatalf("%s has no disk: %v\n%s", n.name, err, n.tail())
	}
}

// within is a command in the node's namespaces.
func (n *Node) within(args ...string) *exec.Cmd {
	pid := strconv.Itoa(n.init.Process.Pid)
	cmd := exec.Command("nsenter", append([]string{"--target", pid, "--mount", "--pid", "--"}, args...)...)
	cmd.Stdout, cmd.Stderr = n.log, n.log
	return cmd
}

// Start starts Patroni, which starts PostgreSQL.
func (n *Node) Start(t testing.TB) {
	t.Helper()
	// Before what else runs here: Patroni gives up a node that is too slow to tell etcd that
	// it is alive.
	cmd := n.within("nice", "-n", "-20", "setpriv", "--reuid", superuser, "--regid", superuser, "--init-groups", "patroni", n.config())
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + n.disk(), "LC_ALL=C.UTF-8"}
	cmd.Dir = "/"
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = cmd.Wait() }()
}

// Kill ends all processes of the node at once, as a loss of power does. Its disk
// remains.
func (n *Node) Kill(t testing.TB) {
	t.Helper()
	if err := n.within("sh", "-c", "kill -9 -1").Run(); err != nil {
		t.Fatalf("kill %s: %v", n.name, err)
	}
}

// Isolate cuts the node off from etcd, and Rejoin connects it again.
func (n *Node) Isolate() { n.etcd.set(true) }

// Rejoin connects the node to etcd again.
func (n *Node) Rejoin() { n.etcd.set(false) }

// Detach cuts the standbys off from the node, and Attach connects them again.
func (n *Node) Detach() { n.peers.set(true) }

// Attach connects the standbys to the node again.
func (n *Node) Attach() { n.peers.set(false) }

// Fill fills the node's disk up, and writes until PostgreSQL has no room for its log,
// which ends it.
func (n *Node) Fill(t testing.TB, admin *sql.DB) {
	t.Helper()
	conn, err := admin.Conn(t.Context()) // a full server may accept no other
	if err != nil {
		return // it is gone
	}
	defer conn.Close()
	_ = n.within("sh", "-c", "exec 2>/dev/null; cat /dev/zero > "+n.filler()).Run() // until it fails
	for range 5000 {                                                                // commits, for which the log must have room
		if _, err := conn.ExecContext(t.Context(), `SELECT pg_logical_emit_message(true, 'gatehouse', repeat('x', 100000))`); err == nil {
			continue
		}
		if _, err := conn.ExecContext(t.Context(), `SELECT 1`); err != nil {
			return
		}
	}
	t.Fatalf("the disk of %s does not get full", n.name)
}

// Empty makes room on the node's disk.
func (n *Node) Empty(t testing.TB) {
	t.Helper()
	if err := n.within("rm", "-f", n.filler()).Run(); err != nil {
		t.Fatal(err)
	}
}

func (n *Node) filler() string { return filepath.Join(n.disk(), "filler") }

// client gives up on a Patroni that is silent.
var client = &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// is reports whether Patroni says that the node has a role.
func (n *Node) is(ctx context.Context, role string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.rest+"/"+role, http.NoBody)
	if err != nil {
		return false
	}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// post asks Patroni for something.
func (n *Node) post(ctx context.Context, path string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+n.rest+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	response, err := (&http.Client{Timeout: patience}).Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, _ := io.ReadAll(response.Body)
	if response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s: %s: %d %s", n.name, path, response.StatusCode, answer)
	}
	return nil
}

// tail is what the node wrote last.
func (n *Node) tail() string {
	text, _ := os.ReadFile(n.log.Name())
	return string(text[max(0, len(text)-1500):])
}
