package tokens

import (
	"context"
	"errors"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/client"
	"gatehouse/auth/oauth/clients"
	"gatehouse/auth/policy"
	"gatehouse/auth/token"
)

// refreshLimit bounds how often a session gets an ID token, whose signature costs as much as
// forty access tokens.
var refreshLimit = policy.RateLimit{Coordinate: "oauth.refresh", Limit: 60, Per: time.Minute, By: []policy.RateKey{policy.ByUser}}

// refresh exchanges an application's refresh token for the next one (RFC 6749, 6), as a person's
// own session does.
func (t *Tokens) refresh(ctx context.Context, r *Request) (*Response, error) {
	switch {
	case r.Client == nil:
		return nil, errNoClient
	case r.RefreshToken == "":
		return nil, missingParameter("refresh_token")
	}
	parsed, err := t.Issuer.Secrets.ParseApplicationRefresh(r.RefreshToken)
	if err != nil {
		return nil, errRefresh
	}
	if err := t.limit(ctx, parsed.SessionID); err != nil {
		return nil, err
	}
	life := t.Life
	if life.Replay > 0 && t.Outage != nil {
		life.Replay += t.Outage()
	}
	if err := t.checkRefresh(ctx, parsed, r, life); err != nil {
		return nil, err
	}
	signing := t.Issuer.SigningKey()
	session, user, err := t.Store.RefreshSession(ctx, parsed, r.Client.ID, client.Of(ctx), life)
	switch {
	case errors.Is(err, auth.ErrRefreshReused):
		return nil, errRefreshReused
	case errors.Is(err, auth.ErrRefreshInvalid):
		return nil, errRefresh
	case err != nil:
		return nil, err
	}
	g := &grant{client: r.Client, session: session, user: user, scopes: consented(session, r.Client), signing: signing}
	response, err := t.respond(ctx, g, r)
	if err != nil {
		return nil, err
	}
	return t.withRefresh(g, response)
}

// consented returns the scopes of an application's session that the client still is registered
// for.
func consented(s *auth.Session, c *clients.Client) []string {
	if s.Limit == nil {
		return []string{}
	}
	return intersect(s.Limit.Scopes, c.Scopes)
}

// checkRefresh returns an error if the request asks for more than was granted, before the token is
// used up, so that the client can ask again.
func (t *Tokens) checkRefresh(ctx context.Context, parsed *token.Refresh, r *Request, life auth.Lifetimes) error {
	if r.Scope == "" && len(r.Resources) == 0 {
		return nil
	}
	session, err := t.Codes.RefreshedSession(ctx, parsed, r.Client.ID, life)
	if errors.Is(err, auth.ErrRefreshInvalid) {
		return nil // as the refresh itself will say
	}
	if err != nil {
		return err
	}
	g := &grant{client: r.Client, session: session, scopes: consented(session, r.Client)}
	scopes, err := g.narrow(r.Scope)
	if err != nil {
		return err
	}
	_, _, err = t.access(g, scopes, r.Resources)
	return err
}

// limit counts a refresh of the session. It returns an [*auth.LimitError] if there are too many.
func (t *Tokens) limit(ctx context.Context, sessionID string) error {
	if t.Limiter == nil {
		return nil
	}
	wait, err := t.Limiter.Allow(ctx, policy.Use{Limit: &refreshLimit, Key: "session " + sessionID})
	if err == nil && wait > 0 {
		err = &auth.LimitError{After: wait}
	}
	return err
}
