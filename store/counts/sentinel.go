package counts

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/gomodule/redigo/redis"
)

// dial connects to Redis. Of a Redis with sentinels it is the one that is the master
// now. A failover breaks a connection or makes Redis refuse to write; both make
// [Counts] drop all connections, so each new one asks the sentinels.
func (t *target) dial(ctx context.Context) (redis.Conn, error) {
	if t.master == "" {
		return redis.DialContext(ctx, t.network, t.hosts[0], t.options...)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type answer struct {
		address string
		err     error
	}
	answers := make(chan answer, len(t.hosts))
	for _, host := range t.hosts { // all at once, because one that is down may take all of our time
		go func() {
			address, err := t.ask(ctx, host)
			answers <- answer{address, err}
		}()
	}
	var errs []error
	tried := map[string]bool{}
	for range t.hosts {
		got := <-answers
		if got.err != nil {
			errs = append(errs, got.err)
			continue
		}
		if tried[got.address] {
			continue
		}
		tried[got.address] = true
		c, err := t.dialMaster(ctx, got.address)
		if err == nil {
			return c, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// ask returns the address of the master that a sentinel knows.
func (t *target) ask(ctx context.Context, sentinel string) (string, error) {
	c, err := redis.DialContext(ctx, "tcp", sentinel, t.asking...)
	if err != nil {
		return "", fmt.Errorf("sentinel %s: %w", sentinel, err)
	}
	defer func() { _ = c.Close() }()
	address, err := redis.Strings(redis.DoContext(c, ctx, "SENTINEL", "get-master-addr-by-name", t.master))
	switch {
	case errors.Is(err, redis.ErrNil):
		return "", fmt.Errorf("sentinel %s knows no master called %s", sentinel, t.master)
	case err != nil:
		return "", fmt.Errorf("sentinel %s: %w", sentinel, err)
	case len(address) != 2:
		return "", fmt.Errorf("sentinel %s: the answer is incomplete", sentinel)
	}
	return net.JoinHostPort(address[0], address[1]), nil
}

// dialMaster connects to the Redis at an address if it is a master. A sentinel may
// not know yet that it is not any more.
func (t *target) dialMaster(ctx context.Context, address string) (redis.Conn, error) {
	c, err := redis.DialContext(ctx, "tcp", address, t.options...)
	if err != nil {
		return nil, err
	}
	role, err := redis.Values(redis.DoContext(c, ctx, "ROLE"))
	if err == nil && len(role) > 0 {
		if name, ok := role[0].([]byte); ok && string(name) == "master" {
			return c, nil
		}
		err = fmt.Errorf("the Redis at %s is not a master", address)
	}
	_ = c.Close()
	return nil, err
}
