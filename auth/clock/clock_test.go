package clock

import (
	"testing"
	"time"
)

var start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// A machine has a clock that may jump, and a monotonic one that does not.
type machine struct {
	clock   time.Time
	elapsed time.Duration
}

func (m *machine) sleep(d time.Duration) {
	m.clock = m.clock.Add(d)
	m.elapsed += d
}

func (m *machine) new() *Clock {
	return &Clock{machine: func() time.Time { return m.clock }, elapsed: func() time.Duration { return m.elapsed }}
}

// measure asks a database whose clock is ahead of start by that much; the answer
// takes trip.
func (m *machine) measure(c *Clock, ahead, trip time.Duration) time.Duration {
	sent := m.elapsed
	m.sleep(trip / 2)
	database := start.Add(ahead)
	m.sleep(trip / 2)
	return c.Measure(sent, m.elapsed, database)
}

func (m *machine) check(t *testing.T, c *Clock, what string, ahead, skew time.Duration) {
	t.Helper()
	if got := c.Now().Sub(start); got != ahead {
		t.Errorf("%s: the clock shows start + %v; want + %v", what, got, ahead)
	}
	if got := c.Skew(); got != skew {
		t.Errorf("%s: skew %v; want %v", what, got, skew)
	}
}

// The clock follows the database's, whatever the machine's does.
func TestClockFollowsTheDatabase(t *testing.T) {
	for _, off := range []time.Duration{0, time.Second, -150 * time.Second, time.Hour, -time.Hour, 40 * 365 * 24 * time.Hour} {
		m := &machine{clock: start.Add(off)}
		c := m.new()
		m.check(t, c, "unmeasured", off, 0)
		m.measure(c, 0, 0)
		m.check(t, c, "measured", 0, off)
		m.sleep(time.Minute)
		m.check(t, c, "a minute later", time.Minute, off)
		m.clock = m.clock.Add(-time.Hour)
		m.check(t, c, "after the machine's clock jumped", time.Minute, off-time.Hour)
	}
}

func TestPrecision(t *testing.T) {
	m := &machine{clock: start}
	c := m.new()
	m.measure(c, 0, 0)
	tests := []struct {
		name        string
		ahead, trip time.Duration // of the database, from what the clock shows
		step        time.Duration
	}{
		{"exact", 0, 0, 0},
		{"asked at once, answered late", -10 * time.Millisecond, 20 * time.Millisecond, 0},
		{"within the trip", 9 * time.Millisecond, 20 * time.Millisecond, 0},
		{"not within the trip", 11 * time.Millisecond, 20 * time.Millisecond, 11 * time.Millisecond},
		{"a slow trip tells little", 300 * time.Millisecond, 700 * time.Millisecond, 0},
		{"behind", -2 * time.Second, 20 * time.Millisecond, -2 * time.Second},
		{"ahead", 3 * time.Hour, time.Millisecond, 3 * time.Hour},
	}
	for _, tt := range tests {
		shown := c.Now().Sub(start)
		sent := m.elapsed
		m.sleep(tt.trip)
		step := c.Measure(sent, m.elapsed, start.Add(shown+tt.trip/2+tt.ahead))
		if step != tt.step {
			t.Errorf("%s: adjusted by %v; want %v", tt.name, step, tt.step)
		}
		if got := c.Now().Sub(start) - shown - tt.trip; got != tt.step {
			t.Errorf("%s: the clock moved by %v; want %v", tt.name, got, tt.step)
		}
	}
}

// A clock that goes back further than the tolerance shows times again, until the
// tokens of those times have expired.
func TestRepeats(t *testing.T) {
	const life = 15 * time.Minute
	steps := func(m *machine, c *Clock, ahead ...time.Duration) {
		for _, a := range ahead {
			m.measure(c, a, 0)
		}
	}
	tests := []struct {
		name  string
		ahead []time.Duration // what the database's clock shows, one after the other
		until time.Duration   // what it shows last while it repeats; 0 for never
	}{
		{"even", []time.Duration{0, time.Second, time.Minute}, 0},
		{"forward", []time.Duration{0, time.Hour}, 0},
		{"back within the tolerance", []time.Duration{time.Hour, time.Hour - Tolerance}, 0},
		{"standing still", []time.Duration{time.Hour, time.Hour, time.Hour}, 0},
		{"back", []time.Duration{time.Hour, 0}, time.Hour + life},
		{"back in small steps", []time.Duration{time.Hour, time.Hour - 40*time.Second, time.Hour - 80*time.Second}, time.Hour + life},
		{"forward and back", []time.Duration{0, time.Hour, 0}, time.Hour + life},
		{"back twice", []time.Duration{2 * time.Hour, time.Hour, 0}, 2*time.Hour + life},
		{"back, forward beyond, and back", []time.Duration{time.Hour, 0, 3 * time.Hour, 0}, 3*time.Hour + life},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := &machine{clock: start}
			c := m.new()
			steps(m, c, tt.ahead...)
			if got := c.Repeats(life); got != (tt.until != 0) {
				t.Fatalf("repeats %v; want %v", got, tt.until != 0)
			}
			if tt.until == 0 {
				return
			}
			m.sleep(tt.until - c.Now().Sub(start))
			if !c.Repeats(life) {
				t.Errorf("at %v: does not repeat", tt.until)
			}
			if m.sleep(1); c.Repeats(life) {
				t.Errorf("after %v: repeats", tt.until)
			}
		})
	}
}

// A replica that starts after the clock went back learns it from what is stored.
func TestSeen(t *testing.T) {
	for seen, want := range map[time.Duration]bool{-time.Hour: false, 0: false, Tolerance: false, Tolerance + 1: true, time.Hour: true} {
		m := &machine{clock: start}
		c := m.new()
		m.measure(c, 0, 0)
		c.Seen(start.Add(seen))
		if got := c.Repeats(time.Minute); got != want || c.Repeated().IsZero() == want {
			t.Errorf("after a time of start + %v: repeats %v; want %v", seen, got, want)
		}
		if m.sleep(seen + time.Minute + 1); c.Repeats(time.Minute) {
			t.Errorf("after a time of start + %v: repeats for too long", seen)
		}
	}
}

// A replica is told that the clock went back, and did not see it.
func TestRepeat(t *testing.T) {
	m := &machine{clock: start}
	c := m.new()
	c.Repeat(start.Add(time.Hour)) // unmeasured: no effect
	m.measure(c, 0, 0)
	for _, told := range []time.Duration{-time.Hour, -time.Minute, time.Hour, 0} {
		c.Repeat(start.Add(told))
		if got := c.Repeats(time.Minute); got != (told >= -time.Minute) {
			t.Errorf("it went back from start + %v: repeats %v", told, got)
		}
	}
	m.sleep(time.Hour + time.Minute)
	if !c.Repeats(time.Minute) {
		t.Error("at the end: does not repeat")
	}
	if m.sleep(1); c.Repeats(time.Minute) {
		t.Error("after it: repeats")
	}
}

// New takes the elapsed time from the monotonic reading.
func TestNew(t *testing.T) {
	base := time.Now()
	at := base
	c := New(func() time.Time { return at })
	at = base.Add(time.Second)
	if got := c.Elapsed(); got != time.Second {
		t.Errorf("elapsed %v; want a second", got)
	}
	if got := c.Now(); !got.Equal(at) || c.Skew() != 0 || c.Repeats(time.Hour) || !c.Repeated().IsZero() {
		t.Errorf("unmeasured: %v, skew %v", got, c.Skew())
	}
	c.Seen(at.Add(time.Hour))
	if c.Repeats(time.Hour) {
		t.Error("an unmeasured clock repeats")
	}
}
