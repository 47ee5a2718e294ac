package auth

import (
	"errors"
	"testing"
	"time"

	"gatehouse/auth/token"
)

func TestAuthenticate(t *testing.T) {
	c := newClock()
	ours, foreign := newKey(t, token.EdDSA), newKey(t, token.EdDSA)
	live := newRevocations(c)
	live.Apply(Change{Seq: 1, At: c.at, Session: sessionTwo})
	a := &Authenticator{Callers: inSync(live), Tokens: &token.Verifier{
		Issuer: issuer, Audience: issuer, MaxLifetime: ttl, Now: c.now,
		Key: only(ours),
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
		{"two headers", []string{"Bearer " + good, "Bearer " + good}, ErrTokenInvalid},
		{"two headers, one of them empty", []string{"Bearer " + good, ""}, ErrTokenInvalid},
		{"two tokens in one header", []string{"Bearer " + good + ", Bearer " + good}, ErrTokenInvalid},
		{"empty header", []string{""}, ErrTokenInvalid},
		{"scheme alone", []string{"Bearer"}, ErrTokenInvalid},
		{"empty token", []string{"Bearer "}, ErrTokenInvalid},
		{"no scheme", []string{good}, ErrTokenInvalid},
		{"other scheme", []string{"Basic YWRhOnBhc3N3b3Jk"}, ErrTokenInvalid},
		{"other scheme, good token", []string{"Token " + good}, ErrTokenInvalid},
		{"space around the token", []string{"Bearer  " + good + " "}, ErrTokenInvalid},
		{"line break", []string{"Bearer " + good + "\r\n"}, ErrTokenInvalid},
		{"not a token", []string{"Bearer null"}, ErrTokenInvalid},
		{"cut short", []string{"Bearer " + good[:len(good)-2]}, ErrTokenInvalid},
		{"unsigned", []string{"Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ."}, ErrTokenInvalid},
		{"of a key that is not ours", []string{"Bearer " + signed(foreign, sessionOne, time.Minute)}, ErrTokenInvalid},
		{"expired", []string{"Bearer " + expired}, ErrTokenExpired},
		{"of an ended session", []string{"Bearer " + signed(ours, sessionTwo, time.Minute)}, ErrSessionEnded},
		{"good", []string{"Bearer " + good}, nil},
		{"scheme in lower case", []string{"bearer " + good}, nil},
		{"just before it expires", []string{"Bearer " + signed(ours, sessionOne, ttl-time.Second)}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := a.Authenticate(t.Context(), Credentials{Authorization: tt.header})
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
	if p, err := a.Authenticate(t.Context(), Credentials{}); p != nil || err != nil {
		t.Errorf("without a header: %+v, %v; want neither a caller nor an error", p, err)
	}
}
