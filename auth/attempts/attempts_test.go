package attempts

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"gatehouse/auth/policy"
)

var start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// table is Slots, and a Counter that notes its calls.
type table struct {
	failures map[string]Failures
	now      time.Time
	calls    []string
	err      error
}

func newTable() *table { return &table{failures: map[string]Failures{}, now: start} }

func (t *table) Load(key string) Failures     { return t.failures[key] }
func (t *table) Store(key string, f Failures) { t.failures[key] = f }

func (t *table) Begin(_ context.Context, _ []policy.Use, limits []Limit) (Outcome, error) {
	t.calls = append(t.calls, "begin")
	return State{t, t.now}.Begin(limits), t.err
}

func (t *table) Fail(_ context.Context, limits []Limit) error {
	t.calls = append(t.calls, "fail")
	State{t, t.now}.Fail(limits)
	return t.err
}

func (t *table) Succeed(_ context.Context, limits []Limit) error {
	t.calls = append(t.calls, "succeed")
	State{t, t.now}.Succeed(limits)
	return t.err
}

// counts returns the failures of the limits.
func (t *table) counts(limits []Limit) []int {
	n := make([]int, len(limits))
	for i, l := range limits {
		n[i] = State{t, t.now}.load(l).N
	}
	return n
}

// In a new place an attempt counts there, for new places and for the place as a
// whole, and, once it has failed, for the account. In a suspect place it counts
// for the account at once.
func TestWhatAnAttemptCounts(t *testing.T) {
	limits := Login("ada@example.com", "192.0.2.1") // in place, new places, account, place
	for _, tt := range []struct {
		name   string
		before []int // failures of each limit
		begun  []int
		failed []int
	}{
		{"new place", []int{0, 0, 0, 0}, []int{1, 1, 0, 1}, []int{1, 1, 1, 1}},
		{"typing errors", []int{Grace - 1, 4, 5, 6}, []int{Grace, 5, 5, 7}, []int{Grace, 5, 6, 7}},
		{"suspect place", []int{Grace, 4, 5, 6}, []int{Grace + 1, 4, 6, 7}, []int{Grace + 1, 4, 6, 7}},
	} {
		for _, wrong := range []bool{false, true} {
			c := newTable()
			for i, l := range limits {
				c.failures[l.Key] = Failures{N: tt.before[i], Until: start}
			}
			a, out, err := Begin(t.Context(), c, nil, limits)
			if err != nil || out.Wait > 0 {
				t.Fatalf("%s: %+v, %v", tt.name, out, err)
			}
			if got := c.counts(limits); !slices.Equal(got, tt.begun) {
				t.Errorf("%s: begun: %v, want %v", tt.name, got, tt.begun)
			}
			want, end := tt.before, a.Succeeded
			if wrong {
				want, end = tt.failed, a.Failed
			}
			if err := end(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := c.counts(limits); !slices.Equal(got, want) {
				t.Errorf("%s: ended, wrong password %t: %v, want %v", tt.name, wrong, got, want)
			}
			if len(c.calls) > 2 {
				t.Errorf("%s: calls %q, want two at most", tt.name, c.calls)
			}
		}
	}
}

// An attempt that has to wait counts nowhere.
func TestRefusedAttemptCountsNothing(t *testing.T) {
	limits := Login("ada@example.com", "192.0.2.1")
	for i := range limits {
		c := newTable()
		for _, l := range limits {
			c.failures[l.Key] = Failures{N: 1, Until: start}
		}
		if limits[i].Scope == SuspectPlace {
			c.failures[limits[0].Key] = Failures{N: Grace, Until: start}
		}
		c.failures[limits[i].Key] = Failures{N: 40, Until: start.Add(5 * time.Second)}
		before := c.counts(limits)
		a, out, err := Begin(t.Context(), c, nil, limits)
		if a != nil || out.Wait != 5*time.Second || err != nil {
			t.Errorf("limit %d: %v, %+v, %v; want to wait 5 s", i, a, out, err)
		}
		if got := c.counts(limits); !slices.Equal(got, before) {
			t.Errorf("limit %d: %v, want %v", i, got, before)
		}
	}
}

// Failures are forgotten one by one, from when the wait ends, and counted up to
// a maximum.
func TestFailuresAreForgotten(t *testing.T) {
	c, limits := newTable(), Known("ada@example.com", "192.0.2.1")
	for range 2 * MaxFailures {
		_ = c.Fail(t.Context(), limits)
	}
	for _, step := range []struct {
		after time.Duration
		want  int
	}{
		{0, MaxFailures},
		{time.Minute + 10*time.Minute - 1, MaxFailures},
		{1, MaxFailures - 1},
		{10 * time.Minute, MaxFailures - 2},
		{24 * time.Hour, 0},
	} {
		c.now = c.now.Add(step.after)
		if got := c.counts(limits)[0]; got != step.want {
			t.Errorf("after %s: %d failures, want %d", c.now.Sub(start), got, step.want)
		}
	}
}

// A counter that fails lets no attempt begin.
func TestBrokenCounter(t *testing.T) {
	c := newTable()
	c.err = errors.New("away")
	if a, _, err := Begin(t.Context(), c, nil, Confirmation("u", "s")); a != nil || !errors.Is(err, c.err) {
		t.Errorf("%v, %v; want the counter's error", a, err)
	}
}
