package counts

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"

	"gatehouse/auth/attempts"
	"gatehouse/auth/policy"
	"gatehouse/test/redistest"
)

// Replicas count together, exactly, over many rounds.
func TestReplicasCountTogether(t *testing.T) {
	server := redistest.Start(t)
	var log bytes.Buffer
	limit := limited(7, time.Hour)
	a, b := opened(t, server.URL, &log), opened(t, server.URL, &log)
	for i := range 20 {
		if got := allowed(t, 32, limit, strings.Repeat("x", i), a, b); got != 7 {
			t.Fatalf("round %d: %d of 32 at once", i, got)
		}
	}
	for i := range 20 {
		if got := begun(t, 32, fmt.Sprint(i), a, b); got != 10 {
			t.Fatalf("round %d: %d of 32 attempts began at once", i, got)
		}
	}
	if log.Len() > 0 {
		t.Errorf("log: %s", &log)
	}
}

// begun returns how many of n concurrent logins to an account, each from another
// place, may begin.
func begun(t *testing.T, n int, email string, among ...*Counts) int {
	t.Helper()
	var through atomic.Int32
	var done sync.WaitGroup
	for i := range n {
		done.Go(func() {
			out, err := among[i%len(among)].Begin(t.Context(), nil, attempts.Login(email, fmt.Sprintf("192.0.2.%d", i)))
			if err != nil {
				t.Error(err)
			}
			if out.Wait == 0 {
				through.Add(1)
			}
		})
	}
	done.Wait()
	return int(through.Load())
}

// While Redis is away each replica counts for itself, at once and without an
// error. Later they count together again.
func TestRedisAway(t *testing.T) {
	server := redistest.Start(t)
	var log bytes.Buffer
	c := opened(t, server.URL, &log)
	limit := limited(5, time.Hour)
	if got := allowed(t, 64, limit, "ann", c); got != 5 || !c.Shared() { // on many connections
		t.Errorf("%d with Redis", got)
	}
	server.Stop()
	start := time.Now()
	if got := allowed(t, 64, limit, "ann", c); got != 5 {
		t.Errorf("%d without Redis: it counts from nothing", got)
	}
	if got := begun(t, 32, "ann", c); got != 10 {
		t.Errorf("%d attempts began without Redis", got)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %s to notice", took)
	}
	if c.Shared() || strings.Count(log.String(), "Redis can't be used") != 1 {
		t.Errorf("shared: %t, log: %s", c.Shared(), &log)
	}
	server.Begin(t)
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(log.String(), "Redis can be used again"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("Redis is back and is not asked: %s", &log)
		}
		allow(t, c, limit, "sue")
	}
	if got := allowed(t, 64, limit, "bob", c); got != 5 || !c.Shared() {
		t.Errorf("%d with Redis again", got)
	}
	if strings.Count(log.String(), "Redis can't be used") != 1 { // no connection of before is used again
		t.Errorf("log: %s", &log)
	}
}

// A Redis that accepts connections and answers nothing delays no request for
// long, however many connections there are.
func TestRedisFrozen(t *testing.T) {
	server := redistest.Start(t)
	var log bytes.Buffer
	c, err := open(Options{
		URL: server.URL, Name: pseudonym, Log: slog.New(slog.NewTextHandler(&log, nil)), Now: time.Now,
	}, 500*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	limit := limited(5, time.Hour)
	_ = allowed(t, 64, limit, "ann", c) // on as many connections
	server.Freeze(t)
	start := time.Now()
	if got := allowed(t, 32, limit, "sue", c); got != 5 {
		t.Errorf("%d while it is frozen", got)
	}
	if took := time.Since(start); took > 5*time.Second { // far more than one timeout, far less than one per connection
		t.Errorf("it took %s", took)
	}
	if strings.Count(log.String(), "Redis can't be used") != 1 {
		t.Errorf("log: %s", &log)
	}
}

// A service starts although Redis is not there, and says so.
func TestRedisNeverThere(t *testing.T) {
	var log bytes.Buffer
	limit := limited(5, time.Hour)
	c := opened(t, "redis://127.0.0.1:1/0", &log)
	c.Ping(t.Context())
	if c.Shared() || strings.Count(log.String(), "Redis can't be used") != 1 {
		t.Errorf("after Ping: shared: %t, log: %s", c.Shared(), &log)
	}
	if got := allowed(t, 16, limit, "ann", c); got != 5 {
		t.Errorf("%d", got)
	}
}

// Redis learns no email and no address, and forgets every key.
func TestWhatRedisKnows(t *testing.T) {
	server := redistest.Start(t)
	var log bytes.Buffer
	c := opened(t, server.URL, &log)
	c.Ping(t.Context())
	limits := attempts.Login("ada@example.com", "192.0.2.1")
	out, err := c.Begin(t.Context(), []policy.Use{{Limit: limited(5, time.Minute), Key: "192.0.2.1"}}, limits)
	if err != nil || out.Wait > 0 || !c.Shared() {
		t.Fatal(out, err)
	}
	if err := c.Fail(t.Context(), limits); err != nil {
		t.Fatal(err)
	}
	client := c.redis.pool.Get()
	defer client.Close()
	keys, err := redis.Strings(client.Do("KEYS", "*"))
	if err != nil || len(keys) != 1+len(limits) {
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
	for range 2 { // from the attempt and from Fail
		if err := c.Succeed(t.Context(), limits); err != nil {
			t.Fatal(err)
		}
	}
	if keys, err := redis.Strings(client.Do("KEYS", "*")); err != nil || len(keys) != 1 {
		t.Errorf("after the failures were taken back: %q, %v", keys, err)
	}
	if log.Len() > 0 {
		t.Errorf("log: %s", &log)
	}
}
