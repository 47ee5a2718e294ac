package counts

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"
)

// How many connections to Redis there may be, and for how long one is kept that nobody uses. Who finds all of them in use waits for one.
const (
	redisConnections = 64
	redisIdle        = 5 * time.Minute
)

// errURL does not repeat the URL, which may hold a password.
var errURL = errors.New("this is no URL of Redis, such as redis://host:6379/0, rediss:// for TLS, or unix:///run/redis.sock")

// swapScript puts a number in place of another, if that still stands there, and says whether it did.
var swapScript = redis.NewScript(1, `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`)

// shared are numbers in Redis. Whoever asks waits until ctx ends and no longer, be it for a connection or for an answer.
type shared struct{ pool *redis.Pool }

// connect makes a pool for the Redis of a URL, which is not asked for anything yet.
func connect(text string, now func() time.Time) (*shared, error) {
	u, err := url.Parse(text)
	if err != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errURL
	}
	options := []redis.DialOption{
		redis.DialConnectTimeout(redisTimeout), redis.DialReadTimeout(redisTimeout), redis.DialWriteTimeout(redisTimeout),
	}
	pool := &redis.Pool{MaxIdle: redisConnections, MaxActive: redisConnections, Wait: true, IdleTimeout: redisIdle}
	pool.TestOnBorrowContext = func(ctx context.Context, c redis.Conn, used time.Time) error { // the server may have gone since, and come back
		if err := ctx.Err(); err != nil || now().Sub(used) < redisRest {
			return err
		}
		_, err := redis.DoContext(c, ctx, "PING")
		return err
	}
	switch u.Scheme {
	case "unix":
		if u.Host != "" || u.Path == "" {
			return nil, errURL
		}
		if password, has := u.User.Password(); has {
			options = append(options, redis.DialUsername(u.User.Username()), redis.DialPassword(password))
		}
		pool.DialContext = func(ctx context.Context) (redis.Conn, error) {
			return redis.DialContext(ctx, "unix", u.Path, options...)
		}
	case "redis", "rediss":
		if path := strings.Trim(u.Path, "/"); path != "" {
			if db, err := strconv.Atoi(path); err != nil || db < 0 {
				return nil, errURL
			}
		}
		if u.Hostname() == "" {
			return nil, errURL
		}
		pool.DialContext = func(ctx context.Context) (redis.Conn, error) { return redis.DialURLContext(ctx, text, options...) }
	default:
		return nil, errURL
	}
	return &shared{pool}, nil
}

// GetWithTime returns the number of the key, -1 for none, and the time of the server, which is that of every replica.
func (s *shared) GetWithTime(ctx context.Context, key string) (value int64, now time.Time, err error) {
	c, err := s.pool.GetContext(ctx)
	if err != nil {
		return 0, now, err
	}
	defer func() { _ = c.Close() }()
	if err := errors.Join(c.Send("TIME"), c.Send("GET", key), c.Flush()); err != nil {
		return 0, now, err
	}
	parts, err := redis.Int64s(redis.ReceiveContext(c, ctx))
	if err != nil || len(parts) != 2 {
		return 0, now, errors.Join(err, errors.New("TIME has no time"))
	}
	value, err = redis.Int64(redis.ReceiveContext(c, ctx))
	if errors.Is(err, redis.ErrNil) {
		value, err = -1, nil
	}
	return value, time.Unix(parts[0], parts[1]*int64(time.Microsecond)), err
}

// SetIfNotExistsWithTTL keeps the number if there is none of the key yet, and reports whether there was none.
func (s *shared) SetIfNotExistsWithTTL(ctx context.Context, key string, value int64, ttl time.Duration) (bool, error) {
	c, err := s.pool.GetContext(ctx)
	if err != nil {
		return false, err
	}
	defer func() { _ = c.Close() }()
	_, err = redis.String(redis.DoContext(c, ctx, "SET", key, value, "NX", "PX", milliseconds(ttl)))
	if errors.Is(err, redis.ErrNil) {
		return false, nil
	}
	return err == nil, err
}

// CompareAndSwapWithTTL keeps another number in place of the old one, and reports whether the old one still stood there.
func (s *shared) CompareAndSwapWithTTL(ctx context.Context, key string, old, value int64, ttl time.Duration) (bool, error) {
	c, err := s.pool.GetContext(ctx)
	if err != nil {
		return false, err
	}
	defer func() { _ = c.Close() }()
	return redis.Bool(swapScript.DoContext(ctx, c, key, old, value, milliseconds(ttl)))
}

// milliseconds is for how long a number is kept: a second at least, so that it is there for who counts at the same moment.
func milliseconds(ttl time.Duration) int64 { return max(ttl, time.Second).Milliseconds() }
