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

// A proxy stands between a replica and Postgres. It forwards everything the
// replica sends.
type proxy struct {
	// Once shut, it forwards what Postgres sends until the answer to the
	// execution of a prepared statement. From then on that connection is silent.
	shut atomic.Bool
	// delay is how much later notifications arrive, a time.Duration.
	delay atomic.Int64

	dsn      string // of the database, through the proxy
	network  string
	address  string // of Postgres
	listener net.Listener
	closed   chan struct{}
	close    func()

	mu    sync.Mutex
	conns map[net.Conn]bool
	all   sync.WaitGroup
}

// newProxy starts a proxy to the database. It closes at the end of the test.
func newProxy(t testing.TB, dsn string) *proxy {
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
	p := &proxy{listener: listener, closed: make(chan struct{}), conns: map[net.Conn]bool{}, network: "tcp", address: net.JoinHostPort(config.Host, port)}
	if filepath.IsAbs(config.Host) {
		p.network, p.address = "unix", filepath.Join(config.Host, ".s.PGSQL."+port)
	}
	p.dsn = fmt.Sprintf("%s host=127.0.0.1 port=%d", dsn, listener.Addr().(*net.TCPAddr).Port)
	p.close = sync.OnceFunc(p.end)
	p.all.Go(p.serve)
	t.Cleanup(p.close)
	return p
}

// end closes all connections and waits for all goroutines.
func (p *proxy) end() {
	close(p.closed)
	_ = p.listener.Close()
	p.mu.Lock()
	for c := range p.conns {
		_ = c.Close()
	}
	p.mu.Unlock()
	p.all.Wait()
}

func (p *proxy) serve() {
	for {
		replica, err := p.listener.Accept()
		if err != nil {
			return
		}
		postgres, err := net.Dial(p.network, p.address)
		if err != nil {
			_ = replica.Close()
			continue
		}
		p.keep(replica, postgres)
		leave := sync.OnceFunc(func() { p.leave(replica, postgres) })
		messages := make(chan message, 1024)
		p.all.Go(func() {
			defer leave()
			_, _ = io.Copy(postgres, replica)
		})
		p.all.Go(func() {
			defer close(messages)
			p.read(postgres, messages)
		})
		p.all.Go(func() {
			defer leave()
			p.forward(replica, messages)
		})
	}
}

// A message is one Postgres sent.
type message struct {
	bytes []byte // the first is its type
	due   time.Time
}

// Types of messages (PostgreSQL 55.7).
const (
	bindComplete = '2' // precedes the answer to an execution
	notification = 'A'
)

// read reads messages from Postgres. Each starts with its type in one byte and
// the length of the rest in four.
func (p *proxy) read(postgres io.Reader, messages chan<- message) {
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
			m.due = m.due.Add(time.Duration(p.delay.Load()))
		}
		messages <- m
	}
}

// forward writes messages to the replica when they are due. When shut, or when
// the replica is gone, it still empties the channel until Postgres hangs up.
func (p *proxy) forward(replica io.WriteCloser, messages <-chan message) {
	silent := false
	for m := range messages {
		silent = silent || m.bytes[0] == bindComplete && p.shut.Load()
		if silent {
			continue
		}
		select {
		case <-p.closed:
		case <-time.After(time.Until(m.due)):
		}
		if _, err := replica.Write(m.bytes); err != nil {
			_ = replica.Close() // which ends the other direction too
			silent = true
		}
	}
}

// keep remembers connections, to close them with the proxy at the latest.
func (p *proxy) keep(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		p.conns[c] = true
	}
	select {
	case <-p.closed: // end has not seen them
		for _, c := range conns {
			_ = c.Close()
		}
	default:
	}
}

func (p *proxy) leave(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
		delete(p.conns, c)
	}
}
