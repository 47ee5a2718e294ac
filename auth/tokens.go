package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"gatehouse/auth/token"
)

// Tokens are the result of a login: a pair of tokens, and their account.
type Tokens struct {
	AccessToken  string
	TokenType    string
	ExpiresIn    int // seconds
	RefreshToken string
	Scopes       []string
	User         *User

	principal *Principal
	ended     bool // the session has ended since the database answered
}

// Principal returns the caller that the tokens stand for; nil for nil Tokens.
func (t *Tokens) Principal() *Principal {
	if t == nil {
		return nil
	}
	return t.principal
}

// An Issuer issues tokens.
type Issuer struct {
	Secrets    token.Secrets
	SigningKey func() *token.Key
	Issuer     string
	Audience   string
	TTL        time.Duration // of access tokens
	Callers    *Callers
	Life       Lifetimes
	Now        func() time.Time
	// TooLarge, if not nil, is called when an access token of the account can't have all
	// claims.
	TooLarge func(userID string)
}

// tokens returns the present pair of the user's session. The caller reads the key
// before the database answers: if meanwhile all sessions end and all keys are
// replaced, which replicas hear of as a change of keys only, the access token is
// refused.
//
// If the session has ended meanwhile, because of newer logins for example, the
// login came first and is answered: its tokens are refused from the next request
// on.
func (i *Issuer) tokens(ctx context.Context, key *token.Key, s *Session, u *User) (*Tokens, error) {
	refresh, err := i.Secrets.IssueRefresh(s.ID, s.Counter, s.Seed)
	if err != nil {
		return nil, fmt.Errorf("issue a refresh token: %w", err)
	}
	known, err := i.Callers.resolve(ctx, s.ID, u.ID)
	if err != nil {
		return nil, err
	}
	if i.Callers.confines(s, u) {
		limited := *s
		limited.Limit, s = &Limit{Scopes: []string{}}, &limited
	}
	claims := i.claims(s, u, known.Grant(u.Roles, s.Limit))
	p, err := known.Principal(claims)
	ended := errors.Is(err, ErrSessionEnded)
	switch {
	case ended:
		p = known.Holder(claims)
	case err != nil:
		return nil, err
	}
	access, err := i.sign(key, claims)
	if err != nil {
		return nil, err
	}
	return &Tokens{
		AccessToken: access, TokenType: "Bearer", ExpiresIn: int(claims.ExpiresAt.Sub(claims.IssuedAt).Seconds()),
		RefreshToken: refresh, Scopes: p.Scopes, User: u, principal: p, ended: ended,
	}, nil
}

// Renew returns the present pair of a session that goes on, as for [Sessions.Refresh]. It
// returns [ErrSessionEnded] if the session has ended since the database answered.
func (i *Issuer) Renew(ctx context.Context, key *token.Key, s *Session, u *User) (*Tokens, error) {
	t, err := i.tokens(ctx, key, s, u)
	if err == nil && t.ended {
		return nil, ErrSessionEnded
	}
	return t, err
}

// sign makes an access token. If it would be too large, it has no scopes: we look
// up what roles grant, but other services see none. If it still is, it is partial,
// and costs a query for each request. So no login fails because of what was granted.
func (i *Issuer) sign(key *token.Key, c *token.Claims) (string, error) {
	if key == nil {
		return "", errNoKey()
	}
	access, err := key.Sign(c)
	if !errors.Is(err, token.ErrTooLarge) {
		return signed(access, err)
	}
	if i.TooLarge != nil {
		i.TooLarge(c.Subject)
	}
	fewer := *c
	fewer.Scopes = []string{}
	if access, err = key.Sign(&fewer); errors.Is(err, token.ErrTooLarge) {
		fewer.Roles = []string{}
		fewer.Private.Limit, fewer.Private.Roles, fewer.Private.Partial = nil, nil, true
		access, err = key.Sign(&fewer)
	}
	return signed(access, err)
}

func errNoKey() error { return Unavailable("no signing key", errors.New("there are no signing keys")) }

func signed(access string, err error) (string, error) {
	if err != nil {
		return "", fmt.Errorf("sign an access token: %w", err)
	}
	return access, nil
}

// claims returns what an access token of the session says now. The token expires
// with its session, but lives at least a second, as any token: the session may end
// within this second, or have ended by our clock and not by the database's.
func (i *Issuer) claims(s *Session, u *User, scopes []string) *token.Claims {
	now := i.Now().UTC().Truncate(time.Second)
	expires := now.Add(i.TTL)
	if end := s.CreatedAt.Add(i.Life.Absolute).Truncate(time.Second); end.Before(expires) {
		expires = end
	}
	if least := now.Add(time.Second); expires.Before(least) {
		expires = least
	}
	c := &token.Claims{
		Issuer: i.Issuer, Audience: []string{i.Audience}, Subject: u.ID, ID: rand.Text(), SessionID: s.ID, ClientID: token.SessionClient,
		IssuedAt: now, ExpiresAt: expires, AuthTime: s.AuthTime, AMR: s.AMR, Scopes: scopes, Roles: u.Roles,
		Private: token.Private{Generation: s.Generation},
	}
	if s.Kind != ServiceSession {
		c.ACR = LevelOf(s.AMR)
	}
	if s.Limit != nil {
		c.Roles = []string{}
		c.Private.Limited, c.Private.Limit, c.Private.Roles = true, s.Limit.Scopes, u.Roles
	}
	return c
}
