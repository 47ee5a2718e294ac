//go:build linux

package patronitest

import (
	"net"
	"sync"
	"testing"
)

// A cut is a way to an address that can be cut: then nothing passes, as when a network
// drops all packets.
type cut struct {
	address  string
	to       string
	listener net.Listener
	all      sync.WaitGroup

	mu     sync.Mutex
	is     bool
	closed bool
	conns  map[net.Conn]bool
	mended chan struct{} // closed when it is cut no more
}

func newCut(t testing.TB, to string) *cut {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cut{address: listener.Addr().String(), to: to, listener: listener, conns: map[net.Conn]bool{}, mended: make(chan struct{})}
	c.all.Go(c.serve)
	return c
}

func (c *cut) serve() {
	for {
		from, err := c.listener.Accept()
		if err != nil {
			return
		}
		if !c.keep(from) {
			continue
		}
		c.all.Go(func() {
			defer c.drop(from)
			if c.silent() {
				return
			}
			to, err := net.Dial("tcp", c.to)
			if err != nil || !c.keep(to) {
				return
			}
			defer c.drop(to)
			var back sync.WaitGroup
			back.Go(func() { c.copy(from, to) })
			c.copy(to, from)
			back.Wait()
		})
	}
}

// copy forwards what arrives until the way is cut. What was under way is lost with the
// connection.
func (c *cut) copy(to, from net.Conn) {
	buffer := make([]byte, 16<<10)
	for {
		n, err := from.Read(buffer)
		if c.silent() {
			break
		}
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				break
			}
		}
		if err != nil {
			break
		}
	}
	_ = to.Close()
	_ = from.Close()
}

// silent reports whether the way is cut, and if so, only when it is not any more.
func (c *cut) silent() bool {
	c.mu.Lock()
	is, mended := c.is, c.mended
	c.mu.Unlock()
	if is {
		<-mended
	}
	return is
}

// set cuts the way, or mends it.
func (c *cut) set(is bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.is && !is {
		close(c.mended)
		c.mended = make(chan struct{})
	}
	c.is = is
}

// keep remembers a connection. It returns false if all is closed.
func (c *cut) keep(conn net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		_ = conn.Close()
		return false
	}
	c.conns[conn] = true
	return true
}

func (c *cut) drop(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = conn.Close()
	delete(c.conns, conn)
}

func (c *cut) close() {
	c.set(false)
	_ = c.listener.Close()
	c.mu.Lock()
	c.closed = true
	for conn := range c.conns {
		_ = conn.Close()
	}
	c.mu.Unlock()
	c.all.Wait()
}
