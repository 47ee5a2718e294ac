package auth

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"gatehouse/auth/token"
)

// clientID is the client of a person's own session (RFC 9068, 2.2).
const clientID = "gatehouse"

// Tokens are what logging in gives: the pair of tokens, and whose they are.
type Tokens struct {
	AccessToken  string
	TokenType    string
	ExpiresIn    int     // seconds
	RefreshToken *string // nil when it went into a cookie
	Scopes       []string
	User         *User

	principal *Principal
}

// Principal is the caller that the tokens stand for; nobody for none.
func (t *Tokens) Principal() *Principal {
	if t == nil {
		return nil
	}
	return t.principal
}

// An Issuer makes tokens.
type Issuer struct {
	Secrets    token.Secrets
	SigningKey func() *token.Key
	Issuer     string
	Audience   string
	TTL        time.Duration // of access tokens
	Callers    *Callers
	Life       Lifetimes
	Now        func() time.Time
}

// tokens returns the present pair of the session, which belongs to the user. The key is the one that signed before the database was asked about the
// session: if all sessions end and all keys are replaced meanwhile, of which nobody is told but that the keys are others, the token is refused.
func (i *Issuer) tokens(ctx context.Context, key *token.Key, s *Session, u *User) (*Tokens, error) {
	refresh, err := i.Secrets.IssueRefresh(s.ID, s.Counter, s.Seed)
	if err != nil {
		return nil, fmt.Errorf("issue a refresh token: %w", err)
	}
	known, err := i.Callers.of(ctx, s.ID, u.ID)
	if err != nil {
		return nil, err
	}
	claims := i.claims(s, u, known.Grant(u.Roles, s.Limit))
	p, err := known.Principal(claims)
	if err != nil {
		return nil, err
	}
	access, err := accessToken(key, claims)
	if err != nil {
		return nil, err
	}
	t := &Tokens{
		AccessToken: access, TokenType: "Bearer", ExpiresIn: int(claims.ExpiresAt.Sub(claims.IssuedAt).Seconds()),
		RefreshToken: &refresh, Scopes: p.Scopes, User: u, principal: p,
	}
	if x := exchange(ctx); x.UseCookie {
		t.RefreshToken, x.SetCookie = nil, &refresh
	}
	return t, nil
}

func accessToken(key *token.Key, c *token.Claims) (string, error) {
	if key == nil {
		return "", fmt.Errorf("%w: there is no key to sign with", ErrUnavailable)
	}
	access, err := key.Sign(c)
	if err != nil {
		return "", fmt.Errorf("sign an access token: %w", err)
	}
	return access, nil
}

// claims is what an access token of the session says now. It ends with the session at the latest, but for the one second that any token lives:
// the session may end within this second, or have ended by our clock and not by the database's.
func (i *Issuer) claims(s *Session, u *User, scopes []string) *token.Claims {
	now := i.Now().Truncate(time.Second)
	expires := now.Add(i.TTL)
	if end := s.CreatedAt.Add(i.Life.Absolute).Truncate(time.Second); end.Before(expires) {
		expires = end
	}
	if least := now.Add(time.Second); expires.Before(least) {
		expires = least
	}
	c := &token.Claims{
		Issuer: i.Issuer, Audience: []string{i.Audience}, Subject: u.ID, ID: rand.Text(), SessionID: s.ID, ClientID: clientID,
		IssuedAt: now, ExpiresAt: expires, AuthTime: s.AuthTime, Scopes: scopes, Roles: u.Roles,
		Private: token.Private{Generation: s.Generation},
	}
	if s.Limit != nil {
		c.Roles = []string{}
		c.Private.Limited, c.Private.Limit, c.Private.Roles = true, s.Limit.Scopes, u.Roles
	}
	return c
}
