package auth

import (
	"context"
	"testing"
	"time"

	"gatehouse/auth/client"
	"gatehouse/auth/token"
)

// fakeSessionStore is a SessionStore that remembers what it was asked to do, and does it for ada.
type fakeSessionStore struct {
	opened  *Session
	created *Credential
	hash    string     // with which the session was opened, or the new one
	proved  *time.Time // when the old password was given for a new one
	asked   []string
	replay  time.Duration // of the last refresh
	current *Session      // what a refresh or a new password returns
	living  []*Session
	revoked int // sessions, by each call
	err     error
	after   func() // happens when it has done what it was asked to, and before anybody knows
}

func (d *fakeSessionStore) say(what string) error {
	d.asked = append(d.asked, what)
	if d.after != nil {
		d.after()
	}
	return d.err
}

func (d *fakeSessionStore) OpenSession(_ context.Context, s *Session, hash string, _ Lifetimes) (*User, error) {
	d.opened, d.hash = s, hash
	return &User{ID: s.UserID, Email: "ada@example.com", Roles: []string{"shop"}}, d.say("open")
}

func (d *fakeSessionStore) CreateUser(_ context.Context, c *Credential, _ string, s *Session) error {
	d.created, d.opened = c, s
	return d.say("create")
}

func (d *fakeSessionStore) RefreshSession(_ context.Context, r *token.Refresh, _ string, _ client.Client, life Lifetimes) (*Session, *User, error) {
	d.replay = life.Replay
	if err := d.say("refresh " + r.SessionID); err != nil {
		return nil, nil, err
	}
	return d.current, &User{ID: ada, Roles: []string{"shop"}}, nil
}

func (d *fakeSessionStore) EndSession(_ context.Context, id string) error { return d.say("end " + id) }

func (d *fakeSessionStore) EndSessionOf(_ context.Context, r *token.Refresh) error {
	return d.say("end of " + r.SessionID)
}

func (d *fakeSessionStore) ReplacePassword(_ context.Context, r Replacement) (*Session, *User, error) {
	d.hash, d.proved = r.Hash, r.AuthTime
	if err := d.say("replace in " + r.SessionID); err != nil {
		return nil, nil, err
	}
	s := *d.current
	s.Seed, s.Counter, s.Generation = r.Seed, s.Counter+1, s.Generation+1
	return &s, &User{ID: ada, Roles: []string{"shop"}}, nil
}

func (d *fakeSessionStore) LivingSessions(_ context.Context, userID string, _ Lifetimes, limit int) ([]*Session, error) {
	return d.living[:min(limit, len(d.living))], d.say("list " + userID)
}

func (d *fakeSessionStore) RevokeSession(_ context.Context, userID, id string) error {
	return d.say("revoke " + id + " of " + userID)
}

func (d *fakeSessionStore) RevokeSessions(_ context.Context, userID, except string) (int, error) {
	return d.revoked, d.say("revoke all of " + userID + " but " + except)
}

func newSessions(t *testing.T) (*Sessions, *fakeSessionStore, *clock) {
	t.Helper()
	c, key := newClock(), newKey(t, token.EdDSA)
	passwords, _ := newPasswords(t, account(ada, "ada@example.com", "shop"))
	store := &fakeSessionStore{current: &Session{ID: sessionOne, UserID: ada, Seed: newSeed(), Counter: 1, AuthTime: c.at, CreatedAt: c.at}}
	live, life := newRevocations(c), Lifetimes{Idle: 24 * time.Hour, Absolute: 72 * time.Hour, Replay: 10 * time.Second, PerUser: 3}
	return &Sessions{
		Store: store, Passwords: passwords, Revocations: live, Life: life, Now: c.now,
		Issuer: &Issuer{
			Secrets: newSecrets(), SigningKey: func() *token.Key { return key }, Issuer: issuer, Audience: issuer, TTL: ttl,
			Callers: inSync(live), Life: life, Now: c.now,
		},
	}, store, c
}
