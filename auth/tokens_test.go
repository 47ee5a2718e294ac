package auth

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"gatehouse/auth/token"
)

// An access token never outlives its session.
func TestAccessTokenEndsWithItsSession(t *testing.T) {
	const absolute = 72 * time.Hour
	tests := []struct {
		name string
		age  time.Duration // of the session
		want time.Duration // of the token's life
	}{
		{"new session", 0, ttl},
		{"ends just after the token", absolute - ttl, ttl},
		{"ends a second before the token would", absolute - ttl + time.Second, ttl - time.Second},
		{"ends in a minute", absolute - time.Minute, time.Minute},
		{"ends in a second", absolute - time.Second, time.Second},
		{"ends within this second", absolute - time.Millisecond, time.Second},
		{"ends now", absolute, time.Second},
		{"ended, by our clock but not the database's", absolute + time.Hour, time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _, c := newSessions(t)
			claims := s.Issuer.claims(&Session{ID: sessionOne, CreatedAt: c.at.Add(-tt.age)}, &User{ID: ada}, nil)
			if got := claims.ExpiresAt.Sub(claims.IssuedAt); got != tt.want {
				t.Errorf("lives for %v; want %v", got, tt.want)
			}
		})
	}
}

func TestTokens(t *testing.T) {
	s, _, c := newSessions(t)
	key := s.Issuer.SigningKey()
	v := token.Verifier{Issuer: issuer, Audience: issuer, MaxLifetime: ttl, Now: c.now, Key: func(context.Context, string) (*token.Key, error) { return key, nil }}
	session := &Session{ID: sessionOne, UserID: ada, Seed: newSeed(), Counter: 7, Generation: 2, AuthTime: c.at.Add(-time.Hour), CreatedAt: c.at}
	u := &User{ID: ada, Roles: []string{"shop", "support"}}
	for name, limit := range map[string]*Limit{"whole": nil, "limited": {Scopes: []string{"read:items"}}, "limited to nothing": {Scopes: []string{}}} {
		t.Run(name, func(t *testing.T) {
			session.Limit = limit
			got, err := s.Issuer.tokens(t.Context(), s.Issuer.SigningKey(), session, u)
			if err != nil {
				t.Fatal(err)
			}
			if got.TokenType != "Bearer" || got.ExpiresIn != 900 || got.User != u {
				t.Errorf("tokens %+v", got)
			}
			claims, err := v.Verify(t.Context(), got.AccessToken)
			if err != nil {
				t.Fatal(err)
			}
			if claims.Subject != ada || claims.SessionID != sessionOne || claims.ClientID != "gatehouse" || !claims.AuthTime.Equal(session.AuthTime) {
				t.Errorf("claims %+v", claims)
			}
			if want := s.Revocations.Grant(u.Roles, limit); !slices.Equal(claims.Scopes, want) || !slices.Equal(got.Scopes, want) {
				t.Errorf("scopes %v, in the claims %v; want %v", got.Scopes, claims.Scopes, want)
			}
			if public := len(claims.Roles) > 0; public != (limit == nil) {
				t.Errorf("roles %v in the claims", claims.Roles)
			}
			p, err := s.Revocations.Principal(claims)
			if err != nil || !slices.Equal(p.Scopes, got.Principal().Scopes) || !slices.Equal(p.Roles, got.Principal().Roles) {
				t.Errorf("the token's bearer is %+v, %v; the answer's %+v", p, err, got.Principal())
			}
			r, err := s.Issuer.Secrets.ParseRefresh(got.RefreshToken)
			if err != nil || r.SessionID != sessionOne || r.Counter != 7 {
				t.Errorf("refresh token %+v, %v", r, err)
			}
		})
	}
}

func TestTwoAccessTokensDiffer(t *testing.T) {
	s, _, c := newSessions(t)
	session := &Session{ID: sessionOne, UserID: ada, Seed: newSeed(), CreatedAt: c.at}
	a, errA := s.Issuer.tokens(t.Context(), s.Issuer.SigningKey(), session, &User{ID: ada})
	b, errB := s.Issuer.tokens(t.Context(), s.Issuer.SigningKey(), session, &User{ID: ada})
	if err := errors.Join(errA, errB); err != nil {
		t.Fatal(err)
	}
	if a.AccessToken == b.AccessToken {
		t.Error("two access tokens have the same jti")
	}
	if a.RefreshToken != b.RefreshToken {
		t.Error("two answers about one state of the session have different refresh tokens")
	}
}
