package server

import (
	"context"
	"net/http"
	"slices"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/authn"
	"gatehouse/auth/oauth"
	"gatehouse/auth/oauth/authorization"
	oauthtokens "gatehouse/auth/oauth/tokens"
	"gatehouse/auth/policy"
	"gatehouse/graph"
	"gatehouse/graph/uses"
	protocol "gatehouse/oauth"
	oauthpages "gatehouse/oauth/pages"
	"gatehouse/store/counts"
)

// oauthDoors are where applications and browsers come in with OAuth.
type oauthDoors struct {
	clients  *protocol.Handler
	pages    *oauthpages.Handler
	metadata string // URL of the metadata of our own API
}

// register adds the paths of OAuth to mux.
func (o *oauthDoors) register(mux *http.ServeMux, caching string) {
	o.clients.Register(mux, caching)
	o.pages.Register(mux)
}

// apiMetadata returns the URL of the metadata of our own API; "" if OAuth is off.
func (o *oauthDoors) apiMetadata() string {
	if o == nil {
		return ""
	}
	return o.metadata
}

// wireOAuth puts together what OAUTH=on adds to the API. It returns nil if OAuth is off.
func (srv *Server) wireOAuth(
	resolver *graph.Resolver, authenticator *authn.Authenticator, named *policy.Policy, counted *counts.Counts,
) (*oauthDoors, error) {
	d := srv.deployment
	s := d.Settings
	if !s.OAuth.On {
		return nil, nil //nolint:nilnil // there is nothing, as the settings ask
	}
	login, sessions := uses.Login(named), resolver.Sessions
	var answered func(endpoint, grant string, status int)
	var shown func(endpoint string, status int)
	if m := srv.metrics; m != nil {
		answered, shown = m.OAuth, func(endpoint string, status int) { m.OAuth(endpoint, "", status) }
	}
	parts := oauthtokens.Parts{
		Clients: srv.clients, Store: d.Store, Codes: d.Store.OAuth, Issuer: sessions.Issuer, Uses: login,
		IDKey: srv.keyring.SigningOf, Key: srv.keyring.Key, Life: s.ApplicationLifetimes(), Now: d.clock.Now,
		Outage: func() time.Duration { return d.outages.extra(d.clock.Elapsed(), s.OAuth.Replay) },
	}
	if s.OAuth.PasswordGrant {
		parts.Sessions = sessions
	}
	if counted != nil { // not of a nil pointer
		parts.Limiter = counted
	}
	issuing, err := oauthtokens.New(parts)
	if err != nil {
		return nil, err
	}
	signIn := &authorization.Service{
		Store: d.Store.OAuth, Sessions: sessions, Factors: resolver.Factors, Clients: srv.clients, Hints: hints{issuing},
		Secrets: d.Secrets, Granted: func(roles []string) []string { return sessions.Revocations.Grant(roles, nil) },
		Scopes: named.ScopeList(), Issuer: s.Issuer(), Audience: s.Audience, Life: s.Lifetimes(), Now: d.clock.Now,
	}
	if counted != nil { // not of a nil pointer
		signIn.Limiter = counted
	}
	browsers, err := oauthpages.New(oauthpages.Parts{
		Service: signIn, Uses: login, PublicURL: s.PublicURL, Links: srv.accountLinks(), SignInLife: s.Lifetimes().Of(auth.SignInSession).Absolute,
		Limit: srv.inFlight.Limit, Answered: shown, Log: d.Log, Now: d.now,
	})
	if err != nil {
		return nil, err
	}
	metadata := srv.oauthMetadata(named)
	return &oauthDoors{pages: browsers, metadata: metadata.ResourceURL(), clients: protocol.New(protocol.Parts{
		Metadata: metadata,
		Clients: &oauthtokens.ClientAuthenticator{
			Clients: srv.clients, Assertions: d.Store.OAuth, Issuer: s.Issuer(), TokenEndpoint: s.Issuer() + protocol.TokenPath, Now: d.clock.Now,
		},
		Tokens: issuing, Pushed: signIn, Callers: authenticator, Users: d.Store,
		Limit: srv.inFlight.Limit, Answered: answered, Log: d.Log, Now: d.now,
	})}, nil
}

// oauthMetadata is what clients configure themselves by.
func (srv *Server) oauthMetadata(named *policy.Policy) protocol.Metadata {
	s := srv.deployment.Settings
	scopes := []string{oauth.OpenID, oauth.Profile, oauth.Email, oauth.Roles, oauth.OfflineAccess}
	for _, scope := range named.ScopeList() {
		if !slices.Contains(scopes, scope.Name) {
			scopes = append(scopes, scope.Name)
		}
	}
	return protocol.Metadata{
		Issuer: s.Issuer(), Path: s.PublicURL.Path, JWKS: jwksPath, Audience: s.Audience, Scopes: scopes,
		PasswordGrant: s.OAuth.PasswordGrant, UILocales: oauthpages.Languages(),
	}
}

// hints read ID tokens that come back.
type hints struct{ tokens *oauthtokens.Tokens }

// Hint implements [authorization.HintReader].
func (h hints) Hint(ctx context.Context, text string) (*authorization.Hint, error) {
	hint, err := h.tokens.Hint(ctx, text)
	return (*authorization.Hint)(hint), err
}
