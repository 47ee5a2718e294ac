package store

import (
	"context"
	"net"
	"time"
)

// patience is how long a request waits for the next word of the database. It is longer than any operation may run: what it ends is the wait
// for a server that is there and silent (frozen, or behind a network that drops everything), which the driver would go on with for ever,
// whatever the context says.
const patience = 12 * time.Second

// A dialer makes connections on which nobody waits for longer than its patience.
type dialer struct {
	net.Dialer
	patience time.Duration
}

// Dial is what the driver calls without a timeout or a context.
func (d dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

// DialTimeout is what the driver calls without a context.
func (d dialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d.DialContext(ctx, network, address)
}

// DialContext is what the driver calls.
func (d dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := d.Dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c := &impatient{Conn: conn, patience: d.patience}
	c.late = time.AfterFunc(d.patience, func() { _ = conn.Close() })
	c.late.Stop()
	return c, nil
}

// An impatient connection is closed when an answer takes longer than patience. Nobody reads from it but to get an answer, or a heartbeat.
type impatient struct {
	net.Conn
	patience time.Duration
	late     *time.Timer
}

// Read waits for patience at most.
func (c *impatient) Read(p []byte) (int, error) {
	c.late.Reset(c.patience)
	defer c.late.Stop()
	return c.Conn.Read(p)
}
