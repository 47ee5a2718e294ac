package authn_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/authn"
	"gatehouse/auth/revocation"
	"gatehouse/auth/token"
)

const (
	ada        = "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63"
	sessionOne = "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9e01"
	sessionTwo = "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9e02"
	ttl        = 15 * time.Minute
	issuer     = "https://id.example"
)

// A clock stands still.
type clock struct{ at time.Time }

// Now and Elapsed implement [revocation.Clock].
func (c clock) Now() time.Time         { return c.at }
func (c clock) Elapsed() time.Duration { return 0 }

func noon() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

func newKey(t *testing.T) *token.Key {
	t.Helper()
	key, err := token.NewKey(token.EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestAuthenticate(t *testing.T) {
	c := clock{noon()}
	ours, foreign := newKey(t), newKey(t)
	live := auth.NewRevocationCache([]string{"write:users", "read:users"}, nil, ttl, c)
	live.Load(revocation.Snapshot{Grants: map[string][]string{"support": {"read:users"}}})
	live.Apply(revocation.Change{Seq: 1, At: c.at, Session: sessionTwo})
	callers := &auth.Callers{Revocations: live, InSync: func() bool { return true }}
	a := &authn.Authenticator{Callers: callers, Tokens: &token.Verifier{
		Issuer: issuer, Audience: issuer, MaxLifetime: ttl, Now: c.Now,
		Key: func(_ context.Context, id string) (*token.Key, error) {
			if id != ours.ID {
				return nil, token.ErrInvalid
			}
			return ours, nil
		},
	}}
	signed := func(key *token.Key, session string, age time.Duration) string {
		text, err := key.Sign(&token.Claims{
			Issuer: issuer, Audience: []string{issuer}, Subject: ada, ID: "1", SessionID: session, ClientID: token.SessionClient,
			IssuedAt: c.at.Add(-age), ExpiresAt: c.at.Add(ttl - age), Roles: []string{"support"},
		})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	good, expired := signed(ours, sessionOne, time.Minute), signed(ours, sessionOne, ttl)
	tests := []struct {
		name   string
		header []string
		want   error
	}{
		{"two headers", []string{"Bearer " + good, "Bearer " + good}, auth.ErrTokenInvalid},
		{"two headers, one of them empty", []string{"Bearer " + good, ""}, auth.ErrTokenInvalid},
		{"two tokens in one header", []string{"Bearer " + good + ", Bearer " + good}, auth.ErrTokenInvalid},
		{"empty header", []string{""}, auth.ErrTokenInvalid},
		{"scheme alone", []string{"Bearer"}, auth.ErrTokenInvalid},
		{"empty token", []string{"Bearer "}, auth.ErrTokenInvalid},
		{"no scheme", []string{good}, auth.ErrTokenInvalid},
		{"other scheme", []string{"Basic YWRhOnBhc3N3b3Jk"}, auth.ErrTokenInvalid},
		{"other scheme, good token", []string{"Token " + good}, auth.ErrTokenInvalid},
		{"space around the token", []string{"Bearer  " + good + " "}, auth.ErrTokenInvalid},
		{"line break", []string{"Bearer " + good + "\r\n"}, auth.ErrTokenInvalid},
		{"not a token", []string{"Bearer null"}, auth.ErrTokenInvalid},
		{"cut short", []string{"Bearer " + good[:len(good)-2]}, auth.ErrTokenInvalid},
		{"unsigned", []string{"Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ."}, auth.ErrTokenInvalid},
		{"of a key that is not ours", []string{"Bearer " + signed(foreign, sessionOne, time.Minute)}, auth.ErrTokenInvalid},
		{"expired", []string{"Bearer " + expired}, auth.ErrTokenExpired},
		{"of an ended session", []string{"Bearer " + signed(ours, sessionTwo, time.Minute)}, auth.ErrSessionEnded},
		{"good", []string{"Bearer " + good}, nil},
		{"scheme in lower case", []string{"bearer " + good}, nil},
		{"just before it expires", []string{"Bearer " + signed(ours, sessionOne, ttl-time.Second)}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := a.Authenticate(t.Context(), authn.Credentials{Authorization: tt.header})
			if !errors.Is(err, tt.want) {
				t.Fatalf("error %v; want %v", err, tt.want)
			}
			if (p != nil) != (tt.want == nil) {
				t.Fatalf("caller %+v beside error %v", p, err)
			}
			if p != nil && (p.ID != ada || *p.SessionID != sessionOne || p.Covers([]string{"write:users"}) || !p.Covers([]string{"read:users"})) {
				t.Errorf("caller %+v; want ada with read:users", p)
			}
		})
	}
	if p, err := a.Authenticate(t.Context(), authn.Credentials{}); p != nil || err != nil {
		t.Errorf("without a header: %+v, %v; want neither a caller nor an error", p, err)
	}
	away := &authn.Authenticator{Callers: callers, Tokens: &token.Verifier{
		Issuer: issuer, Audience: issuer, MaxLifetime: ttl, Now: c.Now,
		Key: func(context.Context, string) (*token.Key, error) { return nil, token.ErrKeysUnavailable },
	}}
	_, err := away.Authenticate(t.Context(), authn.Credentials{Authorization: []string{"Bearer " + good}})
	if !errors.Is(err, auth.ErrUnavailable) || errors.Is(err, auth.ErrTokenInvalid) {
		t.Errorf("a token whose key can't be read now: %v; want ErrUnavailable", err)
	}
}
