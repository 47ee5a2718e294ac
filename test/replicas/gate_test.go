package replicas_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
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

// A gate stands between a replica and Postgres. Once it is shut it lets through all that the replica says, and what Postgres answers up to where
// it answers the execution of a prepared statement: from there on, the connection is silent.
type gate struct {
	dsn      string // leads through the gate
	network  string
	address  string // of Postgres
	listener net.Listener
	closed   bool
	shut     atomic.Bool

	mu    sync.Mutex
	conns map[net.Conn]bool
	all   sync.WaitGroup
}

// newGate opens a gate to the database. It goes at the end of the test.
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
	g := &gate{listener: listener, conns: map[net.Conn]bool{}, network: "tcp", address: net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))}
	if filepath.IsAbs(config.Host) {
		g.network, g.address = "unix", filepath.Join(config.Host, ".s.PGSQL."+strconv.Itoa(int(config.Port)))
	}
	g.dsn = fmt.Sprintf("%s host=127.0.0.1 port=%d", dsn, listener.Addr().(*net.TCPAddr).Port)
	g.all.Go(g.serve)
	t.Cleanup(g.close)
	return g
}

func (g *gate) serve() {
	for {
		replica, err := g.listener.Accept()
		if err != nil {
			return
		}
		postgres, err := net.Dial(g.network, g.address)
		if err != nil {
			_ = replica.Close()
			continue
		}
		if !g.keep(replica, postgres) {
			return
		}
		leave := sync.OnceFunc(func() { g.leave(replica, postgres) })
		g.all.Go(func() {
			defer leave()
			_, _ = io.Copy(postgres, replica)
		})
		g.all.Go(func() {
			if err := g.answers(replica, postgres); !errors.Is(err, errShut) {
				leave()
			}
		})
	}
}

// errShut says that the rest of what Postgres says is held back.
var errShut = errors.New("the gate is shut")

// answers passes on the messages of Postgres: a byte that says of what kind, and the length of the rest in four (PostgreSQL, 55.7).
func (g *gate) answers(replica io.Writer, postgres io.Reader) error {
	const (
		header       = 5
		bindComplete = '2' // comes before what an execution answers
	)
	from := bufio.NewReader(postgres)
	for {
		start, err := from.Peek(header)
		if err != nil {
			return err
		}
		if start[0] == bindComplete && g.shut.Load() {
			return errShut
		}
		if _, err := io.CopyN(replica, from, int64(1+binary.BigEndian.Uint32(start[1:]))); err != nil {
			return err
		}
	}
}

// keep notes connections to be closed with the gate; false where it is closed already, and so are they.
func (g *gate) keep(conns ...net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range conns {
		if g.closed {
			_ = c.Close()
		} else {
			g.conns[c] = true
		}
	}
	return !g.closed
}

func (g *gate) leave(conns ...net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
		delete(g.conns, c)
	}
}

// close ends all connections, and waits until nothing of the gate is left.
func (g *gate) close() {
	_ = g.listener.Close()
	g.mu.Lock()
	g.closed = true
	for c := range g.conns {
		_ = c.Close()
	}
	g.mu.Unlock()
	g.all.Wait()
}

// through is a replica behind a gate of its own.
type through struct {
	*replica
	gate *gate
	err  error // why there is none
}

// spares starts replicas behind gates, each when the one before was taken, until ctx ends.
func spares(ctx context.Context, t testing.TB, dsn string, n int) <-chan through {
	all := make([]through, n)
	for i := range all {
		all[i].gate = newGate(t, dsn)
		all[i].replica = newReplica(t, "spare", all[i].gate.dsn)
	}
	ready := make(chan through)
	var starts sync.WaitGroup
	starts.Go(func() {
		for _, s := range all {
			s.err = s.start()
			select {
			case ready <- s:
			case <-ctx.Done():
				return
			}
		}
	})
	t.Cleanup(starts.Wait)
	return ready
}
