package auth

import (
	"errors"
	"testing"
	"time"

	"gatehouse/auth/token"
)

func TestSweepForgetsOldChanges(t *testing.T) {
	c := newClock()
	l := newRevocations(c)
	l.Apply(Change{Seq: 1, At: c.at, Session: sessionOne})
	l.Apply(Change{Seq: 2, At: c.at, User: ada, Roles: []string{"admin"}})
	other := Change{Seq: 3, User: bob, Roles: []string{"user"}}

	c.advance(ttl + changeMargin)
	other.At = c.at
	l.Apply(other)
	if len(l.sessions) != 1 || len(l.users) != 2 {
		t.Fatalf("%d sessions and %d accounts at the end of the margin; want 1 and 2", len(l.sessions), len(l.users))
	}
	checkPrincipal(t, l, claimsOf(0, "user"), "", "", ErrSessionEnded)

	c.advance(changeMargin)
	other.At, other.Seq = c.at, 4
	l.Apply(other)
	if len(l.sessions) != 0 || len(l.users) != 1 {
		t.Errorf("%d sessions and %d accounts after it; want 0 and 1", len(l.sessions), len(l.users))
	}
}

func TestSweepKeepsRecentChanges(t *testing.T) {
	c := newClock()
	l := newRevocations(c)
	l.Apply(Change{Seq: 1, At: c.at, Session: sessionOne, Generation: 1})
	c.advance(ttl)
	l.Apply(Change{Seq: 2, At: c.at, Session: sessionOne})
	c.advance(2 * changeMargin)
	l.Apply(Change{Seq: 3, At: c.at, Session: sessionTwo})
	checkPrincipal(t, l, claimsOf(1, "user"), "", "", ErrSessionEnded)
}

// twoClocks is a Clock whose two readings a test moves apart.
type twoClocks struct {
	at      time.Time
	elapsed time.Duration
}

func (c *twoClocks) Now() time.Time         { return c.at }
func (c *twoClocks) Elapsed() time.Duration { return c.elapsed }

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
			c := &twoClocks{at: newClock().at}
			r := NewRevocationCache(nil, nil, ttl, c)
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

// A database that was restored from a backup uses seqs again. What was heard before
// stays in force, and what changes afterwards counts.
func TestLoadOfARewoundDatabase(t *testing.T) {
	at := newClock().at
	promoted := Change{Seq: 90, At: at.Add(-10 * time.Minute), User: ada, Roles: []string{"admin"}}
	known := []Change{
		promoted,
		{Seq: 100, At: at, User: ada, Roles: []string{"user"}},
		{Seq: 101, At: at, Session: sessionTwo},
		{Seq: 102, At: at, Role: "support", Scopes: []string{"read:users", "write:users"}},
	}
	later := at.Add(time.Minute)
	tests := []struct {
		name    string
		changes []Change // in the restored database
		then    []Change // heard afterwards
		roles   string
		scopes  string
	}{
		{"an old backup", nil, nil, "user", ""},
		{"a backup of before the last change", []Change{promoted}, nil, "user", ""},
		{"changed since", []Change{promoted, {Seq: 91, At: later, User: ada, Roles: []string{"support"}}}, nil, "support", "read:users"},
		{"changed afterwards", []Change{promoted}, []Change{{Seq: 91, At: later, User: ada, Roles: []string{"support"}}}, "support", "read:users"},
		{"changed twice", nil, []Change{
			{Seq: 2, At: later, User: ada, Roles: []string{"admin"}}, {Seq: 3, At: later, User: ada, Roles: []string{"support"}},
		}, "support", "read:users"},
		{"its role changed afterwards", nil, []Change{
			{Seq: 2, At: later, User: ada, Roles: []string{"support"}}, {Seq: 3, At: later, Role: "support", Scopes: []string{"write:users"}},
		}, "support", "write:users"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRevocations(newClock())
			for _, c := range known {
				r.Apply(c)
			}
			if got := r.Position(); got != 102 {
				t.Fatalf("position %d; want that of the last change", got)
			}
			grants := map[string][]string{RoleAdmin: {}, RoleUser: {}, "support": {"read:users"}}
			r.Load(Snapshot{Grants: grants, Changes: tt.changes, Position: 95, Rewound: true})
			if got := r.Position(); got != 95 {
				t.Errorf("position %d; want the database's", got)
			}
			for _, c := range tt.then {
				r.Apply(c)
			}
			checkPrincipal(t, r, claimsOf(0, "admin"), tt.roles, tt.scopes, nil)
			if _, err := r.Principal(&token.Claims{Subject: bob, SessionID: sessionTwo}); !errors.Is(err, ErrSessionEnded) {
				t.Errorf("a session that ended before: %v; want ErrSessionEnded", err)
			}
		})
	}
}
