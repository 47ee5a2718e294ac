package tokens

import (
	"context"
	"errors"
	"slices"
	"strings"

	"gatehouse/auth"
	"gatehouse/auth/oauth"
	"gatehouse/auth/oauth/clients"
	"gatehouse/auth/token"
)

// A grant is what a client was granted, of which a request may ask for a part.
type grant struct {
	client  *clients.Client
	session *auth.Session
	user    *auth.User
	scopes  []string // sorted
	first   bool     // the session was just opened
	nonce   string
	signing *token.Key // read before the database answered
}

// respond returns the tokens for what a request asks of a grant.
func (t *Tokens) respond(ctx context.Context, g *grant, r *Request) (*Response, error) {
	scopes, err := g.narrow(r.Scope)
	if err != nil {
		return nil, err
	}
	access, known, err := t.access(g, scopes, r.Resources)
	if err != nil {
		return nil, err
	}
	issued, err := t.Issuer.AccessToken(ctx, g.signing, g.session, g.user, access)
	switch {
	case errors.Is(err, token.ErrTooLarge):
		return nil, errTooLarge
	case err != nil:
		return nil, err
	case issued.Ended && !g.first: // a moment ago. The first request came before its end, and is answered.
		return nil, errSessionEnded
	}
	response := &Response{
		AccessToken: issued.Text, ExpiresIn: issued.ExpiresIn, UserID: g.user.ID, SessionID: g.session.ID,
		Scopes: answered(issued.Scopes, scopes, known),
	}
	if slices.Contains(scopes, oauth.OpenID) && g.session.Kind == auth.ApplicationSession {
		if response.IDToken, err = t.idToken(g, scopes); err != nil {
			return nil, err
		}
	}
	return response, nil
}

// narrow returns the scopes that a request asks for: all that were granted, if it names none.
func (g *grant) narrow(scope string) ([]string, error) {
	if scope == "" {
		return g.scopes, nil
	}
	asked, err := parseScope(scope)
	if err != nil {
		return nil, err
	}
	for _, s := range asked {
		if !slices.Contains(g.scopes, s) {
			return nil, errWider
		}
	}
	return asked, nil
}

// access says what the access token is for. known are the scopes of the service that it is for;
// nil for this one.
func (t *Tokens) access(g *grant, scopes, resources []string) (a auth.Access, known []string, err error) {
	target, err := t.target(g.session.Resources, resources)
	if err != nil {
		return a, nil, err
	}
	if target == nil {
		scopes = slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return s == oauth.OfflineAccess })
		return auth.Access{Scopes: scopes}, nil, nil
	}
	a.Audience = target.Identifier
	for _, s := range target.Scopes {
		known = append(known, s.Name)
		if s.Own {
			a.Own = append(a.Own, s.Name)
		}
	}
	a.Scopes = intersect(scopes, known)
	return a, known, nil
}

// target returns the one service that an access token is for; nil for this one. Without a
// resource in the request it is the first that was granted.
func (t *Tokens) target(granted, asked []string) (*clients.Resource, error) {
	own := func(identifier string) bool { return clients.SameResource(identifier, t.Issuer.Audience) }
	wanted := ""
	switch {
	case len(asked) > 1:
		return nil, errTargets
	case len(asked) == 1:
		wanted = asked[0]
	case len(granted) > 0:
		wanted = granted[0]
	default:
		return nil, nil
	}
	if own(wanted) {
		if len(granted) > 0 && !slices.ContainsFunc(granted, own) {
			return nil, errTarget
		}
		return nil, nil
	}
	resource, found := t.Clients.Resource(wanted)
	if !found || !slices.ContainsFunc(granted, func(g string) bool { return clients.SameResource(g, resource.Identifier) }) {
		return nil, errTarget
	}
	return resource, nil
}

// answered returns the scopes of an answer: those of the access token, and those that mean
// something to the client itself: openid brings an ID token, offline_access a refresh token.
func answered(issued, scopes, known []string) []string {
	all := slices.Clone(issued)
	for _, s := range scopes {
		own := s == oauth.OfflineAccess || known != nil && slices.Contains([]string{oauth.OpenID, oauth.Profile, oauth.Email, oauth.Roles}, s)
		if own {
			all = append(all, s)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// parseScope reads a list of scopes (RFC 6749, 3.3); sorted.
func parseScope(text string) ([]string, error) {
	scopes := strings.Fields(text)
	for _, s := range scopes {
		if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }) {
			return nil, errScope
		}
	}
	slices.Sort(scopes)
	return slices.Compact(scopes), nil
}

// intersect returns the scopes that are also in other.
func intersect(scopes, other []string) []string {
	both := []string{}
	for _, s := range scopes {
		if slices.Contains(other, s) {
			both = append(both, s)
		}
	}
	return both
}
