package replicas_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lib/pq"
)

// A gate stands between a replica and Postgres. It lets through all that the replica says.
type gate struct {
	// Once shut, it lets through what Postgres answers up to where it answers the execution of a prepared statement: from there on, the
	// connection is silent.
	shut atomic.Bool
	// late is how much later notifications arrive, a time.Duration.
	late atomic.Int64

	dsn      string // leads through the gate
	network  string
	address  string // of Postgres
	listener net.Listener
	closed   chan struct{}
	close    func()

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
	port := strconv.Itoa(int(config.Port))
	g := &gate{listener: listener, closed: make(chan struct{}), conns: map[net.Conn]bool{}, network: "tcp", address: net.JoinHostPort(config.Host, port)}
	if filepath.IsAbs(config.Host) {
		g.network, g.address = "unix", filepath.Join(config.Host, ".s.PGSQL."+port)
	}
	g.dsn = fmt.Sprintf("%s host=127.0.0.1 port=%d", dsn, listener.Addr().(*net.TCPAddr).Port)
	g.close = sync.OnceFunc(g.end)
	g.all.Go(g.serve)
	t.Cleanup(g.close)
	return g
}

// end closes all connections, and waits until nothing of the gate is left.
func (g *gate) end() {
	close(g.closed)
	_ = g.listener.Close()
	g.mu.Lock()
	for c := range g.conns {
		_ = c.Close()
	}
	g.mu.Unlock()
	g.all.Wait()
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
		g.keep(replica, postgres)
		leave := sync.OnceFunc(func() { g.leave(replica, postgres) })
		messages := make(chan message, 1024)
		g.all.Go(func() {
			defer leave()
			_, _ = io.Copy(postgres, replica)
		})
		g.all.Go(func() {
			defer close(messages)
			g.read(postgres, messages)
		})
		g.all.Go(func() {
			defer leave()
			g.pass(replica, messages)
		})
	}
}

// A message is one that Postgres sent.
type message struct {
	bytes []byte // the first says of what kind it is
	due   time.Time
}

// Kinds of messages (PostgreSQL, 55.7).
const (
	bindComplete = '2' // comes before what an execution answers
	notification = 'A'
)

// read takes messages from Postgres: a byte that says of what kind, and the length of the rest in four.
func (g *gate) read(postgres io.Reader, messages chan<- message) {
	const header = 5
	from := bufio.NewReader(postgres)
	for {
		start, err := from.Peek(header)
		if err != nil {
			return
		}
		m := message{bytes: make([]byte, 1+binary.BigEndian.Uint32(start[1:])), due: time.Now()}
		if _, err := io.ReadFull(from, m.bytes); err != nil {
			return
		}
		if m.bytes[0] == notification {
			m.due = m.due.Add(time.Duration(g.late.Load()))
		}
		messages <- m
	}
}

// pass hands messages on when they are due. Where it is shut or nobody takes them it still empties the channel, until Postgres has ended.
func (g *gate) pass(replica io.WriteCloser, messages <-chan message) {
	silent := false
	for m := range messages {
		silent = silent || m.bytes[0] == bindComplete && g.shut.Load()
		if silent {
			continue
		}
		select {
		case <-g.closed:
		case <-time.After(time.Until(m.due)):
		}
		if _, err := replica.Write(m.bytes); err != nil {
			_ = replica.Close() // which ends the other direction, and with it both
			silent = true
		}
	}
}

// keep notes connections, to be closed with the gate at the latest.
func (g *gate) keep(conns ...net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range conns {
		g.conns[c] = true
	}
	select {
	case <-g.closed: // too late for it to see them
		for _, c := range conns {
			_ = c.Close()
		}
	default:
	}
}

func (g *gate) leave(conns ...net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
		delete(g.conns, c)
	}
}
