package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/authn"
	"gatehouse/auth/clock"
	"gatehouse/auth/revocation"
	"gatehouse/auth/token"
	"gatehouse/settings"
)

// A simulatedDatabase is what replicas know of a database, with a clock that may
// drift, jump or stand still.
type simulatedDatabase struct {
	clock   simulatedClock
	changes []revocation.Change
	roles   map[string][]string // by account
	ended   map[string]bool     // sessions
	noted   time.Time           // the latest time that a replica noted
}

// A simulatedClock shows the passed time at its own rate, from where it was set.
type simulatedClock struct {
	at   time.Time
	rate float64
}

func (c *simulatedClock) pass(d time.Duration) { c.at = c.at.Add(time.Duration(float64(d) * c.rate)) }

func (d *simulatedDatabase) note(c revocation.Change) revocation.Change {
	c.Seq, c.At = int64(len(d.changes)+1), d.clock.at
	d.changes = append(d.changes, c)
	return c
}

func (d *simulatedDatabase) noteClockBack(shown time.Time) {
	if !slices.ContainsFunc(d.changes, func(c revocation.Change) bool { return c.ClockBack && !c.At.Before(shown) }) {
		d.note(revocation.Change{ClockBack: true})
		d.changes[len(d.changes)-1].At = shown
	}
}

// SessionState implements auth.SessionStateStore.
func (d *simulatedDatabase) SessionState(_ context.Context, session, user string) (*auth.SessionState, error) {
	return &auth.SessionState{Ended: d.ended[session], Roles: d.roles[user]}, nil
}

// A simulatedReplica is a replica without its HTTP and SQL: its clock, its memory,
// and how it judges tokens are real.
type simulatedReplica struct {
	*Deployment
	machine     simulatedClock
	elapsed     time.Duration
	database    *simulatedDatabase
	revocations *auth.RevocationCache
	caller      *authn.Authenticator
	heard       int                      // changes
	ends        map[string]time.Duration // when it heard that a session ended, as elapsed time
	marked      time.Duration
}

const simulatedTTL = 15 * time.Minute

// restart begins anew, on a machine whose clock goes on.
func (r *simulatedReplica) restart(t *testing.T, key *token.Key) {
	t.Helper()
	s := &settings.Settings{}
	s.AccessTokenTTL = simulatedTTL
	elapsed := r.elapsed
	r.Deployment = newDeployment(s, slog.New(slog.DiscardHandler), time.Now)
	r.clock = clock.From(func() time.Time { return r.machine.at }, func() time.Duration { return r.elapsed - elapsed })
	r.measure(0)
	if r.database.noted.After(r.clock.Now().Add(clock.Tolerance)) {
		r.clock.Seen(r.database.noted.Add(2 * upkeepEvery))
	}
	r.revocations = auth.NewRevocationCache(nil, nil, simulatedTTL, r.clock)
	snapshot := revocation.Snapshot{Grants: map[string][]string{"admin": nil, "user": nil}, Position: int64(len(r.database.changes))}
	for _, c := range r.database.changes {
		if c.At.After(r.database.clock.at.Add(-r.revocations.Window())) {
			snapshot.Changes = append(snapshot.Changes, c)
		}
	}
	for _, c := range snapshot.Changes {
		r.heed(c)
	}
	r.revocations.Load(snapshot)
	r.heard, r.marked, r.ends = len(r.database.changes), r.elapsed, map[string]time.Duration{}
	verifier := &token.Verifier{
		Issuer: "i", Audience: "a", MaxLifetime: simulatedTTL, Now: r.clock.Now,
		Key: func(context.Context, string) (*token.Key, error) { return key, nil },
	}
	verified, err := token.NewCachedVerifier(verifier, func() uint64 { return 0 })
	if err != nil {
		t.Fatal(err)
	}
	r.caller = &authn.Authenticator{
		Tokens:  verified,
		Callers: &auth.Callers{Revocations: r.revocations, InSync: func() bool { return !r.repeats() }, Store: r.database},
	}
}

// measure compares the clocks, as a heartbeat does.
func (r *simulatedReplica) measure(trip time.Duration) {
	now := r.clock.Elapsed()
	r.measured(r.clock.Measure(now-trip, now, r.database.clock.at.Add(-trip/2)))
}

// pulse is what a replica does between two moments: it hears changes, measures the
// clock, and notes the time.
func (r *simulatedReplica) pulse(trip time.Duration) {
	for _, c := range r.database.changes[r.heard:] {
		r.heed(c)
		r.revocations.Apply(c)
		if c.Session != "" {
			r.ends[c.Session] = r.elapsed
		}
	}
	r.heard = len(r.database.changes)
	r.measure(trip)
	jumped := false
	select {
	case <-r.stepped:
		jumped = true
	default:
	}
	if jumped || r.elapsed-r.marked >= upkeepEvery {
		r.marked = r.elapsed
		if r.repeats() {
			r.database.noteClockBack(r.clock.Repeated())
		}
		if r.database.clock.at.After(r.database.noted) {
			r.database.noted = r.database.clock.at
		}
		if r.database.noted.After(r.clock.Now().Add(clock.Tolerance)) {
			r.clock.Seen(r.database.noted.Add(2 * upkeepEvery))
		}
	}
}

// A simulatedToken is an access token, and when its session ended or its account was
// demoted.
type simulatedToken struct {
	text, session, user string
	issued              time.Time
	revoked             bool
	demoted             bool
}

// TestThreeClocks has the clocks of a database and two replicas drift, jump by up to
// an hour either way, and stand still, while sessions end, accounts are demoted, and
// replicas restart. From one pulse after that, no replica accepts a token again, and
// none believes that a demoted account has its role. For the life of a token after it
// hears that a session ended, a replica knows it without asking the database.
func TestThreeClocks(t *testing.T) {
	seeds := 12
	if testing.Short() {
		seeds = 2 // one goroutine: the race detector has nothing to find
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { simulate(t, rand.New(rand.NewPCG(uint64(seed), 1))) })
	}
}

func simulate(t *testing.T, random *rand.Rand) {
	start := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	between := func(least, most time.Duration) time.Duration {
		return least + time.Duration(random.Int64N(int64(most-least)))
	}
	off := func() time.Time { return start.Add(between(-time.Hour, time.Hour)) }
	key, err := token.NewKey(token.HS256)
	if err != nil {
		t.Fatal(err)
	}
	database := &simulatedDatabase{clock: simulatedClock{off(), 1}, roles: map[string][]string{}, ended: map[string]bool{}}
	replicas := []*simulatedReplica{{database: database}, {database: database}}
	for _, r := range replicas {
		r.machine = simulatedClock{off(), 1}
		r.restart(t, key)
	}
	var tokens []*simulatedToken
	accepted := 0
	for step := range 600 {
		passed := between(time.Second, time.Minute)
		database.clock.pass(passed)
		for _, r := range replicas {
			r.elapsed += passed
			r.machine.pass(passed)
		}
		switch r := replicas[random.IntN(2)]; random.IntN(40) {
		case 0: // a jump
			database.clock.at = database.clock.at.Add(between(-time.Hour, time.Hour))
		case 1: // a drift, or standing still
			database.clock.rate = []float64{0, 0.5, 0.9, 1, 1, 1, 1.1, 2}[random.IntN(8)]
		case 2:
			r.machine.at = r.machine.at.Add(between(-time.Hour, time.Hour))
			r.machine.rate = random.Float64() * 2
		case 3:
			r.restart(t, key)
		}
		if random.IntN(5) == 0 {
			tokens = append(tokens, loginSimulated(t, replicas[random.IntN(2)].Deployment, key, step, database))
		}
		if random.IntN(5) == 0 && len(tokens) > 0 {
			tokens[max(0, len(tokens)-1-random.IntN(40))].revoke(database, random.IntN(2) == 0)
		}
		trip := between(0, 300*time.Millisecond)
		for i, r := range replicas {
			r.pulse(trip)
			accepted += check(t, fmt.Sprintf("step %d, replica %d", step, i), r, tokens[max(0, len(tokens)-60):])
		}
		if t.Failed() {
			return
		}
	}
	if accepted < 1000 {
		t.Errorf("tokens were accepted %d times only: the test proves little", accepted)
	}
}

// loginSimulated issues an access token of a new session.
func loginSimulated(t *testing.T, d *Deployment, key *token.Key, n int, database *simulatedDatabase) *simulatedToken {
	t.Helper()
	s := &simulatedToken{session: fmt.Sprint("s", n), user: fmt.Sprint("u", n)}
	database.roles[s.user] = []string{"admin"}
	now := d.clock.Now().Truncate(time.Second)
	text, err := key.Sign(&token.Claims{
		Issuer: "i", Audience: []string{"a"}, Subject: s.user, ID: s.session, SessionID: s.session, ClientID: "gatehouse",
		IssuedAt: now, ExpiresAt: now.Add(simulatedTTL), Roles: []string{"admin"},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.text, s.issued = text, now
	return s
}

// revoke ends the session, as a logout, and disabling or deleting its account do, or
// demotes the account.
func (s *simulatedToken) revoke(d *simulatedDatabase, demote bool) {
	switch {
	case demote && !s.demoted:
		d.roles[s.user] = []string{"user"}
		d.note(revocation.Change{User: s.user, Roles: []string{"user"}})
		s.demoted = true
	case !demote && !s.revoked:
		d.ended[s.session] = true
		d.note(revocation.Change{Session: s.session})
		s.revoked = true
	}
}

// check has the replica judge the tokens that may be valid by its clock, and returns
// how many it accepts.
func check(t *testing.T, when string, r *simulatedReplica, tokens []*simulatedToken) (accepted int) {
	t.Helper()
	for _, s := range tokens {
		if heard, ok := r.ends[s.session]; ok && r.elapsed-heard <= simulatedTTL {
			if _, err := r.revocations.Principal(&token.Claims{Subject: s.user, SessionID: s.session}); !errors.Is(err, auth.ErrSessionEnded) {
				t.Errorf("%s: forgot the end of the session %s %v after it heard of it: %v", when, s.session, r.elapsed-heard, err)
			}
		}
		if age := r.clock.Now().Sub(s.issued); age < -2*time.Minute || age > simulatedTTL+2*time.Minute {
			continue // expired or not yet valid by more than any leeway
		}
		p, err := r.caller.Authenticate(t.Context(), authn.Credentials{Authorization: []string{"Bearer " + s.text}})
		if err != nil {
			continue
		}
		accepted++
		if s.revoked {
			t.Errorf("%s: accepts a token of the ended session %s", when, s.session)
		}
		if s.demoted && slices.Contains(p.Roles, "admin") {
			t.Errorf("%s: %s still is an administrator", when, s.user)
		}
	}
	return accepted
}
