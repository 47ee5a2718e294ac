package auth

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/auth/revocation"
	"gatehouse/auth/token"
)

const testApp = "0199f0a2-0000-7000-8000-0000000000c1"

// applicationIssuer issues tokens with the callers.
func applicationIssuer(t *testing.T, c *clock, callers *Callers) (*Issuer, *token.Key) {
	t.Helper()
	key := newKey(t, token.EdDSA)
	return &Issuer{
		Secrets: newSecrets(), SigningKey: func() *token.Key { return key }, Issuer: "https://id.example", Audience: "https://api.example",
		TTL: 15 * time.Minute, Callers: callers, Life: Lifetimes{Absolute: 24 * time.Hour}, Now: c.now,
	}, key
}

func applicationSession(c *clock, kind SessionKind, scopes ...string) *Session {
	return &Session{
		ID: sessionOne, UserID: ada, Kind: kind, ClientID: testApp, Limit: &Limit{Scopes: scopes}, AuthTime: c.at, CreatedAt: c.at,
	}
}

// read returns what a token says, as the service reads it.
func read(t *testing.T, i *Issuer, key *token.Key, audience, text string) *token.Claims {
	t.Helper()
	v := token.Verifier{Issuer: i.Issuer, Audience: audience, Now: i.Now, Key: func(context.Context, string) (*token.Key, error) { return key, nil }}
	claims, err := v.Verify(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

// TestAccessToken: an application has those of the consented scopes that roles grant, and those that open
// one's own; it acts for its person, and has no roles.
func TestAccessToken(t *testing.T) {
	for _, tt := range []struct {
		name      string
		kind      SessionKind
		roles     []string
		access    Access
		scopes    []string
		delegated bool
	}{
		{"a person", ApplicationSession, []string{"support"}, Access{Scopes: []string{"profile", "read:users", "write:users"}}, []string{"profile", "read:users"}, true},
		{"an administrator", ApplicationSession, []string{"admin"}, Access{Scopes: []string{"write:users"}}, []string{"write:users"}, true},
		{"a person without roles", ApplicationSession, nil, Access{Scopes: []string{"profile", "read:users"}}, []string{"profile"}, true},
		{"no scopes", ApplicationSession, []string{"admin"}, Access{Scopes: []string{}}, []string{}, true},
		{"a program", ServiceSession, []string{"support"}, Access{Scopes: []string{"read:users"}}, []string{"read:users"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newClock()
			revocations := NewRevocationCache([]string{"read:users", "write:users"}, []string{"profile"}, 15*time.Minute, c)
			revocations.Load(revocation.Snapshot{Grants: map[string][]string{"support": {"read:users"}, "admin": {}}})
			for _, synced := range []bool{true, false} {
				state := &fakeStateStore{state: SessionState{Roles: tt.roles, Grants: map[string][]string{"support": {"read:users"}, "admin": {}}}}
				callers := &Callers{Revocations: revocations, InSync: func() bool { return synced }, Store: state}
				i, key := applicationIssuer(t, c, callers)
				issued, err := i.AccessToken(t.Context(), key, applicationSession(c, tt.kind, tt.access.Scopes...), &User{ID: ada, Roles: tt.roles}, tt.access)
				if err != nil {
					t.Fatal(err)
				}
				claims := read(t, i, key, i.Audience, issued.Text)
				if !slices.Equal(issued.Scopes, tt.scopes) || !slices.Equal(slices.Sorted(slices.Values(claims.Scopes)), tt.scopes) ||
					len(claims.Roles) != 0 || claims.ClientID != testApp || issued.ExpiresIn != 900 || issued.Ended {
					t.Errorf("in sync %v: issued %+v, claims %+v", synced, issued, claims)
				}
				p, err := callers.Principal(t.Context(), claims)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(p.Scopes, tt.scopes) || len(p.Roles) != 0 || *p.ClientID != testApp || p.Delegated != tt.delegated ||
					p.Subject(time.Time{}).Key == tt.delegated {
					t.Errorf("in sync %v: caller %+v", synced, p)
				}
			}
		})
	}
}

// TestAccessTokenShrinks: what is issued and what was issued follow the roles at once, also if the account is
// known from a while ago.
func TestAccessTokenShrinks(t *testing.T) {
	c := newClock()
	revocations := NewRevocationCache([]string{"read:users"}, []string{"profile"}, 15*time.Minute, c)
	revocations.Load(revocation.Snapshot{Grants: map[string][]string{"support": {"read:users"}}})
	i, key := applicationIssuer(t, c, inSync(revocations))
	session := applicationSession(c, ApplicationSession, "profile", "read:users")
	known := &User{ID: ada, Roles: []string{"support"}}
	access := Access{Scopes: session.Limit.Scopes}
	before, err := i.AccessToken(t.Context(), key, session, known, access)
	if err != nil {
		t.Fatal(err)
	}
	revocations.Apply(revocation.Change{Seq: 1, At: c.at, User: ada, Roles: []string{}})
	after, err := i.AccessToken(t.Context(), key, session, known, access)
	if err != nil || !slices.Equal(after.Scopes, []string{"profile"}) {
		t.Errorf("issued %+v, %v", after, err)
	}
	c.advance(14 * time.Minute)
	for _, issued := range []*AccessToken{before, after} {
		p, err := i.Callers.Principal(t.Context(), read(t, i, key, i.Audience, issued.Text))
		if err != nil || !slices.Equal(p.Scopes, []string{"profile"}) {
			t.Errorf("caller %+v, %v", p, err)
		}
	}
	late, err := i.AccessToken(t.Context(), key, session, known, access)
	if err != nil {
		t.Fatal(err)
	}
	c.advance(10 * time.Minute) // the change is forgotten, but not what the token says
	revocations.Apply(revocation.Change{Seq: 2, At: c.at, Session: "another"})
	if p, err := i.Callers.Principal(t.Context(), read(t, i, key, i.Audience, late.Text)); err != nil || !slices.Equal(p.Scopes, []string{"profile"}) {
		t.Errorf("caller %+v, %v", p, err)
	}
	revocations.Apply(revocation.Change{Seq: 3, At: c.at, Session: sessionOne})
	if issued, err := i.AccessToken(t.Context(), key, session, known, access); err != nil || !issued.Ended {
		t.Errorf("after the session ended: %+v, %v", issued, err)
	}
}

// TestAccessTokenOfAnotherService: the other service learns which scopes there are, and nothing of roles. What
// the token may is asked of the database.
func TestAccessTokenOfAnotherService(t *testing.T) {
	const items = "https://items.example"
	c := newClock()
	revocations := NewRevocationCache([]string{"read:users"}, []string{"profile"}, 15*time.Minute, c)
	revocations.Load(revocation.Snapshot{Grants: map[string][]string{"shop": {"items:read"}}})
	store := &fakeStateStore{state: SessionState{Roles: []string{"shop"}, Grants: map[string][]string{"shop": {"items:read"}}}}
	callers := &Callers{Revocations: revocations, InSync: func() bool { return true }, Store: store}
	i, key := applicationIssuer(t, c, callers)
	access := Access{Scopes: []string{"items:own", "items:read", "items:write"}, Audience: items, Own: []string{"items:own"}}
	session := applicationSession(c, ApplicationSession, access.Scopes...)
	issued, err := i.AccessToken(t.Context(), key, session, &User{ID: ada, Roles: []string{"shop"}}, access)
	if err != nil || !slices.Equal(issued.Scopes, []string{"items:own", "items:read"}) {
		t.Fatalf("issued %+v, %v", issued, err)
	}
	claims := read(t, i, key, items, issued.Text)
	if claims.Private.Roles != nil || claims.Private.Limit != nil || len(claims.Roles) != 0 || !slices.Equal(claims.Audience, []string{items}) {
		t.Errorf("claims %+v", claims)
	}
	for _, tt := range []struct {
		state SessionState
		want  []string
		err   error
	}{
		{store.state, []string{"items:own", "items:read"}, nil},
		{SessionState{Roles: []string{}}, []string{"items:own"}, nil},
		{SessionState{Ended: true}, nil, ErrSessionEnded},
		{SessionState{Generation: 1}, nil, ErrSessionEnded},
	} {
		store.state = tt.state
		if scopes, err := callers.Present(t.Context(), claims, access.Own); !errors.Is(err, tt.err) || !slices.Equal(scopes, tt.want) {
			t.Errorf("%+v: %v, %v", tt.state, scopes, err)
		}
	}
}

// TestLargeAccessToken: a token that is too large for its scopes is completed from the database only if it
// has all that its session may.
func TestLargeAccessToken(t *testing.T) {
	c := newClock()
	var many []string
	for n := range 400 {
		many = append(many, "scope:"+strings.Repeat("x", 20)+string(rune('a'+n%26))+string(rune('a'+n/26)))
	}
	slices.Sort(many)
	revocations := NewRevocationCache(many, nil, 15*time.Minute, c)
	revocations.Load(revocation.Snapshot{Grants: map[string][]string{"admin": {}}})
	store := &fakeStateStore{state: SessionState{Roles: []string{"admin"}, Limit: &Limit{Scopes: many}}}
	callers := &Callers{Revocations: revocations, InSync: func() bool { return true }, Store: store}
	i, key := applicationIssuer(t, c, callers)
	session, admin := applicationSession(c, ApplicationSession, many...), &User{ID: ada, Roles: []string{"admin"}}
	issued, err := i.AccessToken(t.Context(), key, session, admin, Access{Scopes: many})
	if err != nil {
		t.Fatal(err)
	}
	p, err := callers.Principal(t.Context(), read(t, i, key, i.Audience, issued.Text))
	if err != nil || !slices.Equal(p.Scopes, many) || !p.Delegated || len(p.Roles) != 0 {
		t.Errorf("caller with %d scopes, %+v, %v", len(p.Scopes), p.Roles, err)
	}
	for _, access := range []Access{{Scopes: many[1:]}, {Scopes: many, Audience: "https://items.example", Own: many}} {
		if _, err := i.AccessToken(t.Context(), key, session, admin, access); !errors.Is(err, token.ErrTooLarge) {
			t.Errorf("a part of the scopes: %v, want ErrTooLarge", err)
		}
	}
	if issued, err := i.AccessToken(t.Context(), key, session, admin, Access{Scopes: many[:20]}); err != nil || len(issued.Scopes) != 20 {
		t.Errorf("fewer: %+v, %v", issued, err)
	}
}

// TestOwnTokensCostNothingMore: that there are applications costs no allocation for a person's own token.
func TestOwnTokensCostNothingMore(t *testing.T) {
	revocations := newRevocations(newClock())
	claims := func(clientID string) *token.Claims {
		c := claimsOf(0, "support")
		c.ClientID = clientID
		return c
	}
	allocations := func(c *token.Claims) float64 {
		return testing.AllocsPerRun(100, func() {
			if _, err := revocations.Principal(c); err != nil {
				t.Error(err)
			}
		})
	}
	without, own := allocations(claims("")), allocations(claims(token.SessionClient))
	if own != without || own > 3 {
		t.Errorf("%v allocations, without a client %v", own, without)
	}
}
