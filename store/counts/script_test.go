package counts

import (
	"bytes"
	"fmt"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gatehouse/auth/attempts"
	"gatehouse/auth/policy"
	"gatehouse/test/redistest"
)

// Redis decides as memory does, whatever is asked of them and whenever.
func TestScriptDecidesAsMemory(t *testing.T) {
	server := redistest.Start(t)
	var log bytes.Buffer
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	shared := opened(t, server.URL, &log)
	rounds := 0
	rapid.Check(t, func(t *rapid.T) {
		rounds++
		alone, err := Open(Options{Name: pseudonym, Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		email := fmt.Sprint(rounds) // other keys in each round
		limit := limited(rapid.IntRange(1, 6).Draw(t, "limit"), time.Hour)
		place := rapid.SampledFrom([]string{"a", "b", "c"})
		for range rapid.IntRange(20, 80).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.SampledFrom([]int64{0, 0, 0, 0, 1, 999_999, 1_000_000, 7_000_000, 60_000_000, 700_000_000}).Draw(t, "µs")) * time.Microsecond)
			shared.redis.time = strconv.FormatInt(now.UnixMicro(), 10)
			limits := attempts.Login(email, email+place.Draw(t, "place"))
			var uses []policy.Use
			if rapid.Bool().Draw(t, "counts a use") {
				uses = []policy.Use{{Limit: limit, Key: email}}
			}
			switch rapid.SampledFrom([]string{"begin", "begin", "begin", "fail", "fail", "flood", "succeed"}).Draw(t, "operation") {
			case "begin":
				a, aErr := alone.Begin(t.Context(), uses, limits)
				b, bErr := shared.Begin(t.Context(), uses, limits)
				if a != b || aErr != nil || bErr != nil {
					t.Fatalf("memory %+v, %v; Redis %+v, %v", a, aErr, b, bErr)
				}
			case "fail":
				_, _ = alone.Fail(t.Context(), limits), shared.Fail(t.Context(), limits)
			case "flood":
				for range 12 {
					_, _ = alone.Fail(t.Context(), limits), shared.Fail(t.Context(), limits)
				}
			case "succeed":
				_, _ = alone.Succeed(t.Context(), limits), shared.Succeed(t.Context(), limits)
			}
		}
	})
	agreeOnMaximum(t, shared, &now)
	if !shared.Shared() || log.Len() > 0 {
		t.Errorf("log: %s", &log)
	}
}

// agreeOnMaximum makes more failures than are counted, waits until nine are left,
// and makes one more, after which the wait is one second.
func agreeOnMaximum(t *testing.T, shared *Counts, now *time.Time) {
	t.Helper()
	limits := attempts.Known("maximum", "")
	for range attempts.MaxFailures + 10 {
		_ = shared.Fail(t.Context(), limits)
	}
	*now = now.Add(limits[0].MaxWait + (attempts.MaxFailures-9)*limits[0].Forget)
	shared.redis.time = strconv.FormatInt(now.UnixMicro(), 10)
	for _, want := range []time.Duration{0, time.Second} {
		if out, err := shared.Begin(t.Context(), nil, limits); out.Wait != want || err != nil {
			t.Errorf("after more than %d failures: %+v, %v; want %s", attempts.MaxFailures, out, err, want)
		}
	}
}

// Beginning an attempt with all uses of its field is one round trip, and so is
// ending it.
func TestRoundTrips(t *testing.T) {
	server := redistest.Start(t)
	var log bytes.Buffer
	c := opened(t, server.URL, &log)
	c.Ping(t.Context())
	uses := []policy.Use{{Limit: limited(120, time.Minute), Key: "192.0.2.1"}, {Limit: limited(20, time.Minute), Key: "ada"}}
	login := func(succeeds bool) {
		a, out, err := attempts.Begin(t.Context(), c, uses, attempts.Login("ada@example.com", "192.0.2.1"))
		if err != nil || out.Wait > 0 {
			t.Fatal(out, err)
		}
		if succeeds {
			err = a.Succeeded(t.Context())
		} else {
			err = a.Failed(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	login(true) // from now on Redis knows the script
	for _, tt := range []struct {
		name string
		want int
		do   func()
	}{
		{"a login that succeeds", 2, func() { login(true) }},
		{"a login that fails in a new place", 2, func() { login(false) }},
		{"the uses of another field", 1, func() { _, _ = c.Allow(t.Context(), uses...) }},
	} {
		before := server.Reads(t)
		tt.do()
		if got := server.Reads(t) - before; got != tt.want {
			t.Errorf("%s: %d round trips, want %d", tt.name, got, tt.want)
		}
	}
	if !c.Shared() || log.Len() > 0 {
		t.Errorf("log: %s", &log)
	}
}
