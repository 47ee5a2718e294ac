package tokens

import (
	"context"
	"errors"
	"slices"

	"gatehouse/auth"
	"gatehouse/auth/factor"
	"gatehouse/auth/oauth"
	"gatehouse/auth/policy"
)

// password exchanges an email address and a password for tokens (RFC 6749, 4.3). Everything that
// protects a login protects it. Without a client the session is the person's own, as one of the
// mutation login.
func (t *Tokens) password(ctx context.Context, r *Request) (*Response, error) {
	switch {
	case r.Username == "":
		return nil, missingParameter("username")
	case r.Password == "":
		return nil, missingParameter("password")
	}
	scopes, err := parseScope(r.Scope)
	if err != nil {
		return nil, err
	}
	var uses []policy.Use
	if t.Uses != nil {
		uses = t.Uses(ctx, r.Username)
	}
	var response *Response
	if r.Client == nil {
		response, err = t.ownLogin(ctx, r, scopes, uses)
	} else {
		response, err = t.applicationLogin(ctx, r, scopes, uses)
	}
	needed := (*factor.ChallengeError)(nil)
	switch {
	case errors.As(err, &needed), errors.Is(err, factor.ErrNone):
		return nil, errSecondFactor
	case errors.Is(err, auth.ErrInvalidCredentials):
		return nil, errPassword
	case errors.Is(err, auth.ErrEmailUnproved):
		return nil, errUnproved
	}
	return response, err
}

// ownLogin logs a person in.
func (t *Tokens) ownLogin(ctx context.Context, r *Request, scopes []string, uses []policy.Use) (*Response, error) {
	if target, err := t.target(nil, r.Resources); err != nil || target != nil {
		return nil, errTarget
	}
	in := auth.LoginInput{Email: r.Username, Password: r.Password}
	if len(scopes) > 0 {
		in.Scopes = scopes
	}
	tokens, err := t.Sessions.Login(ctx, in, uses...)
	if input := (*auth.InputError)(nil); errors.As(err, &input) {
		return nil, errWider
	}
	if err != nil {
		return nil, err
	}
	p := tokens.Principal()
	return &Response{
		AccessToken: tokens.AccessToken, ExpiresIn: tokens.ExpiresIn, RefreshToken: tokens.RefreshToken, Scopes: tokens.Scopes,
		UserID: p.ID, SessionID: *p.SessionID,
	}, nil
}

// applicationLogin opens a session in which the client acts for a person.
func (t *Tokens) applicationLogin(ctx context.Context, r *Request, asked []string, uses []policy.Use) (*Response, error) {
	scopes := slices.Sorted(slices.Values(r.Client.Scopes))
	if len(asked) > 0 {
		if scopes = intersect(asked, scopes); len(scopes) == 0 {
			return nil, errNoScope
		}
	} else {
		scopes = slices.DeleteFunc(scopes, func(s string) bool { return s == oauth.OfflineAccess })
	}
	signing := t.Issuer.SigningKey()
	session, user, err := t.Sessions.ByPassword(ctx, auth.PasswordLogin{
		Email: r.Username, Password: r.Password, Uses: uses, Life: t.Life,
		Session: func(u *auth.User) (*auth.Session, error) {
			session := t.newSession(ctx, r.Client, u.ID, auth.ApplicationSession)
			session.Limit = &auth.Limit{Scopes: scopes}
			session.Resources = r.Client.Resources
			if len(session.Resources) > 0 {
				session.Resources = append([]string{t.Issuer.Audience}, session.Resources...)
			}
			_, err := t.target(session.Resources, r.Resources)
			return session, err
		},
	})
	if err != nil {
		return nil, err
	}
	g := &grant{client: r.Client, session: session, user: user, scopes: scopes, first: true, signing: signing}
	response, err := t.respond(ctx, g, &Request{Client: r.Client, Resources: r.Resources})
	if err != nil {
		return nil, err
	}
	return t.withRefresh(g, response)
}
