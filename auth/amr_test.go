package auth

import (
	"slices"
	"testing"
	"time"

	"gatehouse/auth/token"
)

// A caller has the factors that the token's methods say, and a program has none.
func TestFactorsOfCaller(t *testing.T) {
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name   string
		claims token.Claims
		want   int
		level  string
	}{
		{"password", token.Claims{AMR: []string{"pwd"}}, 1, OneFactor},
		{"mail", token.Claims{AMR: []string{"otp"}}, 1, OneFactor},
		{"a token of the release before", token.Claims{}, 1, OneFactor},
		{"two methods, not said to be two factors", token.Claims{AMR: []string{"pwd", "otp"}}, 1, OneFactor},
		{"password and code", token.Claims{AMR: []string{"pwd", "otp", "mfa"}}, 2, TwoFactors},
		{"passkey", token.Claims{AMR: []string{"swk", "user", "mfa"}}, 2, TwoFactors},
		{"an application", token.Claims{ClientID: testApp, AMR: []string{"pwd", "otp", "mfa"}}, 2, TwoFactors},
		{"a program", token.Claims{ClientID: testApp, Private: token.Private{Self: true}}, 0, ""},
	}
	for _, tt := range tests {
		s, _, _ := newSessions(t)
		tt.claims.Subject, tt.claims.SessionID, tt.claims.AuthTime = ada, sessionOne, at
		p, err := s.Revocations.Principal(&tt.claims)
		if err != nil || p.Factors != tt.want || p.AMR == nil || !slices.Equal(p.AMR, tt.claims.AMR) {
			t.Errorf("%s: %+v, %v", tt.name, p, err)
		}
		if authenticated := p.AuthenticatedAt(); (authenticated != nil) != (tt.want > 0) || authenticated != nil && !authenticated.Equal(at) {
			t.Errorf("%s: authenticated at %v", tt.name, authenticated)
		}
		if tt.level != "" && LevelOf(tt.claims.AMR) != tt.level {
			t.Errorf("%s: level %q", tt.name, LevelOf(tt.claims.AMR))
		}
	}
}

// An access token says how its session was opened, whosever it is; that of a program says
// nothing.
func TestMethodsInAccessTokens(t *testing.T) {
	s, _, c := newSessions(t)
	two := []string{"pwd", "otp", "mfa"}
	for _, tt := range []struct {
		session Session
		acr     string
	}{
		{Session{Kind: OwnSession, AMR: byPassword}, OneFactor},
		{Session{Kind: OwnSession, AMR: two}, TwoFactors},
		{Session{Kind: ApplicationSession, AMR: two, ClientID: testApp}, TwoFactors},
		{Session{Kind: ServiceSession, AMR: []string{}, ClientID: testApp}, ""},
	} {
		tt.session.CreatedAt = c.at
		claims := s.Issuer.claims(&tt.session, &User{ID: ada}, nil)
		if claims.ACR != tt.acr || !slices.Equal(claims.AMR, tt.session.AMR) {
			t.Errorf("%s, %v: acr %q, amr %v", tt.session.Kind, tt.session.AMR, claims.ACR, claims.AMR)
		}
	}
}
