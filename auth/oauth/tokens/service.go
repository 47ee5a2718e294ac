package tokens

import (
	"context"
	"errors"
	"slices"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"gatehouse/auth"
	"gatehouse/auth/oauth"
	"gatehouse/auth/oauth/clients"
)

// cachedServices is how many clients' own sessions are cached.
const cachedServices = 4096

// A service is a client's own session, as the database had it.
type service struct {
	session *auth.Session
	user    *auth.User
	until   time.Time // when it is read again
}

// services are the sessions of clients that act for themselves, by the id of the client. With
// them a request for a token reads nothing from the database: changes of roles and the end of a
// session are heard of as for every token.
type services struct {
	cache *lru.Cache[string, *service]
}

func newServices() (*services, error) {
	cache, err := lru.New[string, *service](cachedServices)
	return &services{cache}, err
}

// personal are the scopes of persons, which mean nothing for a program.
var personal = []string{oauth.OpenID, oauth.OfflineAccess, oauth.Profile, oauth.Email, oauth.Roles}

// service returns a token with which a client acts for itself (RFC 6749, 4.4): as its service
// account, and in no person's name.
func (t *Tokens) service(ctx context.Context, r *Request) (*Response, error) {
	switch {
	case r.Client == nil:
		return nil, errNoClient
	case r.Client.Kind != clients.Confidential, r.Client.ServiceAccountID == nil:
		return nil, errNoAccount
	}
	scopes, err := serviceScopes(r)
	if err != nil {
		return nil, err
	}
	signing := t.Issuer.SigningKey()
	s, fresh, err := t.serviceOf(ctx, r.Client)
	if err != nil {
		return nil, err
	}
	response, err := t.serve(ctx, r, &grant{client: r.Client, session: s.session, user: s.user, scopes: scopes, signing: signing})
	if fresh || !errors.Is(err, errSessionEnded) {
		return response, err
	}
	t.services.cache.Remove(r.Client.ID) // its session has ended: it gets another
	if s, _, err = t.serviceOf(ctx, r.Client); err != nil {
		return nil, err
	}
	return t.serve(ctx, r, &grant{client: r.Client, session: s.session, user: s.user, scopes: scopes, signing: signing})
}

// serve responds with the resources that the client is registered for.
func (t *Tokens) serve(ctx context.Context, r *Request, g *grant) (*Response, error) {
	session := *g.session // all requests share it
	session.Resources = append([]string{t.Issuer.Audience}, g.client.Resources...)
	g.session = &session
	return t.respond(ctx, g, &Request{Client: r.Client, Resources: r.Resources})
}

// serviceScopes returns the scopes of a program: those it asks for, or all that it may have.
// Others are left out, as the answer says.
func serviceScopes(r *Request) ([]string, error) {
	all := slices.DeleteFunc(slices.Clone(r.Client.Scopes), func(s string) bool { return slices.Contains(personal, s) })
	slices.Sort(all)
	if r.Scope == "" {
		return all, nil
	}
	asked, err := parseScope(r.Scope)
	if err != nil {
		return nil, err
	}
	scopes := intersect(asked, all)
	if len(scopes) == 0 && len(asked) > 0 {
		return nil, errNoScope
	}
	return scopes, nil
}

// serviceOf returns the client's own session, and whether the database was asked.
func (t *Tokens) serviceOf(ctx context.Context, c *clients.Client) (*service, bool, error) {
	now := t.Now()
	cached, found := t.services.cache.Get(c.ID)
	if found && now.Before(cached.until) && cached.user.ID == *c.ServiceAccountID {
		return cached, false, nil
	}
	session := t.newSession(ctx, c, *c.ServiceAccountID, auth.ServiceSession)
	session.Limit = &auth.Limit{Scopes: slices.Sorted(slices.Values(c.Scopes))}
	session.AMR = []string{}
	session, user, err := t.Codes.ServiceSession(ctx, session, t.Life)
	if errors.Is(err, auth.ErrNotFound) {
		return nil, true, errNoAccount
	}
	if err != nil {
		return nil, true, err
	}
	// What is read then is known as long as a token that says it would be.
	s := &service{session, user, now.Add(t.Issuer.TTL)}
	t.services.cache.Add(c.ID, s)
	return s, true, nil
}
