package main

import (
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// roomBody is how many bytes of body a request may have for each place that it takes. What is made of a body while it is read, parsed and
// waited with takes a few times its size.
const roomBody = 16 << 10

// A room bounds what the API works on at once, so that a flood is answered before it takes the memory. A request takes a place, and one more for each
// roomBody of its body; whoever finds none is told to come back.
type room struct {
	places int64 // there are
	body   int64 // the largest body, in bytes: what is counted for one of unknown size
	log    *slog.Logger

	taken  atomic.Int64
	shed   atomic.Int64 // requests there was no room for
	warned seldom
}

// weight is how many places a request takes.
func (m *room) weight(r *http.Request) int64 {
	size := r.ContentLength
	if size < 0 || size > m.body {
		size = m.body // of more, no more is read
	}
	return 1 + size/roomBody
}

// most is up to how many taken places a request of that weight is let in. The large ones get half, so that they can't keep out the small. One
// alone finds room, however large it is.
func (m *room) most(weight int64) int64 {
	if weight == 1 {
		return m.places
	}
	return max(m.places/2, weight)
}

// bound lets requests in while there is room, and has the others answered by full.
func (m *room) bound(next, full http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		weight := m.weight(r)
		if m.taken.Add(weight) > m.most(weight) {
			m.taken.Add(-weight) // at once: somebody else finds room while this client takes its time to read
			m.shed.Add(1)
			m.warn()
			full.ServeHTTP(w, r)
			return
		}
		defer m.taken.Add(-weight)
		next.ServeHTTP(w, r)
	})
}

// warn says that requests are sent away.
func (m *room) warn() {
	if m.warned.due(time.Now()) {
		m.log.Warn("more requests at once than MAX_REQUESTS_IN_FLIGHT: some are answered UNAVAILABLE", slog.Int64("in_all", m.shed.Load()))
	}
}

// warnEvery is how often at most it is logged that there is no room, so that a flood does not fill the log.
const warnEvery = 10 * time.Second

// A seldom is when a warning was logged last, in seconds since 1970.
type seldom struct{ last atomic.Int64 }

// due reports whether the warning may be logged again. Of those who ask at once it is for one only.
func (s *seldom) due(now time.Time) bool {
	last := s.last.Load()
	return now.Unix()-last >= int64(warnEvery/time.Second) && s.last.CompareAndSwap(last, now.Unix())
}

// A crowd bounds how many connections there are. One more is told so at once and closed: a queue of them would have every client wait, until
// none is there any more when its turn comes.
type crowd struct {
	most int64
	log  *slog.Logger

	open    atomic.Int64
	refused atomic.Int64 // connections there was no room for
	warned  seldom
}

// bound is a listener for TCP whose connections are those of the crowd.
func (c *crowd) bound(listener net.Listener) net.Listener { return &gate{listener, c} }

// warn says that connections are refused. No request was read, so nothing else tells of them.
func (c *crowd) warn() {
	if c.warned.due(time.Now()) {
		c.log.Warn("more connections at once than MAX_CONNECTIONS: some are refused", slog.Int64("in_all", c.refused.Load()))
	}
}

// A gate is where connections come in.
type gate struct {
	net.Listener
	crowd *crowd
}

// refusal is the answer to a connection too many. There is no request yet, so nothing that depends on one.
const refusal = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n" +
	"Cache-Control: no-store\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 21\r\n\r\ntoo many connections\n"

// Accept waits for the next connection that there is room for.
func (g *gate) Accept() (net.Conn, error) {
	c := g.crowd
	for {
		conn, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if c.open.Add(1) <= c.most {
			return &guest{TCPConn: conn.(*net.TCPConn), leave: sync.OnceFunc(func() { c.open.Add(-1) })}, nil
		}
		c.open.Add(-1)
		c.refused.Add(1)
		c.warn()
		_ = conn.SetWriteDeadline(time.Now().Add(time.Second)) // an empty buffer takes it at once
		_, _ = conn.Write([]byte(refusal))
		_ = conn.Close()
	}
}

// A guest is a connection that leaves its place when it is closed.
type guest struct {
	*net.TCPConn
	leave func()
}

// Close closes the connection.
func (g *guest) Close() error {
	g.leave()
	return g.TCPConn.Close()
}
