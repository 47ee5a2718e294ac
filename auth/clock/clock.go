// Package clock tells the database's time without asking the database: by how far
// the database's clock and this process's monotonic clock were apart when they were
// last compared. All replicas of a deployment so share one time, whatever the clocks
// of their machines show.
package clock

import (
	"sync"
	"sync/atomic"
	"time"
)

// Tolerance is how far the database's clock may go back without [Clock.Repeats]
// reporting it. Whatever is remembered for the life of a token is remembered longer
// than that by more than Tolerance.
const Tolerance = time.Minute

// A Clock shows the database's time. Until it is first measured, it shows the
// machine's. It is safe for concurrent use.
type Clock struct {
	machine func() time.Time
	elapsed func() time.Duration

	mu    sync.Mutex // held while state is replaced
	state atomic.Pointer[state]
}

// A state is what is known of the database's clock since it was last adjusted.
type state struct {
	at       time.Duration // when it was adjusted, as elapsed time
	database time.Time     // what the database's clock showed then
	latest   time.Time     // the latest time that the database's clock ever showed
	repeated time.Time     // the latest time before the clock went back; zero if it never did
}

// now returns the database's time.
func (s *state) now(elapsed time.Duration) time.Time { return s.database.Add(elapsed - s.at) }

// New returns a clock. now is the machine's, and must keep the monotonic reading of
// time.Now.
func New(now func() time.Time) *Clock {
	start := now()
	return From(now, func() time.Duration { return now().Sub(start) })
}

// From returns a clock of a machine whose clock and elapsed time are read apart.
func From(machine func() time.Time, elapsed func() time.Duration) *Clock {
	return &Clock{machine: machine, elapsed: elapsed}
}

// Elapsed returns how long the clock has existed. It never goes back, whatever
// happens to the machine's clock, and stands still while the machine sleeps.
func (c *Clock) Elapsed() time.Duration { return c.elapsed() }

// Now returns the database's time.
func (c *Clock) Now() time.Time {
	if s := c.state.Load(); s != nil {
		return s.now(c.elapsed())
	}
	return c.machine()
}

// Skew returns how far the machine's clock is ahead of the database's.
func (c *Clock) Skew() time.Duration {
	return c.machine().Round(0).Sub(c.Now().Round(0)) // without monotonic readings
}

// Measure compares the clock with what the database's showed at some moment between
// sent and received, two readings of Elapsed. If both agree as closely as that can be
// known, nothing changes. Otherwise the clock assumes the middle of the two moments,
// so it is off by at most half of the round trip. Measure returns by how much the
// clock was adjusted.
func (c *Clock) Measure(sent, received time.Duration, database time.Time) (step time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	trip, database := received-sent, database.UTC()
	old := c.state.Load()
	if old == nil {
		adjusted := database.Add(trip / 2)
		c.state.Store(&state{at: received, database: adjusted, latest: adjusted})
		return 0
	}
	shown := old.now(received)
	if !shown.Before(database) && !shown.After(database.Add(trip)) {
		return 0
	}
	adjusted := database.Add(trip / 2)
	next := &state{at: received, database: adjusted, latest: latest(old.latest, shown, adjusted), repeated: old.repeated}
	c.state.Store(next.notice(adjusted))
	return adjusted.Sub(shown)
}

// Seen tells the clock of a time that the database's clock has shown, as something
// that is stored there proves.
func (c *Clock) Seen(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.state.Load()
	if old == nil {
		return
	}
	next := *old
	next.latest = latest(old.latest, at.UTC())
	c.state.Store(next.notice(old.now(c.elapsed())))
}

// Repeat tells the clock that the database's went back after it had shown that time.
func (c *Clock) Repeat(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.state.Load(); old != nil {
		next := *old
		next.latest, next.repeated = latest(old.latest, at.UTC()), latest(old.repeated, at.UTC())
		c.state.Store(&next)
	}
}

// notice notes whether the clock has gone back.
func (s *state) notice(now time.Time) *state {
	if now.Before(s.latest.Add(-Tolerance)) {
		s.repeated = s.latest
	}
	return s
}

// Repeats reports whether the database's clock has gone back so far that it shows
// times again at which a token with that life may have been valid. Such a token may
// have been forgotten as expired, and seem to be valid.
func (c *Clock) Repeats(life time.Duration) bool {
	s := c.state.Load()
	return s != nil && !s.repeated.IsZero() && !s.now(c.elapsed()).After(s.repeated.Add(life))
}

// Repeated returns the latest time before the clock went back; zero if it never did.
func (c *Clock) Repeated() time.Time {
	if s := c.state.Load(); s != nil {
		return s.repeated
	}
	return time.Time{}
}

func latest(times ...time.Time) (last time.Time) {
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}
