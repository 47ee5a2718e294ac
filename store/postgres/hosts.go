package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/lib/pq"
)

// What a host is that can't be written.
var (
	errStandby = errors.New("the database is a standby, which can't be written: use the primary; " +
		"the DSN may name both, as host1,host2 with target_session_attrs=read-write")
	errHostStandby  = errors.New("is a standby")
	errHostReadOnly = errors.New("is read-only") // and may be a primary
)

// unwritable are the driver's words for hosts that target_session_attrs excludes. They
// have no types.
var unwritable = map[string]error{
	"server is in hot standby mode": errHostStandby,
	"session is read-only":          errHostReadOnly,
}

// A hostsConnector connects to the one of several hosts that can be written. It begins
// with the host that it connected to last: one that is silent costs a connection its
// whole timeout.
type hostsConnector struct {
	hosts  []pq.Config
	open   func(context.Context, pq.Config) (driver.Conn, error)
	random bool // begins with any host
	last   atomic.Int64
}

// newHostsConnector returns a connector that never connects to a standby: the service
// has to write, and what a standby shows may be out of date.
func newHostsConnector(config pq.Config, open func(context.Context, pq.Config) (driver.Conn, error)) *hostsConnector {
	if config.TargetSessionAttrs != pq.TargetSessionAttrsReadWrite {
		config.TargetSessionAttrs = pq.TargetSessionAttrsPrimary
	}
	c := &hostsConnector{open: open, random: config.LoadBalanceHosts == pq.LoadBalanceHostsRandom}
	others := config.Multi
	config.Multi = nil
	c.hosts = append(c.hosts, config)
	for _, other := range others {
		host := config.Clone()
		host.Host, host.Hostaddr, host.Port = other.Host, other.Hostaddr, other.Port
		c.hosts = append(c.hosts, host)
	}
	return c
}

// Connect opens a connection.
func (c *hostsConnector) Connect(ctx context.Context) (driver.Conn, error) {
	first := c.last.Load()
	if c.random {
		first = rand.Int64N(int64(len(c.hosts))) //nolint:gosec // it only spreads the load
	}
	errs := make([]error, 0, len(c.hosts))
	for i := range c.hosts {
		n := (int(first) + i) % len(c.hosts)
		conn, err := c.open(ctx, c.hosts[n])
		if err == nil {
			c.last.Store(int64(n))
			return conn, nil
		}
		errs = append(errs, err)
	}
	return nil, c.failure(int(first), errs)
}

// failure is the error of a connection that no host would open. errs are the errors of
// the hosts, from the first one that was tried on.
func (c *hostsConnector) failure(first int, errs []error) error {
	if len(errs) == 1 && errors.Is(errs[0], errHostStandby) {
		return errStandby
	}
	if len(errs) == 1 && !errors.Is(errs[0], errHostReadOnly) {
		return errs[0]
	}
	all := make([]*hostError, len(errs))
	for i := range errs {
		n := (first + i) % len(c.hosts)
		all[n] = &hostError{name(c.hosts[n]), errs[i]}
	}
	return &hostsError{all}
}

// name is a host as the DSN names it, in an error.
func name(config pq.Config) string {
	return net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
}

// A hostError says why one host was not connected to.
type hostError struct {
	host string
	err  error
}

func (e *hostError) Error() string {
	if e.unwritable() {
		return e.host + " " + e.err.Error()
	}
	return e.host + ": " + e.err.Error()
}

func (e *hostError) Unwrap() error { return e.err }

// unwritable reports whether the host answers and can't be written.
func (e *hostError) unwritable() bool {
	return errors.Is(e.err, errHostStandby) || errors.Is(e.err, errHostReadOnly)
}

// A hostsError says why none of several hosts was connected to.
type hostsError struct{ hosts []*hostError }

// Error names the hosts, and says what to do if each of them answers.
func (e *hostsError) Error() string {
	texts := make([]string, len(e.hosts))
	for i, err := range e.hosts {
		texts[i] = err.Error()
	}
	said := strings.Join(texts, ", ")
	switch {
	case !noPrimary(e):
		return "no host of the DSN answers: " + said
	case slices.ContainsFunc(e.hosts, func(h *hostError) bool { return !h.unwritable() }):
		return "no host of the DSN can be written: " + said
	}
	return "no host of the DSN can be written: " + said + "; add the primary to the DSN, or promote one of them"
}

// Unwrap returns the hosts' errors.
func (e *hostsError) Unwrap() []error {
	errs := make([]error, len(e.hosts))
	for i, h := range e.hosts {
		errs[i] = h
	}
	return errs
}

// noPrimary reports whether a host answered that can't be written, and no other one can.
func noPrimary(err error) bool {
	return errors.Is(err, errStandby) || errors.Is(err, errHostStandby) || errors.Is(err, errHostReadOnly)
}

// Driver returns the driver.
func (c *hostsConnector) Driver() driver.Driver { return &pq.Driver{} }

// open opens a connection to one host, whose reads wait for as long as a statement takes.
func open(ctx context.Context, config pq.Config) (driver.Conn, error) {
	return openWith(ctx, config, Dialer{})
}

// openForRequests opens a connection to one host, for a pool that serves requests.
func openForRequests(ctx context.Context, config pq.Config) (driver.Conn, error) {
	dialed := &recordingDialer{Dialer: Dialer{Timeout: readTimeout}}
	conn, err := openWith(ctx, config, dialed)
	if err != nil {
		return nil, err
	}
	return &plainConn{conn.(wholeConn), dialed.first}, nil
}

func openWith(ctx context.Context, config pq.Config, dialer pq.Dialer) (driver.Conn, error) {
	connector, err := pq.NewConnectorConfig(config)
	if err != nil {
		return nil, err
	}
	connector.Dialer(dialer)
	conn, err := connector.Connect(ctx)
	if err != nil {
		if known := unwritable[err.Error()]; known != nil {
			return nil, known
		}
		return nil, err
	}
	return conn, nil
}
