package revocation

import (
	"testing"
	"time"
)

const (
	ttl        = 15 * time.Minute
	ada        = "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63"
	bob        = "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d64"
	sessionOne = "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9e01"
	sessionTwo = "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9e02"
)

func noon() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

func TestSweepForgetsOldChanges(t *testing.T) {
	c := &twoClocks{at: noon()}
	l := New(nil, ttl, c)
	l.Apply(Change{Seq: 1, At: c.at, Session: sessionOne})
	l.Apply(Change{Seq: 2, At: c.at, User: ada, Roles: []string{"admin"}})
	other := Change{Seq: 3, User: bob, Roles: []string{"user"}}

	c.advance(ttl + changeMargin)
	other.At = c.at
	l.Apply(other)
	if len(l.sessions) != 1 || len(l.users) != 2 {
		t.Fatalf("%d sessions and %d accounts at the end of the margin; want 1 and 2", len(l.sessions), len(l.users))
	}
	if !l.Ended(sessionOne, 0) {
		t.Error("the session's end is forgotten at the end of the margin")
	}

	c.advance(changeMargin)
	other.At, other.Seq = c.at, 4
	l.Apply(other)
	if len(l.sessions) != 0 || len(l.users) != 1 {
		t.Errorf("%d sessions and %d accounts after it; want 0 and 1", len(l.sessions), len(l.users))
	}
}

func TestSweepKeepsRecentChanges(t *testing.T) {
	c := &twoClocks{at: noon()}
	l := New(nil, ttl, c)
	l.Apply(Change{Seq: 1, At: c.at, Session: sessionOne, Generation: 1})
	c.advance(ttl)
	l.Apply(Change{Seq: 2, At: c.at, Session: sessionOne})
	c.advance(2 * changeMargin)
	l.Apply(Change{Seq: 3, At: c.at, Session: sessionTwo})
	if !l.Ended(sessionOne, 1) {
		t.Error("the session's end is forgotten")
	}
}

// twoClocks is a Clock whose two readings a test moves apart.
type twoClocks struct {
	at      time.Time
	elapsed time.Duration
}

func (c *twoClocks) Now() time.Time         { return c.at }
func (c *twoClocks) Elapsed() time.Duration { return c.elapsed }

func (c *twoClocks) advance(d time.Duration) { c.at, c.elapsed = c.at.Add(d), c.elapsed+d }

// A change is remembered for a Window by both clocks, whatever the database's does.
func TestSweepWaitsForBothClocks(t *testing.T) {
	const window = ttl + changeMargin
	for name, tt := range map[string]struct {
		made    time.Duration // from when it was heard
		at      time.Duration // by how far the database's clock moves
		elapsed time.Duration // and how much time passes
		want    bool          // it is remembered
	}{
		"at the end":                           {0, window, window, true},
		"after it":                             {0, window + 1, window + 1, false},
		"the database's clock jumps ahead":     {0, time.Hour, time.Minute, true},
		"the database's clock stands still":    {0, 0, time.Hour, true},
		"the database's clock goes back":       {0, -time.Hour, time.Hour, true},
		"heard late":                           {-window, time.Minute, time.Minute, true},
		"heard late, and both passed":          {-window, window + 1, window + 1, false},
		"made at a time that is still to come": {time.Hour, window + 1, window + 1, true},
		"made then, and that passed":           {time.Hour, time.Hour + window + 1, window + 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := &twoClocks{at: noon()}
			r := New(nil, ttl, c)
			r.Apply(Change{Seq: 1, At: c.at.Add(tt.made), Session: sessionOne})
			r.Apply(Change{Seq: 2, At: c.at.Add(tt.made), User: ada, Roles: []string{"user"}})
			c.at, c.elapsed = c.at.Add(tt.at), c.elapsed+tt.elapsed
			r.Apply(Change{Seq: 3, At: c.at, Session: sessionTwo})
			_, session := r.sessions[sessionOne]
			_, user := r.users[ada]
			if session != tt.want || user != tt.want {
				t.Errorf("session %v, account %v; want %v", session, user, tt.want)
			}
		})
	}
}
