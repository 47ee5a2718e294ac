package counts

import (
	"bytes"
	"encoding/hex"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/auth/policy"
	"gatehouse/test/redistest"
)

// pseudonym stands for the HMAC that the service uses.
func pseudonym(key string) string { return hex.EncodeToString([]byte(key)) }

// patient is a timeout that a Redis that answers keeps on a busy machine too.
const patient = 30 * time.Second

// opened returns counts in the Redis at the URL, or in memory.
func opened(t *testing.T, url string, log *bytes.Buffer) *Counts {
	t.Helper()
	c, err := open(Options{URL: url, Name: pseudonym, Log: slog.New(slog.NewTextHandler(log, nil)), Now: time.Now}, patient)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func limited(n int, per time.Duration) *policy.RateLimit {
	return &policy.RateLimit{Coordinate: "Mutation.login", Limit: n, Per: per, By: []policy.RateKey{policy.ByIP}}
}

// allow counts one use.
func allow(t *testing.T, c *Counts, limit *policy.RateLimit, key string) time.Duration {
	t.Helper()
	wait, err := c.Allow(t.Context(), policy.Use{Limit: limit, Key: key})
	if err != nil {
		t.Error(err)
	}
	return wait
}

// allowed returns how many of n concurrent uses are allowed.
func allowed(t *testing.T, n int, limit *policy.RateLimit, key string, among ...*Counts) int {
	t.Helper()
	var through atomic.Int32
	var barrier, done sync.WaitGroup
	barrier.Add(1)
	for i := range n {
		done.Go(func() {
			barrier.Wait()
			if allow(t, among[i%len(among)], limit, key) == 0 {
				through.Add(1)
			}
		})
	}
	barrier.Done()
	done.Wait()
	return int(through.Load())
}

// A limit allows its number of uses at once, for each key, and then one more
// whenever there is room.
func TestAllow(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	c, err := Open(Options{Name: pseudonym, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	limit, other := limited(6, time.Minute), limited(1, time.Hour)
	for _, key := range []string{"ann", "sue"} {
		if got := allowed(t, 64, limit, key, c); got != 6 {
			t.Errorf("%s: %d of 64 at once", key, got)
		}
	}
	if wait := allow(t, c, limit, "ann"); wait != 10*time.Second {
		t.Errorf("waits %s", wait)
	}
	now = now.Add(9999 * time.Millisecond)
	if wait := allow(t, c, limit, "ann"); wait != time.Millisecond {
		t.Errorf("waits %s", wait)
	}
	now = now.Add(time.Millisecond)
	if got := allowed(t, 8, limit, "ann", c); got != 1 {
		t.Errorf("%d after ten seconds", got)
	}
	now = now.Add(time.Hour)
	if got := allowed(t, 8, limit, "ann", c); got != 6 {
		t.Errorf("%d after an hour", got)
	}
	if got := allowed(t, 8, other, "ann", c); got != 1 {
		t.Errorf("%d of another limit of the same field", got)
	}
	for _, invalid := range []*policy.RateLimit{limited(0, time.Minute), limited(6, 0), limited(-1, time.Minute)} {
		if _, err := c.Allow(t.Context(), policy.Use{Limit: invalid, Key: "ann"}); err == nil {
			t.Errorf("%s: an invalid limit is counted", invalid)
		}
	}
}

// Of several limits of one field the uses are counted in their order, up to the
// first that refuses.
func TestAllowSeveral(t *testing.T) {
	server := redistest.Start(t)
	for name, url := range map[string]string{"memory": "", "redis": server.URL} {
		var log bytes.Buffer
		c := opened(t, url, &log)
		wide, narrow := limited(5, time.Hour), limited(2, time.Hour)
		both := []policy.Use{{Limit: wide, Key: "ann"}, {Limit: narrow, Key: "ann"}}
		for i, want := range []bool{true, true, false, false, false} {
			if wait, err := c.Allow(t.Context(), both...); err != nil || (wait == 0) != want {
				t.Errorf("%s: use %d waits %s, %v", name, i+1, wait, err)
			}
		}
		if wait := allow(t, c, wide, "ann"); wait == 0 {
			t.Errorf("%s: the first limit did not count what the second refused", name)
		}
		if wait := allow(t, c, narrow, "sue"); wait != 0 {
			t.Errorf("%s: another key waits %s", name, wait)
		}
		if log.Len() > 0 {
			t.Errorf("%s: log: %s", name, &log)
		}
	}
}
