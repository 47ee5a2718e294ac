// Gatehouse is an identity service that is spoken to in GraphQL, and in which the schema is the access policy.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/token"
	"gatehouse/graph"
	"gatehouse/graph/document"
	"gatehouse/graph/persisted"
)

// How long the parts of a start and a stop may take.
const (
	startTimeout = 2 * time.Minute
	drainTimeout = 15 * time.Second
)

// serve runs the service until ctx ends, then lets the requests under way finish.
func serve(ctx context.Context, s *settings, log *slog.Logger, console *os.File) error {
	listener, err := listen(s)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	starting, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	d, err := open(starting, s, log, exclusive)
	if err != nil {
		return err
	}
	defer d.close()
	made, err := d.prepare(starting)
	if err != nil {
		return err
	}
	if made.admin != nil {
		debug.FreeOSMemory() // what hashing the first password took, which is not needed again soon
	}
	listening, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	server, err := d.server(listening, made)
	if err != nil {
		return err
	}
	if err := announce(s, made.admin, console, log); err != nil {
		return err
	}
	return run(ctx, server, listener, d)
}

// listen takes the address, before anything else is begun.
func listen(s *settings) (net.Listener, error) {
	listener, err := net.Listen("tcp", s.Addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("ADDR: %s is taken by another program; stop it, or choose another address, such as ADDR=127.0.0.1:8081", s.Addr)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("ADDR: this user may not listen on %s; choose a port from 1024 up", s.Addr)
	case err != nil:
		return nil, fmt.Errorf("ADDR: can't listen on %s: %w", s.Addr, err)
	}
	return listener, nil
}

// A prepared deployment has a database of the present version, keys, an administrator, and the documents that it runs.
type prepared struct {
	secrets   token.Secrets
	keys      *auth.Keyring
	admin     *firstAdmin // nil if there was one before
	documents persisted.Settings
}

// A firstAdmin is the account that a first start makes.
type firstAdmin struct {
	user     *auth.User
	password string // made by us; "" where the settings name it
}

// prepare migrates the database, opens or makes the keys, and makes the first administrator, while no other replica does.
func (d *deployment) prepare(ctx context.Context) (*prepared, error) {
	keys, err := d.keys()
	if err != nil {
		return nil, err
	}
	documents, err := d.settings.documents() // before anything is changed
	if err != nil {
		return nil, err
	}
	p := &prepared{secrets: keys.Secrets, documents: documents}
	return p, d.store.Exclusively(ctx, func(ctx context.Context) error {
		if err := d.store.MigrateUp(ctx); err != nil {
			return err
		}
		if p.keys, err = keys.Open(ctx); err != nil {
			return err
		}
		p.admin, err = d.firstAdmin(ctx)
		return err
	})
}

// firstAdmin makes the first administrator where there is none: the one of the settings, else, with a database of our own, admin@localhost.
func (d *deployment) firstAdmin(ctx context.Context) (*firstAdmin, error) {
	operator := d.operator()
	email, password, made := d.settings.AdminEmail, d.settings.AdminPassword, ""
	if email == "" {
		if !d.settings.embedded() {
			return nil, d.missAdmin(ctx)
		}
		made = operator.NewPassword()
		email, password = "admin@localhost", made
	}
	user, err := operator.FirstAdmin(ctx, email, password)
	if err != nil || user == nil {
		return nil, err
	}
	return &firstAdmin{user: user, password: made}, nil
}

// missAdmin warns that nobody can administer the service.
func (d *deployment) missAdmin(ctx context.Context) error {
	there, err := d.store.HasAdmin(ctx)
	if err == nil && !there {
		d.log.Warn("no account has the role admin; make one with: gatehouse user create EMAIL --role admin")
	}
	return err
}

// server puts the service together. Changes are heard of, and what is due is done, until ctx ends.
func (d *deployment) server(ctx context.Context, p *prepared) (*http.Server, error) {
	roles, err := d.store.Roles(ctx)
	if err != nil {
		return nil, err
	}
	compiled, err := compile(roles)
	if err != nil {
		return nil, err
	}
	live := auth.NewLive(compiled.Scopes(), d.settings.AccessTokenTTL, time.Now)
	changes, err := d.listen(ctx, live, p.keys)
	if err != nil {
		return nil, err
	}
	callers := &auth.Callers{Live: live, Hearing: changes.Hearing, Store: d.store}
	verified, err := auth.NewVerified(d.verifier(p.keys), p.keys.Epoch)
	if err != nil {
		return nil, err
	}
	observer, err := d.observe(ctx, changes)
	if err != nil {
		return nil, err
	}
	limiter, attempts, err := d.limit(ctx, compiled, p.secrets.Current)
	if err != nil {
		return nil, err
	}
	api, err := graph.NewHandler(graph.Parts{
		Resolver:      d.resolver(p, callers, attempts),
		Authenticator: &auth.Authenticator{Tokens: verified, Callers: callers},
		Policy:        compiled,
		Introspection: document.Introspection(d.settings.Introspection),
		Limits:        d.settings.limits(),
		Limiter:       limiter,
		Mode:          graph.Mode(d.settings.PolicyMode),
		Details:       graph.Details(d.settings.PolicyDetails),
		Observer:      observer,
		Cookies:       d.settings.cookies(),
		Documents:     p.documents,
		Origins:       d.settings.trusted(),
		Log:           d.log,
		Now:           time.Now,
	})
	if err != nil {
		return nil, err
	}
	if d.settings.PolicyMode == string(graph.ModeDryRun) {
		d.log.Warn("POLICY_MODE=dry-run: nothing is refused; everybody reaches everything")
	}
	if warning := d.settings.uselessExplorer(); warning != "" {
		d.log.Warn(warning)
	}
	d.ready = func(ctx context.Context) error { return d.listening(ctx, changes) }
	go d.upkeep(ctx, p.keys)
	return d.http(api, p.keys), nil
}

// resolver wires what the fields of the schema call.
func (d *deployment) resolver(p *prepared, callers *auth.Callers, attempts *auth.Attempts) *graph.Resolver {
	s := d.settings
	issuer := &auth.Issuer{
		Secrets: p.secrets, SigningKey: p.keys.Signing, Issuer: s.PublicURL, Audience: s.Audience, TTL: s.AccessTokenTTL,
		Callers: callers, Life: s.lifetimes(), Now: time.Now,
	}
	passwords := d.passwords()
	passwords.Attempts = attempts
	return &graph.Resolver{
		Accounts: &auth.Accounts{Store: d.store, Passwords: passwords, Live: callers.Live},
		Sessions: &auth.Sessions{
			Store: d.store, Passwords: passwords, Issuer: issuer, Live: callers.Live, Life: s.lifetimes(),
			Closed: s.Registration == "closed", Now: time.Now, Changed: d.forgetAdminPassword,
		},
	}
}

// verifier accepts the access tokens of this deployment.
func (d *deployment) verifier(keys *auth.Keyring) *token.Verifier {
	return &token.Verifier{
		Issuer: d.settings.PublicURL, Audience: d.settings.Audience, MaxLifetime: d.settings.AccessTokenTTL, Key: keys.Key, Now: time.Now,
	}
}

// run serves until ctx ends or the database of our own does, then stops taking requests and lets those under way finish.
func run(ctx context.Context, server *http.Server, listener net.Listener, d *deployment) error {
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(d.crowd.bound(listener)) }()
	var cause error
	select {
	case err := <-ended:
		return err
	case <-d.gone():
		cause = errors.New("the database ended by itself; its log is postgres.log in DATA_DIR; start the service again to recover it")
	case <-ctx.Done():
		d.log.Info("stopping: finishing the requests under way")
	}
	d.draining.Store(true)
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	if err := server.Shutdown(draining); err != nil {
		d.log.Warn("some requests did not finish", slog.String("error", err.Error()))
		_ = server.Close()
	}
	return cause
}

// announce says where the service is, and the password it made, once.
func announce(s *settings, admin *firstAdmin, console *os.File, log *slog.Logger) error {
	explorer := ""
	if s.Playground == "on" {
		explorer = "\nexplore  " + s.local() + "/playground"
	}
	if terminal(console) {
		fmt.Fprintf(console, "\nGatehouse is ready\nAPI      %s/graphql%s\n", s.local(), explorer)
	}
	log.Info("ready", slog.String("address", s.Addr), slog.String("public_url", s.PublicURL))
	if s.bareCookie() {
		log.Warn("PUBLIC_URL is http: the refresh cookie has neither the prefix __Host- nor Secure, so use this for development only")
	}
	if admin == nil {
		return nil
	}
	if admin.password == "" {
		log.Info("made the first administrator", slog.String("user", admin.user.ID))
		return nil
	}
	if terminal(console) {
		fmt.Fprintf(console, "\nfirst administrator, shown this once:\n  e-mail    %s\n  password  %s\n\n", admin.user.Email, admin.password)
		return nil
	}
	return keepAdminPassword(s, admin, log)
}

// local is the address by which this machine reaches the service.
func (s *settings) local() string {
	if host, port, err := net.SplitHostPort(s.Addr); err == nil && (host == "" || net.ParseIP(host).IsLoopback()) {
		return "http://localhost:" + port
	}
	return "http://" + s.Addr
}

// trusted are the origins of other sites that may send requests, and our own, whose name a proxy may have changed on the way.
func (s *settings) trusted() []string {
	origins := slices.Clone(s.CORSOrigins)
	if own, err := url.Parse(s.PublicURL); err == nil {
		origins = append(origins, own.Scheme+"://"+own.Host)
	}
	return origins
}
