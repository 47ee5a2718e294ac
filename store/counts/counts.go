// Package counts counts uses and failed attempts for a while: in memory, for one
// replica, or in Redis, for all.
//
// The time is that of the memory the counts are in: Redis's own for all replicas,
// because their clocks differ, and the replica's for its memory.
package counts

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"gatehouse/auth/attempts"
	"gatehouse/auth/policy"
)

// How long Redis may take, and how long it is left alone after an error.
// Meanwhile each replica counts for itself: no request waits for Redis, and none
// goes uncounted.
const (
	redisTimeout = 100 * time.Millisecond
	redisPause   = time.Second
)

// Options say where counts are kept.
type Options struct {
	URL string // of Redis (redis://, rediss://, unix://); "" for memory
	// Name turns a key into a pseudonym, so that Redis learns no email or address.
	Name func(key string) string
	Log  *slog.Logger
	Now  func() time.Time
}

// Counts counts the uses of limited fields, and implements [attempts.Counter]. It
// is safe for concurrent use.
type Counts struct {
	options Options
	timeout time.Duration // of Redis
	memory  *memory
	redis   *server      // nil for none
	paused  atomic.Int64 // until when Redis is left alone, in nanoseconds since 1970; 0 while it answers
}

var _ attempts.Counter = (*Counts)(nil)

// Open returns counts. It fails if the URL is invalid. It does not fail if Redis
// doesn't answer, because Redis may answer later; [Counts.Ping] asks it.
func Open(o Options) (*Counts, error) { return open(o, redisTimeout) }

func open(o Options, timeout time.Duration) (*Counts, error) {
	m, err := newMemory(o.Now)
	if err != nil {
		return nil, err
	}
	c := &Counts{options: o, timeout: timeout, memory: m}
	if o.URL != "" {
		if c.redis, err = connect(o, timeout); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Close closes the connections to Redis.
func (c *Counts) Close() error {
	if c.redis == nil {
		return nil
	}
	return c.redis.pool.Close()
}

// Shared reports whether replicas count together now: Redis is set and answers.
func (c *Counts) Shared() bool {
	return c.redis != nil && c.options.Now().UnixNano() >= c.paused.Load()
}

// Ping asks Redis whether it answers. If it doesn't, the log says so, and the
// replica begins by counting for itself.
func (c *Counts) Ping(ctx context.Context) {
	if c.redis == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	if err := c.redis.ping(ctx); err != nil {
		c.pause(err)
	}
}

// Allow counts the uses, in their order, and returns 0. If there are too many of
// one, it counts neither that one nor those after it, and returns how long to
// wait.
func (c *Counts) Allow(ctx context.Context, uses ...policy.Use) (time.Duration, error) {
	out, err := c.Begin(ctx, uses, nil)
	return out.Wait, err
}

// Begin counts the uses and an attempt, as [attempts.Counter] says.
func (c *Counts) Begin(ctx context.Context, uses []policy.Use, limits []attempts.Limit) (out attempts.Outcome, err error) {
	if len(uses) == 0 && len(limits) == 0 {
		return out, nil
	}
	if err := valid(uses); err != nil {
		return out, err
	}
	if c.ask(ctx, func(ctx context.Context) (wrote bool, err error) {
		out, err = c.redis.begin(ctx, uses, limits)
		return out.Wait == 0, err
	}) {
		return out, nil
	}
	return c.memory.begin(uses, limits), nil
}

// Fail counts a failure in each of the limits.
func (c *Counts) Fail(ctx context.Context, limits []attempts.Limit) error {
	if !c.ask(ctx, func(ctx context.Context) (bool, error) { return true, c.redis.fail(ctx, limits) }) {
		c.memory.do(func(s attempts.State) { s.Fail(limits) })
	}
	return nil
}

// Succeed takes back an attempt.
func (c *Counts) Succeed(ctx context.Context, limits []attempts.Limit) error {
	if !c.ask(ctx, func(ctx context.Context) (bool, error) { return true, c.redis.succeed(ctx, limits) }) {
		c.memory.do(func(s attempts.State) { s.Succeed(limits) })
	}
	return nil
}

// ask puts a question to Redis, if there is one to ask, and reports whether it
// was answered in time. An attempt counts even if the client has gone, so the
// request's cancellation does not matter. wrote says that Redis has stored
// something, which one that is full or read-only doesn't.
func (c *Counts) ask(ctx context.Context, question func(context.Context) (wrote bool, err error)) bool {
	if !c.Shared() {
		return false
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.timeout)
	defer cancel()
	wrote, err := question(ctx)
	if err != nil {
		c.pause(err)
		return false
	}
	if wrote && c.paused.Load() != 0 && c.paused.Swap(0) != 0 {
		c.options.Log.Info("Redis can be used again: replicas count together")
	}
	return true
}

// pause leaves Redis alone for a while.
func (c *Counts) pause(err error) {
	now := c.options.Now()
	c.redis.failed.Store(now.UnixNano())
	if c.paused.Swap(now.Add(redisPause).UnixNano()) == 0 {
		c.options.Log.Warn("Redis can't be used: each replica counts for itself meanwhile", slog.String("error", err.Error()))
	}
}
