package auth

import (
	"context"
	"slices"

	"gatehouse/auth/token"
)

// An Access is what an application, or a program, gets an access token for.
type Access struct {
	Scopes   []string // at most those of the session's limit; sorted
	Audience string   // the other service that the token is for; "" for this one
}

// An AccessToken is the access token of an application.
type AccessToken struct {
	Text      string
	ExpiresIn int      // seconds
	Scopes    []string // that it has now; sorted
}

// AccessToken returns an access token of an application's or a program's session. For this
// service it has those of the scopes that the account's roles grant now, and those that open
// one's own. For another service it has all of them, and none of what we know about roles.
//
// The caller reads the key before the database answers, as for [Sessions.Login]. AccessToken
// returns [ErrSessionEnded], [ErrUnavailable], and [token.ErrTooLarge] if the scopes don't fit
// into a token.
func (i *Issuer) AccessToken(ctx context.Context, key *token.Key, s *Session, u *User, a Access) (*AccessToken, error) {
	known, err := i.Callers.resolve(ctx, s.ID, u.ID)
	if err != nil {
		return nil, err
	}
	limit := &Limit{Scopes: a.Scopes}
	scopes := a.Scopes
	if a.Audience == "" {
		scopes = withOwn(known.Grant(u.Roles, limit), a.Scopes, i.Callers.Revocations.own)
	}
	claims := i.claims(s, u, scopes)
	claims.ClientID, claims.Roles = s.ClientID, []string{}
	claims.Private = token.Private{Generation: s.Generation, Limited: true, Limit: a.Scopes, Roles: u.Roles, Self: s.Kind == ServiceSession}
	if a.Audience != "" {
		claims.Audience, claims.Private.Limit, claims.Private.Roles = []string{a.Audience}, nil, nil
	}
	if _, err := known.Principal(claims); err != nil {
		return nil, err
	}
	text, err := i.signFor(key, s, claims, a)
	if err != nil {
		return nil, err
	}
	return &AccessToken{text, int(claims.ExpiresAt.Sub(claims.IssuedAt).Seconds()), scopes}, nil
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
