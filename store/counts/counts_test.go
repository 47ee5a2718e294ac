package counts

import (
	"bytes"
	"context"
	"encoding/hex"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"

	"gatehouse/auth/policy"
	"gatehouse/test/redistest"
)

// veiled stands for a pseudonym.
func veiled(key string) string { return hex.EncodeToString([]byte(key)) }

func opened(t *testing.T, url string, log *bytes.Buffer) *Counts {
	t.Helper()
	c, err := Open(Options{URL: url, Name: veiled, Log: slog.New(slog.NewTextHandler(log, nil)), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func limited(n int, per time.Duration) *policy.RateLimit {
	return &policy.RateLimit{Coordinate: "Mutation.login", Limit: n, Per: per, By: []policy.RateKey{policy.ByIP}}
}

func limiterOf(t *testing.T, c *Counts, limits ...*policy.RateLimit) *Limiter {
	t.Helper()
	l, err := NewLimiter(c, limits)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// allowed is how many of n uses at once are let through.
func allowed(t *testing.T, n int, limit *policy.RateLimit, key string, among ...*Limiter) int {
	t.Helper()
	var through atomic.Int32
	var barrier, done sync.WaitGroup
	barrier.Add(1)
	for i := range n {
		done.Go(func() {
			barrier.Wait()
			wait, err := among[i%len(among)].Allow(t.Context(), limit, key)
			if err != nil {
				t.Error(err)
			}
			if wait == 0 {
				through.Add(1)
			}
		})
	}
	barrier.Done()
	done.Wait()
	return int(through.Load())
}

// So many uses as the limit says are let through at once, of each key, and one more each time there is room.
func TestLimiter(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	c, err := Open(Options{Name: veiled, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	limit, other := limited(6, time.Minute), limited(1, time.Hour)
	l := limiterOf(t, c, limit, other)
	for _, key := range []string{"ann", "sue"} {
		if got := allowed(t, 64, limit, key, l); got != 6 {
			t.Errorf("%s: %d of 64 at once", key, got)
		}
	}
	if wait, _ := l.Allow(t.Context(), limit, "ann"); wait != 10*time.Second {
		t.Errorf("waits %s", wait)
	}
	now = now.Add(9999 * time.Millisecond)
	if wait, _ := l.Allow(t.Context(), limit, "ann"); wait != time.Millisecond {
		t.Errorf("waits %s", wait)
	}
	now = now.Add(time.Millisecond)
	if got := allowed(t, 8, limit, "ann", l); got != 1 {
		t.Errorf("%d after ten seconds", got)
	}
	now = now.Add(time.Hour)
	if got := allowed(t, 8, limit, "ann", l); got != 6 {
		t.Errorf("%d after an hour", got)
	}
	if got := allowed(t, 8, other, "ann", l); got != 1 {
		t.Errorf("%d of another limit of the same field", got)
	}
	if _, err := l.Allow(t.Context(), limited(6, time.Minute), "ann"); err == nil {
		t.Error("a limit of another schema is counted")
	}
}

// Two replicas count together, exactly, over many rounds.
func TestReplicasCountTogether(t *testing.T) {
	server := redistest.Start(t)
	var log bytes.Buffer
	limit := limited(7, time.Hour)
	a, b := limiterOf(t, opened(t, server.URL, &log), limit), limiterOf(t, opened(t, server.URL, &log), limit)
	for i := range 20 {
		if got := allowed(t, 32, limit, strings.Repeat("x", i), a, b); got != 7 {
			t.Fatalf("round %d: %d of 32 at once", i, got)
		}
	}
	if log.Len() > 0 {
		t.Errorf("log: %s", &log)
	}
}

// While Redis is away each replica counts for itself, at once and without an error; later they count together again.
func TestRedisAway(t *testing.T) {
	server := redistest.Start(t)
	var log bytes.Buffer
	c := opened(t, server.URL, &log)
	limit := limited(5, time.Hour)
	l := limiterOf(t, c, limit)
	if got := allowed(t, 16, limit, "ann", l); got != 5 || !c.Shared() {
		t.Errorf("%d with Redis", got)
	}
	server.Stop()
	begun := time.Now()
	if got := allowed(t, 64, limit, "ann", l); got != 5 {
		t.Errorf("%d without Redis: it counts from nothing", got)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("it took %s to notice", took)
	}
	if c.Shared() || strings.Count(log.String(), "Redis can't be used") != 1 {
		t.Errorf("shared: %t, log: %s", c.Shared(), &log)
	}
	server.Begin(t)
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(log.String(), "Redis can be used again"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("Redis is there again, and nobody asks: %s", &log)
		}
		_, _ = l.Allow(t.Context(), limit, "sue")
	}
	if got := allowed(t, 16, limit, "bob", l); got != 5 || !c.Shared() {
		t.Errorf("%d with Redis again", got)
	}
}

// Redis that is there and answers nothing keeps nobody waiting, however many connections to it there are.
func TestRedisFrozen(t *testing.T) {
	server := redistest.Start(t)
	var log bytes.Buffer
	var ahead atomic.Int64
	c, err := Open(Options{
		URL: server.URL, Name: veiled, Log: slog.New(slog.NewTextHandler(&log, nil)),
		Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	limit := limited(5, time.Hour)
	l := limiterOf(t, c, limit)
	_ = allowed(t, 64, limit, "ann", l) // on as many connections
	server.Freeze(t)
	ahead.Store(int64(redisRest)) // so that each is tried before it is used
	begun := time.Now()
	if got := allowed(t, 32, limit, "sue", l); got != 5 {
		t.Errorf("%d while it is frozen", got)
	}
	if took := time.Since(begun); took > 5*time.Second { // far more than one time limit, far less than one for each connection
		t.Errorf("it took %s", took)
	}
	if strings.Count(log.String(), "Redis can't be used") != 1 {
		t.Errorf("log: %s", &log)
	}
}

// Redis that is never there is no reason not to start.
func TestRedisNeverThere(t *testing.T) {
	var log bytes.Buffer
	limit := limited(5, time.Hour)
	l := limiterOf(t, opened(t, "redis://127.0.0.1:1/0", &log), limit)
	if got := allowed(t, 16, limit, "ann", l); got != 5 {
		t.Errorf("%d", got)
	}
}

// What Redis is told names nobody, and does not stay.
func TestWhatRedisKnows(t *testing.T) {
	server := redistest.Start(t)
	var log bytes.Buffer
	c := opened(t, server.URL, &log)
	limit := limited(5, time.Minute)
	_, _ = limiterOf(t, c, limit).Allow(t.Context(), limit, "192.0.2.1")
	if ok, err := c.SetIfNotExistsWithTTL(t.Context(), "login account ada", 7, time.Hour); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if ok, err := c.CompareAndSwapWithTTL(t.Context(), "login account ada", 7, 8, time.Hour); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if ok, err := c.CompareAndSwapWithTTL(t.Context(), "login account ada", 7, 9, time.Hour); ok || err != nil {
		t.Fatal(ok, err)
	}
	client := c.redis.pool.Get()
	defer client.Close()
	keys, err := redis.Strings(client.Do("KEYS", "*"))
	if err != nil || len(keys) != 2 {
		t.Fatalf("%q, %v", keys, err)
	}
	for _, key := range keys {
		if strings.Contains(key, "192.0.2.1") || strings.Contains(key, "ada") || !strings.HasPrefix(key, "gatehouse:") {
			t.Errorf("Redis knows %q", key)
		}
		if ttl, err := redis.Int(client.Do("TTL", key)); err != nil || ttl <= 0 {
			t.Errorf("%q stays: %d, %v", key, ttl, err)
		}
	}
}

// Memory forgets the keys that were unused for longest, so that it does not grow.
func TestMemoryIsBounded(t *testing.T) {
	c, err := Open(Options{Name: func(key string) string { return key }, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	first, last := "", ""
	for i := range memoryKeys + 1 {
		last = string(rune(i/60_000+0xE000)) + string(rune(i%60_000/300+0x4E00)) + string(rune(i%300+0x4E00))
		if i == 0 {
			first = last
		}
		if ok, err := c.SetIfNotExistsWithTTL(context.Background(), last, 1, 0); !ok || err != nil {
			t.Fatal(i, ok, err)
		}
	}
	for key, want := range map[string]int64{first: -1, last: 1} {
		if got, _, _ := c.GetWithTime(context.Background(), key); got != want {
			t.Errorf("%q: %d, want %d", key, got, want)
		}
	}
}

// A URL that is none is refused without repeating it.
func TestOpenRefuses(t *testing.T) {
	for _, url := range []string{"localhost:6379", "http://localhost", "redis://:secret@host:port/x", "redis://localhost/?nothing=1", "redis:///0", "unix://run/redis.sock", "unix://", "redis://localhost/-1", "\x7f"} {
		if _, err := Open(Options{URL: url, Now: time.Now}); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", url, err)
		}
	}
	for _, url := range []string{"", "redis://localhost:6379", "rediss://user:secret@redis.example/1", "unix:///run/redis.sock"} {
		c, err := Open(Options{URL: url, Now: time.Now})
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		_ = c.Close()
	}
}
