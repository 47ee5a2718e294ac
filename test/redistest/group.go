package redistest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"

	"gatehouse/test/harness/process"
)

// MasterName is the name by which the sentinels of a [Group] know its master.
const MasterName = "mymaster"

// sentinels is how many watch a group: two of them are a majority.
const sentinels = 3

// A Group is a master with a replica, and sentinels that replace it within a second.
type Group struct {
	Sentinels []string // their addresses
	Replica   string   // the address of the first replica

	nodes map[string]*Server // by address
}

// StartGroup runs a group until the test ends. Each node and each sentinel listens on
// a port of the loopback that was free a moment ago.
func StartGroup(t testing.TB) *Group {
	t.Helper()
	g := &Group{nodes: map[string]*Server{}}
	host, master := g.node(t, "--repl-diskless-sync-delay", "0")
	_, replica := g.node(t, "--replicaof", host, master)
	g.Replica = host + ":" + replica
	for range 6000 { // a minute; a sentinel that starts later sees the replica at once
		if g.linked(t) {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	for range sentinels {
		g.sentinel(t, master)
	}
	g.await(t, "the sentinels know the replica and each other", func(c redis.Conn) bool {
		known, err := redis.StringMap(c.Do("SENTINEL", "master", MasterName))
		return err == nil && known["num-slaves"] == "1" && known["num-other-sentinels"] == fmt.Sprint(sentinels-1)
	})
	return g
}

// node starts a server on a port.
func (g *Group) node(t testing.TB, args ...string) (host, port string) {
	t.Helper()
	host, port = FreePort(t)
	g.nodes[host+":"+port] = Start(t, append([]string{"--port", port}, args...)...)
	return host, port
}

// linked reports whether the replica has all that its master had.
func (g *Group) linked(t testing.TB) bool {
	role, err := redis.Values(g.nodes[g.Replica].Dial(t).Do("ROLE"))
	if err != nil || len(role) < 4 {
		return false
	}
	state, err := redis.String(role[3], nil)
	return err == nil && state == "connected"
}

// sentinel starts a sentinel that watches the master at a port.
func (g *Group) sentinel(t testing.TB, master string) {
	t.Helper()
	host, port := FreePort(t)
	dir := t.TempDir()
	config := filepath.Join(dir, "sentinel.conf")
	text := fmt.Sprintf("port %s\nbind 127.0.0.1\ndir %q\nsentinel monitor %s 127.0.0.1 %s 2\n"+
		"sentinel down-after-milliseconds %[3]s 500\nsentinel failover-timeout %[3]s 2000\n", port, dir, MasterName, master)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	run := exec.Command("redis-server", config, "--sentinel")
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = run.Process.Kill()
		_ = run.Wait()
	})
	g.Sentinels = append(g.Sentinels, host+":"+port)
}

// FreePort is a port of the loopback that was free a moment ago.
func FreePort(t testing.TB) (host, port string) {
	t.Helper()
	address, err := process.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	host, port, err = net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return host, port
}

// await waits until the first sentinel says so.
func (g *Group) await(t testing.TB, what string, holds func(sentinel redis.Conn) bool) {
	t.Helper()
	for range 6000 { // a minute
		c, err := redis.Dial("tcp", g.Sentinels[0])
		if err == nil {
			held := holds(c)
			_ = c.Close()
			if held {
				return
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("waited a minute until %s", what)
}

// Master is the server that the sentinels call the master.
func (g *Group) Master(t testing.TB) *Server {
	t.Helper()
	var address []string
	g.await(t, "a sentinel names the master", func(c redis.Conn) bool {
		var err error
		address, err = redis.Strings(c.Do("SENTINEL", "get-master-addr-by-name", MasterName))
		return err == nil
	})
	return g.nodes[address[0]+":"+address[1]]
}

// InStep waits until a replica has all that the master has.
func (g *Group) InStep(t testing.TB) {
	t.Helper()
	c := g.Master(t).Dial(t)
	g.await(t, "a replica is in step", func(redis.Conn) bool {
		if _, err := c.Do("SET", "in-step", "1"); err != nil {
			return false
		}
		n, err := redis.Int(c.Do("WAIT", 1, 100))
		return err == nil && n == 1
	})
}
