package inprocess_test

import (
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/lib/pq"
)

// A gate stands between one replica and its database, so that the replica alone can be kept
// from opening connections.
type gate struct {
	shut    atomic.Bool // new connections are closed; those that are open stay
	dsn     string      // of the database, through the gate
	network string
	address string // of PostgreSQL
}

// newGate opens a gate to the database. It closes after the test.
func newGate(t testing.TB, dsn string) *gate {
	t.Helper()
	config, err := pq.NewConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(int(config.Port))
	g := &gate{network: "tcp", address: net.JoinHostPort(config.Host, port)}
	if filepath.IsAbs(config.Host) {
		g.network, g.address = "unix", filepath.Join(config.Host, ".s.PGSQL."+port)
	}
	g.dsn = fmt.Sprintf("%s host=127.0.0.1 port=%d", dsn, listener.Addr().(*net.TCPAddr).Port)
	var all sync.WaitGroup
	all.Go(func() {
		for {
			replica, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() { g.pass(replica) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		all.Wait()
	})
	return g
}

// pass connects a replica with PostgreSQL until either hangs up.
func (g *gate) pass(replica net.Conn) {
	defer func() { _ = replica.Close() }()
	if g.shut.Load() {
		return
	}
	postgres, err := net.Dial(g.network, g.address)
	if err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(postgres, replica)
		_ = postgres.Close()
	}()
	_, _ = io.Copy(replica, postgres)
}
