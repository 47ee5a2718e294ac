package server

import (
	"net/http"

	"gatehouse/auth"
	"gatehouse/auth/oauth/authorization"
	"gatehouse/auth/policy"
	"gatehouse/graph/uses"
	signin "gatehouse/oauth/pages"
)

// authorization answers the requests of applications to act for people. compiled names the
// scopes, and hints reads ID tokens.
func (srv *Server) authorization(
	callers *auth.Callers, passwords *auth.Passwords, compiled *policy.Policy, hints authorization.HintReader,
) *authorization.Service {
	d := srv.deployment
	return &authorization.Service{
		Store: d.Store.OAuth, Sessions: d.Store, Passwords: passwords, Clients: srv.clients, Hints: hints, Secrets: d.Secrets,
		Granted: func(roles []string) []string { return callers.Revocations.Grant(roles, nil) },
		Scopes:  compiled.ScopeList(), Issuer: d.Settings.Issuer(), Audience: d.Settings.Audience, Life: d.Settings.Lifetimes(), Now: d.clock.Now,
	}
}

// pages show them to people.
func (srv *Server) pages(
	service *authorization.Service, compiled *policy.Policy, limit func(next, full http.Handler) http.Handler,
) (*signin.Handler, error) {
	d := srv.deployment
	return signin.New(signin.Parts{
		Service: service, Uses: uses.Login(compiled), PublicURL: d.Settings.PublicURL,
		SignInLife: d.Settings.Lifetimes().Of(auth.SignInSession).Absolute, Limit: limit, Log: d.Log, Now: d.now,
	})
}
