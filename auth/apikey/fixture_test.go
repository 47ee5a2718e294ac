package apikey

import (
	"context"
	"sync"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/client"
	"gatehouse/auth/revocation"
)

const ada, bot = "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63", "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d64"

// A clock is the time of a test.
type clock struct{ at time.Time }

func (c *clock) Now() time.Time         { return c.at }
func (c *clock) Elapsed() time.Duration { return c.at.Sub(now) }

var now = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// A database has keys by id. It also answers for a replica that hears of no changes.
type database struct {
	mu     sync.Mutex
	keys   map[string]*Held
	reads  int
	states int
	used   []Use
	away   error
}

func (d *database) APIKey(_ context.Context, id string) (*Held, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reads++
	if d.away != nil {
		return nil, d.away
	}
	if k, ok := d.keys[id]; ok {
		read := *k
		return &read, nil
	}
	return nil, ErrNotFound
}

func (d *database) MarkAPIKeysUsed(_ context.Context, uses []Use) error {
	d.used = append(d.used, uses...)
	return d.away
}

func (d *database) SessionState(_ context.Context, id, _ string) (*auth.SessionState, error) {
	d.states++
	k := d.keys[id]
	return &auth.SessionState{Ended: k.Ended, Generation: k.Generation, Roles: k.Roles, Grants: map[string][]string{"support": {"read:users"}}}, d.away
}

// A fixture is an Authenticator with its database.
type fixture struct {
	*Authenticator
	clock       *clock
	database    *database
	revocations *auth.RevocationCache
	inSync      bool
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{clock: &clock{now}, database: &database{keys: map[string]*Held{}}, inSync: true}
	f.revocations = auth.NewRevocationCache([]string{"read:users", "write:users"}, []string{"profile"}, 15*time.Minute, f.clock)
	f.revocations.Load(revocation.Snapshot{Grants: map[string][]string{"admin": {}, "support": {"read:users"}}})
	var err error
	f.Authenticator, err = NewAuthenticator(Options{
		Store: f.database, TTL: 15 * time.Minute, Limited: true, Now: f.clock.Now,
		Callers: &auth.Callers{Revocations: f.revocations, InSync: func() bool { return f.inSync }, Store: f.database},
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// key stores a key of the account and returns its text.
func (f *fixture) key(userID string, scopes ...string) (text string, held *Held) {
	made := newKey(&Key{UserID: userID, Name: "test", Scopes: scopes, CreatedAt: f.clock.at})
	held = &Held{Key: *made.APIKey, Kind: auth.Person, Roles: []string{"support"}}
	if userID == bot {
		held.Kind = auth.Service
	}
	f.database.keys[held.ID] = held
	return made.Key, held
}

func (f *fixture) caller(t *testing.T, text string) (*auth.Principal, error) {
	t.Helper()
	return f.Authenticate(client.With(t.Context(), client.Client{IP: "192.0.2.7"}), text)
}
