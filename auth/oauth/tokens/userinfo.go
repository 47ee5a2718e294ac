package tokens

import (
	"context"
	"errors"
	"slices"

	"gatehouse/auth"
	"gatehouse/auth/oauth"
)

// errNotOpenID means that an access token is not one for userinfo.
var errNotOpenID = &oauth.Error{Code: oauth.InsufficientScope, Description: "The access token lacks the scope openid."}

// Userinfo is what a client learns of a person with an access token (OpenID Connect Core,
// 5.3.2).
type Userinfo struct {
	Subject string `json:"sub"`
	Person
}

// UserStore reads accounts.
type UserStore interface {
	// User returns the account with the id, or [auth.ErrUserNotFound].
	User(ctx context.Context, id string) (*auth.User, error)
}

// UserinfoOf returns what the caller's access token tells of its person. It returns an
// [*oauth.Error] with the code insufficient_scope if the token lacks the scope openid.
func UserinfoOf(ctx context.Context, users UserStore, p *auth.Principal) (*Userinfo, error) {
	if p.ClientID == nil || !p.Delegated || !slices.Contains(p.Scopes, oauth.OpenID) {
		return nil, errNotOpenID
	}
	u, err := users.User(ctx, p.ID)
	switch {
	case errors.Is(err, auth.ErrNotFound):
		return nil, auth.ErrSessionEnded
	case err != nil:
		return nil, err
	}
	return &Userinfo{Subject: u.ID, Person: personOf(u, p.Scopes)}, nil
}
