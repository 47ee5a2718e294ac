package edge

import (
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// A ConnLimiter bounds how many connections are open. A connection over the
// limit is answered 503 and closed. It does not wait in a queue, as that of
// netutil.LimitListener does: every client would wait, and most would be gone
// by their turn.
type ConnLimiter struct {
	most   int64
	warned sampler
	log    *slog.Logger
	now    func() time.Time

	open    atomic.Int64
	refused atomic.Int64
}

// NewConnLimiter returns a limiter of that many connections.
func NewConnLimiter(most int, log *slog.Logger, now func() time.Time) *ConnLimiter {
	return &ConnLimiter{most: int64(most), log: log, now: now, warned: sampler{now: now}}
}

// Open returns how many connections are open.
func (c *ConnLimiter) Open() int64 { return c.open.Load() }

// Refused returns how many connections were refused.
func (c *ConnLimiter) Refused() int64 { return c.refused.Load() }

// Listener returns a listener for TCP whose connections are limited.
func (c *ConnLimiter) Listener(inner net.Listener) net.Listener {
	return &limitedListener{inner, c}
}

type limitedListener struct {
	net.Listener
	limiter *ConnLimiter
}

// tooManyConnections is the answer to a connection over the limit. There is no
// request yet, so nothing here depends on one.
const tooManyConnections = "HTTP/1.1 503 Service Unavailable\r\n" +
	"Content-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n" +
	"Retry-After: 1\r\nConnection: close\r\nContent-Length: 21\r\n\r\ntoo many connections\n"

// Accept waits for the next connection within the limit.
func (l *limitedListener) Accept() (net.Conn, error) {
	c := l.limiter
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if c.open.Add(1) <= c.most {
			return &limitedConn{TCPConn: conn.(*net.TCPConn), release: sync.OnceFunc(func() { c.open.Add(-1) })}, nil
		}
		c.open.Add(-1)
		c.refuse(conn)
	}
}

// refuse answers a connection over the limit. It logs that, because no request
// was read, so nothing else tells of it.
func (c *ConnLimiter) refuse(conn net.Conn) {
	c.refused.Add(1)
	if c.warned.due() {
		c.log.Warn("more connections at once than MAX_CONNECTIONS: some are refused",
			slog.Int64("in_all", c.refused.Load()))
	}
	_ = conn.SetWriteDeadline(c.now().Add(time.Second)) // an empty buffer takes it at once
	_, _ = conn.Write([]byte(tooManyConnections))
	_ = conn.Close()
}

// A limitedConn is a connection that gives its place back when it is closed.
type limitedConn struct {
	*net.TCPConn
	release func()
}

// Close closes the connection.
func (c *limitedConn) Close() error {
	c.release()
	return c.TCPConn.Close()
}
