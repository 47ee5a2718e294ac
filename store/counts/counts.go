// Package counts remembers for a while how often something was done: in the memory of one process, or in Redis for several replicas.
package counts

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/throttled/throttled/v2"
	"github.com/throttled/throttled/v2/store/memstore"
)

// memoryKeys is how many keys are remembered in memory, some 10 MB of them; the longest unused goes first.
const memoryKeys = 1 << 16

// How long Redis may take, and for how long it is left alone after it did not answer. Meanwhile each replica counts for itself: nobody waits
// for Redis, and nobody is let through uncounted.
const (
	redisTimeout = 100 * time.Millisecond
	redisRest    = time.Second
)

// Options say where counts are kept.
type Options struct {
	URL string // of Redis (redis://, rediss://, unix://), "" for memory
	// Name turns a key into one that says nothing of who is counted.
	Name func(key string) string
	Log  *slog.Logger
	Now  func() time.Time
}

// Counts are numbers by key. They are a store for throttled's limiters, and for whatever else counts.
type Counts struct {
	*link
	memory throttled.GCRAStoreCtx
}

// A link is a Redis, if there is one, and what is known of it.
type link struct {
	Options
	redis *shared      // nil for none
	rests atomic.Int64 // until when Redis is left alone, in nanoseconds since 1970; 0 while it answers
}

// Open returns counts that begin with nothing, or with what Redis has. An error says what is wrong with the URL; that Redis does not answer is
// no error, since it may later.
func Open(o Options) (*Counts, error) {
	l := &link{Options: o}
	if o.URL != "" {
		var err error
		if l.redis, err = connect(o.URL, o.Now); err != nil {
			return nil, err
		}
	}
	return (&Counts{link: l}).Apart()
}

// Apart returns counts with a memory of their own, so that neither makes the other forget. Redis, where there is one, is the same.
func (c *Counts) Apart() (*Counts, error) {
	memory, err := memstore.New(memoryKeys)
	if err != nil {
		return nil, err
	}
	memory.SetTimeNow(c.Now)
	return &Counts{link: c.link, memory: throttled.WrapStoreWithContext(memory)}, nil
}

// Close gives the connections to Redis back.
func (c *Counts) Close() error {
	if c.redis == nil {
		return nil
	}
	return c.redis.pool.Close()
}

// Shared reports whether what is counted now, every replica counts: Redis is set, and answers.
func (c *Counts) Shared() bool { return c.redis != nil && c.Now().UnixNano() >= c.rests.Load() }

// GetWithTime returns the number of the key, -1 for none, and the time of whoever remembers it.
func (c *Counts) GetWithTime(ctx context.Context, key string) (value int64, now time.Time, err error) {
	err = c.ask(ctx, func(ctx context.Context, s throttled.GCRAStoreCtx) (err error) {
		value, now, err = s.GetWithTime(ctx, c.named(key))
		return err
	})
	return value, now, err
}

// SetIfNotExistsWithTTL keeps the number, for about as long as ttl, if there is none of the key yet, and reports whether there was none.
func (c *Counts) SetIfNotExistsWithTTL(ctx context.Context, key string, value int64, ttl time.Duration) (set bool, err error) {
	err = c.ask(ctx, func(ctx context.Context, s throttled.GCRAStoreCtx) (err error) {
		set, err = s.SetIfNotExistsWithTTL(ctx, c.named(key), value, ttl)
		c.wrote(s, err)
		return err
	})
	return set, err
}

// CompareAndSwapWithTTL keeps another number in place of the old one, for about as long as ttl, and reports whether the old one still stood there.
func (c *Counts) CompareAndSwapWithTTL(ctx context.Context, key string, old, value int64, ttl time.Duration) (swapped bool, err error) {
	err = c.ask(ctx, func(ctx context.Context, s throttled.GCRAStoreCtx) (err error) {
		swapped, err = s.CompareAndSwapWithTTL(ctx, c.named(key), old, value, ttl)
		c.wrote(s, err)
		return err
	})
	return swapped, err
}

func (c *Counts) named(key string) string { return "gatehouse:" + c.Name(key) }

// ask asks Redis, and memory if there is none or it does not answer in time. Whoever asked Redis first and memory then finds that what it read
// stands there no more, and reads again.
func (c *Counts) ask(ctx context.Context, question func(context.Context, throttled.GCRAStoreCtx) error) error {
	if c.Shared() {
		asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), redisTimeout) // who hangs up is counted all the same
		defer cancel()
		err := question(asking, c.redis)
		if err == nil {
			return nil
		}
		c.rest(err)
	}
	return question(ctx, c.memory)
}

// rest leaves Redis alone for a while.
func (c *Counts) rest(err error) {
	if c.rests.Swap(c.Now().Add(redisRest).UnixNano()) == 0 {
		c.Log.Warn("Redis can't be used: each replica counts for itself meanwhile", slog.String("error", err.Error()))
	}
}

// wrote notes that Redis can be used, once it has taken something: one that is full or may be read only answers as well.
func (c *Counts) wrote(s throttled.GCRAStoreCtx, err error) {
	if err == nil && s == throttled.GCRAStoreCtx(c.redis) && c.rests.Load() != 0 && c.rests.Swap(0) != 0 {
		c.Log.Info("Redis can be used again: replicas count together")
	}
}
