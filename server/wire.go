package server

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/authn"
	"gatehouse/auth/bymail"
	"gatehouse/auth/oauth/clients"
	"gatehouse/auth/passkey"
	"gatehouse/auth/password"
	"gatehouse/auth/policy"
	"gatehouse/auth/reauth"
	"gatehouse/auth/services"
	"gatehouse/auth/token"
	"gatehouse/graph"
	"gatehouse/graph/document"
	"gatehouse/graph/persisted"
	"gatehouse/graph/transport"
	"gatehouse/settings"
)

// wire puts the API together.
func (srv *Server) wire(
	ctx, background context.Context, revocations *auth.RevocationCache, hasher *password.Hasher, documents persisted.Settings,
) (*graph.Handler, error) {
	d := srv.deployment
	compiled, err := srv.policy(ctx)
	if err != nil {
		return nil, err
	}
	srv.clients = clients.NewRegistry(d.Store)
	if srv.changes, err = d.listen(background, revocations, srv.keyring, srv.clients); err != nil {
		return nil, err
	}
	counted, err := d.counts(ctx, background)
	if err != nil {
		return nil, err
	}
	observer, err := srv.observe(background, hasher, counted)
	if err != nil {
		return nil, err
	}
	verified, err := token.NewCachedVerifier(d.Verifier(srv.keyring.Key), srv.keyring.Epoch)
	if err != nil {
		return nil, err
	}
	callers := &auth.Callers{Revocations: revocations, InSync: srv.inSync, Store: d.Store, Rule: d.Settings.SecondFactor}
	if srv.apiKeys, err = d.APIKeyAuthenticator(callers); err != nil {
		return nil, err
	}
	passwords := d.passwords(hasher)
	var limiter graph.Limiter // not of a nil pointer
	if counted != nil {
		passwords.Attempts, limiter = counted, counted
	}
	resolver, err := srv.resolver(callers, passwords, compiled)
	if err != nil {
		return nil, err
	}
	authenticator := &authn.Authenticator{Tokens: verified, Keys: srv.apiKeys, Callers: callers}
	if srv.oauth, err = srv.wireOAuth(resolver, authenticator, compiled, counted); err != nil {
		return nil, err
	}
	return graph.NewHandler(graph.Parts{
		Resolver:      resolver,
		Authenticator: authenticator,
		Metadata:      srv.oauth.apiMetadata(),
		Policy:        compiled,
		Introspection: d.Settings.Introspection,
		Limits:        document.Limits(d.Settings.Limits),
		Limiter:       limiter,
		Mode:          d.Settings.PolicyMode,
		Executor:      d.Settings.Executor,
		Details:       d.Settings.PolicyDetails,
		Observer:      observer,
		Cookies:       d.Settings.Cookies(),
		Keys:          transport.KeySources(d.Settings.KeySources),
		Documents:     documents,
		Clients:       srv.clients,
		Origins:       d.Settings.Origins(),
		Log:           d.Log,
		Now:           d.now,
		TokenTime:     d.clock.Now,
	})
}

// policy compiles the policy for the roles that exist.
func (srv *Server) policy(ctx context.Context) (*policy.Policy, error) {
	roles, err := srv.deployment.Store.Roles(ctx)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(roles))
	for i, role := range roles {
		names[i] = role.Name
	}
	return graph.Policy(names)
}

// resolver wires what the fields of the schema call.
func (srv *Server) resolver(callers *auth.Callers, passwords *auth.Passwords, compiled *policy.Policy) (*graph.Resolver, error) {
	d := srv.deployment
	s := d.Settings
	issuer := &auth.Issuer{
		Secrets: d.Secrets, SigningKey: srv.keyring.Signing, Issuer: s.Issuer(), Audience: s.Audience,
		TTL: s.AccessTokenTTL, Callers: callers, Life: s.Lifetimes(), Now: d.clock.Now, TooLarge: srv.logTooLarge(),
	}
	accounts := &auth.Accounts{Store: d.Store, Passwords: passwords, Revocations: callers.Revocations}
	services := &services.Accounts{Store: d.Store, Accounts: accounts, Now: d.clock.Now}
	r := &graph.Resolver{
		Accounts:  accounts,
		Services:  services,
		Keys:      d.apiKeys(accounts),
		Clients:   &clients.Clients{Store: d.Store, Registry: srv.clients, Accounts: accounts, Services: services, Now: d.clock.Now},
		Resources: d.resources(srv.clients, accounts),
		Grants:    &clients.Grants{Store: d.Store},
		Sessions: &auth.Sessions{
			Store: d.Store, Passwords: passwords, Issuer: issuer, Revocations: callers.Revocations, Life: s.Lifetimes(),
			Outage: func() time.Duration { return d.outages.extra(d.clock.Elapsed(), s.ReplayWindow) },
			Closed: s.Registration != bymail.RegistrationOpen, PasswordOff: !s.LoginMethods.Password, Now: d.clock.Now,
			PasswordChanged: d.ForgetAdminPassword,
		},
	}
	r.ByMail = d.desk(accounts, r.Sessions)
	var err error
	if r.Clients.Documents, err = persisted.NewClientDocuments(compiled); err != nil {
		return nil, err
	}
	if r.Passkeys, err = passkey.New(s.Passkeys(), d.proofs(), d.Store, r.Sessions); err != nil {
		return nil, err
	}
	r.Factors = d.factors(accounts, r.Sessions)
	r.Factors.Passkeys, r.Passkeys.Spare = r.Passkeys, r.Factors.Spare
	r.Sessions.SecondFactors = r.Factors
	r.Reauth = &reauth.Reauthentication{
		Store: d.Store, Sessions: r.Sessions, Proofs: r.ByMail.Proofs, Factors: r.Factors, ByMail: r.ByMail.Rules.Login,
	}
	if s.EmailVerification != settings.VerificationOff {
		r.Sessions.VerifiedOnly = s.EmailVerification == settings.VerificationRequired
		r.Sessions.Unproved = srv.askToVerify(r.ByMail)
	}
	return r, nil
}

// askToVerify returns a function that sends an account the link which shows that its
// address is its owner's. If that fails, the person can ask for it.
func (srv *Server) askToVerify(desk *bymail.Desk) func(ctx context.Context, u *auth.User, sessionID string) {
	return func(ctx context.Context, u *auth.User, sessionID string) {
		if err := desk.Verify(ctx, u, sessionID, nil); err != nil {
			srv.deployment.Log.WarnContext(ctx, "a mail to verify an address is not queued", slog.String("user", u.ID), slog.String("error", err.Error()))
		}
	}
}

// logTooLarge returns a function that logs once that an access token has fewer claims
// than its account's roles and scopes.
func (srv *Server) logTooLarge() func(userID string) {
	var once sync.Once
	return func(userID string) {
		once.Do(func() {
			srv.deployment.Log.Warn("access tokens of an account are too large, so they have no scopes, and services that read the "+
				"claim scope refuse it; let its roles grant fewer scopes", slog.String("user", userID))
		})
	}
}
