package postgres

import (
	"context"
	"net"
	"time"
)

// readTimeout is how long a request waits for the next answer of the database. It is
// longer than any operation may run: it ends the wait for a server that accepts
// connections and is silent (frozen, or behind a network that drops everything). The
// driver would wait for ever, whatever the context says.
const readTimeout = 12 * time.Second

// A Dialer makes connections whose reads time out, unless Timeout is 0.
type Dialer struct {
	net.Dialer
	Timeout time.Duration
}

// Dial is what the driver calls without a timeout or a context.
func (d Dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

// DialTimeout is what the driver calls without a context.
func (d Dialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d.DialContext(ctx, network, address)
}

// DialContext is what the driver calls.
func (d Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := d.Dialer.DialContext(ctx, network, address)
	if err != nil || d.Timeout == 0 {
		return conn, err
	}
	c := &deadlineConn{Conn: conn, timeout: d.Timeout}
	c.timer = time.AfterFunc(d.Timeout, func() { _ = conn.Close() })
	c.timer.Stop()
	return c, nil
}

// A deadlineConn closes itself when a read takes longer than its timeout. Reads wait
// only for answers and heartbeats.
type deadlineConn struct {
	net.Conn
	timeout time.Duration
	timer   *time.Timer
}

// Read reads until the timeout.
func (c *deadlineConn) Read(p []byte) (int, error) {
	c.timer.Reset(c.timeout)
	defer c.timer.Stop()
	return c.Conn.Read(p)
}

// A recordingDialer is for one connection, which it records. The driver dials again to
// cancel a statement.
type recordingDialer struct {
	Dialer
	first net.Conn
}

// DialContext is what the driver calls.
func (d *recordingDialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := d.Dialer.DialContext(ctx, network, address)
	if d.first == nil {
		d.first = conn
	}
	return conn, err
}
