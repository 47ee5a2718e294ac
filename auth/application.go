package auth

import (
	"context"
	"errors"
	"slices"

	"gatehouse/auth/token"
)

// An Access is what an application, or a program, gets an access token for.
type Access struct {
	Scopes   []string // at most those of the session's limit; sorted
	Audience string   // the other service that the token is for; "" for this one
	Own      []string // scopes that open one's own at the other service, which no role has to grant
}

// An AccessToken is the access token of an application.
type AccessToken struct {
	Text      string
	ExpiresIn int      // seconds
	Scopes    []string // that it has now; sorted
	Ended     bool     // the session has ended since the database answered
}

// AccessToken returns an access token of an application's or a program's session. It has those
// of the scopes that the account's roles grant now, and those that open one's own. For another
// service, nothing else in it says which roles there are.
//
// The caller reads the key before the database answers, as for [Sessions.Login]. AccessToken
// returns [ErrUnavailable], and [token.ErrTooLarge] if the scopes don't fit into a token.
func (i *Issuer) AccessToken(ctx context.Context, key *token.Key, s *Session, u *User, a Access) (*AccessToken, error) {
	known, err := i.Callers.resolve(ctx, s.ID, u.ID)
	if err != nil {
		return nil, err
	}
	if i.Callers.confines(s, u) {
		a.Scopes, a.Own = []string{}, nil
	}
	if a.Audience == "" {
		a.Own = i.Callers.Revocations.own
	}
	roles := known.present(u.ID, u.Roles) // u may be cached as long as a token lives
	scopes := withOwn(known.Grant(roles, &Limit{Scopes: a.Scopes}), a.Scopes, a.Own)
	claims := i.claims(s, u, scopes)
	claims.ClientID, claims.Roles = s.ClientID, []string{}
	claims.Private = token.Private{Generation: s.Generation, Limited: true, Limit: a.Scopes, Roles: roles, Self: s.Kind == ServiceSession}
	if a.Audience != "" {
		claims.Audience, claims.Private.Limit, claims.Private.Roles = []string{a.Audience}, nil, nil
	}
	_, err = known.Principal(claims)
	ended := errors.Is(err, ErrSessionEnded)
	if err != nil && !ended {
		return nil, err
	}
	text, err := i.signFor(key, s, claims, a)
	if err != nil {
		return nil, err
	}
	return &AccessToken{text, int(claims.ExpiresAt.Sub(claims.IssuedAt).Seconds()), scopes, ended}, nil
}

// signFor makes an access token of an application. One that does not fit is made as for a
// person if it has all that the session may: what is left out is in the database.
func (i *Issuer) signFor(key *token.Key, s *Session, claims *token.Claims, a Access) (string, error) {
	if a.Audience == "" && s.Limit != nil && slices.Equal(s.Limit.Scopes, a.Scopes) {
		return i.sign(key, claims)
	}
	if key == nil {
		return "", errNoKey()
	}
	return signed(key.Sign(claims))
}

// Present returns those scopes of the claims that the account's roles grant now, and those of
// own. It asks the database, because a token for another service does not say which roles its
// account has. It returns [ErrSessionEnded] and [ErrUnavailable].
func (c *Callers) Present(ctx context.Context, claims *token.Claims, own []string) ([]string, error) {
	state, err := c.state(ctx, claims.SessionID, claims.Subject)
	if err != nil {
		return nil, err
	}
	if _, err := state.Principal(claims); err != nil {
		return nil, err
	}
	return withOwn(state.Grant(state.Roles, &Limit{Scopes: claims.Scopes}), claims.Scopes, own), nil
}

func (s *SessionState) present(string, []string) []string { return s.Roles }
