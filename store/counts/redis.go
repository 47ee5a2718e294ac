package counts

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"
)

// How many connections to Redis there may be, and for how long one is kept that nobody uses. Who finds all of them in use waits for one; none is used for long.
const (
	redisConnections = 64
	redisIdle        = 5 * time.Minute
)

// errURL does not repeat the URL, which may hold a password.
var errURL = errors.New("this is no URL of Redis, such as redis://host:6379/0, rediss:// for TLS, or unix:///run/redis.sock")

// poolOf returns connections to the Redis of a URL, and the number of its database.
func poolOf(text string, now func() time.Time) (*redis.Pool, int, error) {
	u, err := url.Parse(text)
	if err != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, 0, errURL
	}
	options := []redis.DialOption{
		redis.DialConnectTimeout(redisTimeout), redis.DialReadTimeout(redisTimeout), redis.DialWriteTimeout(redisTimeout),
	}
	pool := &redis.Pool{MaxIdle: redisConnections, MaxActive: redisConnections, Wait: true, IdleTimeout: redisIdle}
	pool.TestOnBorrow = func(c redis.Conn, used time.Time) error { // the server may have gone since, and come back
		if now().Sub(used) < redisRest {
			return nil
		}
		_, err := c.Do("PING")
		return err
	}
	switch u.Scheme {
	case "unix":
		if u.Host != "" || u.Path == "" {
			return nil, 0, errURL
		}
		pool.Dial = func() (redis.Conn, error) { return redis.Dial("unix", u.Path, options...) }
		return pool, 0, nil
	case "redis", "rediss":
		db := 0
		if path := strings.Trim(u.Path, "/"); path != "" {
			db, err = strconv.Atoi(path)
		}
		if err != nil || db < 0 || u.Hostname() == "" {
			return nil, 0, errURL
		}
		pool.Dial = func() (redis.Conn, error) { return redis.DialURL(text, options...) }
		return pool, db, nil
	}
	return nil, 0, errURL
}
