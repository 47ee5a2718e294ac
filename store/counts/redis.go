package counts

import (
	"context"
	_ "embed" // count.lua
	"errors"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/gomodule/redigo/redis"

	"gatehouse/auth/attempts"
	"gatehouse/auth/policy"
)

// How many connections to Redis there may be, and how long an idle one is kept: not
// long enough for a firewall to drop it. A caller that finds all of them in use waits
// for one.
const (
	redisConnections = 64
	redisIdle        = time.Minute
)

// errStale means that a connection is older than the last failure of Redis.
var errStale = errors.New("the connection is stale")

//go:embed count.lua
var countLua string

// A server is a Redis. A caller waits until its ctx ends and no longer, be it for
// a connection or for an answer.
type server struct {
	pool   *redis.Pool
	script *redis.Script // count.lua
	name   func(key string) string
	failed atomic.Int64 // when Redis last failed, in nanoseconds since 1970
	time   string       // of the script; "" for Redis's own. Tests set it.
}

// connect returns the Redis at a URL. It sends nothing yet.
func connect(o Options, timeout time.Duration) (*server, error) {
	t, err := parseURL(o.URL, timeout)
	if err != nil {
		return nil, err
	}
	pool := &redis.Pool{
		DialContext: t.dial, MaxIdle: redisConnections, MaxActive: redisConnections, Wait: true, IdleTimeout: redisIdle,
	}
	s := &server{pool: pool, script: redis.NewScript(-1, countLua)}
	s.name = func(key string) string { return "gatehouse:" + o.Name(key) }
	pool.TestOnBorrowContext = func(ctx context.Context, _ redis.Conn, used time.Time) error {
		if used.UnixNano() <= s.failed.Load() { // Redis may have been restarted since
			return errStale
		}
		return ctx.Err()
	}
	return s, nil
}

// ping asks for a sign of life.
func (s *server) ping(ctx context.Context) error {
	c, err := s.pool.GetContext(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	_, err = redis.DoContext(c, ctx, "PING")
	return err
}

// begin is Counts.Begin, in one call.
func (s *server) begin(ctx context.Context, uses []policy.Use, limits []attempts.Limit) (attempts.Outcome, error) {
	answer, err := s.count(ctx, "begin", uses, limits)
	if err != nil {
		return attempts.Outcome{}, err
	}
	return attempts.Outcome{
		Wait: time.Duration(answer[0]) * time.Microsecond, Overused: answer[1] == 1, NewPlace: answer[2] == 1,
	}, nil
}

// fail is Counts.Fail, in one call.
func (s *server) fail(ctx context.Context, limits []attempts.Limit) error {
	_, err := s.count(ctx, "fail", nil, limits)
	return err
}

// succeed is Counts.Succeed, in one call.
func (s *server) succeed(ctx context.Context, limits []attempts.Limit) error {
	_, err := s.count(ctx, "succeed", nil, limits)
	return err
}

// count runs the script: one round trip, or two the first time, when Redis does
// not know it yet.
func (s *server) count(
	ctx context.Context, operation string, uses []policy.Use, limits []attempts.Limit,
) ([3]int64, error) {
	args := make([]any, 0, 6+3*len(uses)+5*len(limits))
	args = append(args, len(uses)+len(limits))
	for _, u := range uses {
		args = append(args, s.name(useKey(u)))
	}
	for _, l := range limits {
		args = append(args, s.name(l.Key))
	}
	args = append(args, operation, s.time, attempts.Grace, attempts.MaxFailures, len(uses))
	for _, u := range uses {
		args = append(args, microseconds(u.Limit.Per/time.Duration(u.Limit.Limit)), u.Limit.Limit)
	}
	for _, l := range limits {
		args = append(args, l.Free, microseconds(l.MaxWait), microseconds(l.Forget), int(l.Scope))
	}
	var answer [3]int64
	c, err := s.pool.GetContext(ctx)
	if err != nil {
		return answer, err
	}
	defer func() { _ = c.Close() }()
	values, err := redis.Int64s(s.script.DoContext(ctx, c, args...))
	if err != nil {
		return answer, err
	}
	if copy(answer[:], values) != len(answer) {
		return answer, errors.New("the script's answer is incomplete")
	}
	return answer, nil
}

// microseconds is a duration for the script, with three decimals.
func microseconds(d time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(time.Microsecond), 'f', 3, 64)
}
