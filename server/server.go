// Package server wires one replica of the service: it opens a deployment, puts
// auth, store, graph and edge together, and serves until it is told to stop.
package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"

	"gatehouse/auth"
	"gatehouse/auth/keys"
	"gatehouse/auth/password"
	"gatehouse/auth/policy"
	"gatehouse/edge"
	"gatehouse/graph"
	"gatehouse/graph/document"
	"gatehouse/graph/persisted"
	"gatehouse/observe"
	"gatehouse/settings"
	"gatehouse/store"
	"gatehouse/store/embedded"
)

// How long a start may take, and the requests under way at a stop.
const (
	startTimeout = 2 * time.Minute
	drainTimeout = 15 * time.Second
)

// A Server is one replica of the service.
type Server struct {
	deployment  *Deployment
	keyring     *keys.Keyring
	admin       *firstAdmin     // that this start created; nil for none
	changes     *store.Listener // what other replicas changed
	traces      *observe.Traces // nil: none are sent
	inFlight    *edge.InFlight
	connections *edge.ConnLimiter
	http        *http.Server

	draining atomic.Bool
	stop     context.CancelFunc // ends what runs in the background
}

// New starts a replica, which does not listen yet: it opens and migrates the
// database, makes the signing keys and the first administrator where they are
// missing, and puts the service together. ctx bounds the start, not the life.
func New(ctx context.Context, s *settings.Settings, log *slog.Logger, now func() time.Time) (*Server, error) {
	starting, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	r := &Server{
		deployment:  &Deployment{Settings: s, Log: log, now: now},
		inFlight:    edge.NewInFlight(s.MaxRequests, s.Limits.Body, log, now),
		connections: edge.NewConnLimiter(s.MaxConnections, log, now),
		stop:        stop,
	}
	if err := r.start(starting, background); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// start does the work of New. What runs in the background ends with background.
func (r *Server) start(ctx, background context.Context) (err error) {
	d := r.deployment
	if d.Settings.Traces != nil {
		if r.traces, err = observe.NewTraces(ctx, d.Settings.Traces, d.Log); err != nil {
			return err
		}
		d.Log = observe.TracedLog(d.Log)
	}
	warn(d.Settings, d.Log)
	named, err := graph.Policy(nil) // whatever roles there are: it tells the scopes, and checks documents
	if err != nil {
		return err
	}
	documents, err := d.Settings.Documents(named)
	if err != nil {
		return err
	}
	live := auth.NewLive(named.Scopes(), d.Settings.AccessTokenTTL, d.now)
	if err := d.open(ctx, embedded.Serve, storeOptions{changed: live.Apply, tracer: r.tracer()}); err != nil {
		return err
	}
	hasher, err := d.hasher()
	if err != nil {
		return err
	}
	if r.traces != nil {
		hasher.Began = r.traces.Hashing
	}
	if err := r.prepare(ctx, d.passwords(hasher)); err != nil {
		return err
	}
	api, err := r.wire(ctx, background, live, hasher, documents)
	if err != nil {
		return err
	}
	r.http = edge.NewServer(r.routes(api), d.Log)
	go d.keepUp(background, r.keyring)
	return nil
}

// warn logs what is unsafe or of no use in the settings.
func warn(s *settings.Settings, log *slog.Logger) {
	if s.BareCookie() {
		log.Warn("PUBLIC_URL is http: the refresh cookie has neither the prefix __Host- nor Secure, " +
			"so use this for development only")
	}
	if s.PolicyMode == graph.ModeDryRun {
		log.Warn("POLICY_MODE=dry-run: nothing is refused; every caller reaches everything")
	}
	if warning := s.UselessExplorer(); warning != "" {
		log.Warn(warning)
	}
}

// tracer is for the statements of the store; nil: they are not traced.
func (r *Server) tracer() trace.TracerProvider {
	if r.traces == nil {
		return nil
	}
	return r.traces.Provider()
}

// prepare migrates the database, opens or makes the signing keys, and creates
// the first administrator. No other replica does so at the same time.
func (r *Server) prepare(ctx context.Context, passwords *auth.Passwords) error {
	d := r.deployment
	err := d.Store.Exclusively(ctx, func(ctx context.Context) (err error) {
		if err := d.Store.MigrateUp(ctx); err != nil {
			return err
		}
		if r.keyring, err = d.Keys().Open(ctx); err != nil {
			return err
		}
		r.admin, err = d.firstAdmin(ctx, d.operator(passwords))
		return err
	})
	if r.admin != nil {
		debug.FreeOSMemory() // what hashing the first password took, which is not needed again soon
	}
	return err
}

// wire puts the API together.
func (r *Server) wire(
	ctx, background context.Context, live *auth.Live, hasher *password.Hasher, documents persisted.Settings,
) (*graph.Handler, error) {
	d := r.deployment
	compiled, err := r.policy(ctx)
	if err != nil {
		return nil, err
	}
	if r.changes, err = d.listen(background, live, r.keyring); err != nil {
		return nil, err
	}
	limits, err := d.limits(ctx, background, compiled)
	if err != nil {
		return nil, err
	}
	observer, err := r.observe(background, hasher, limits)
	if err != nil {
		return nil, err
	}
	verified, err := auth.NewVerified(d.Verifier(r.keyring.Key), r.keyring.Epoch)
	if err != nil {
		return nil, err
	}
	callers := &auth.Callers{Live: live, Hearing: r.changes.Hearing, Store: d.Store}
	passwords := d.passwords(hasher)
	passwords.Attempts = limits.attempts
	return graph.NewHandler(graph.Parts{
		Resolver:      r.resolver(callers, passwords),
		Authenticator: &auth.Authenticator{Tokens: verified, Callers: callers},
		Policy:        compiled,
		Introspection: d.Settings.Introspection,
		Limits:        document.Limits(d.Settings.Limits),
		Limiter:       limits.fields,
		Mode:          d.Settings.PolicyMode,
		Details:       d.Settings.PolicyDetails,
		Observer:      observer,
		Cookies:       d.Settings.Cookies(),
		Documents:     documents,
		Origins:       d.Settings.Origins(),
		Log:           d.Log,
		Now:           d.now,
	})
}

// policy compiles the policy for the roles that exist.
func (r *Server) policy(ctx context.Context) (*policy.Policy, error) {
	roles, err := r.deployment.Store.Roles(ctx)
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
func (r *Server) resolver(callers *auth.Callers, passwords *auth.Passwords) *graph.Resolver {
	d := r.deployment
	s := d.Settings
	issuer := &auth.Issuer{
		Secrets: d.Secrets, SigningKey: r.keyring.Signing, Issuer: s.Issuer(), Audience: s.Audience,
		TTL: s.AccessTokenTTL, Callers: callers, Life: s.Lifetimes(), Now: d.now,
	}
	return &graph.Resolver{
		Accounts: &auth.Accounts{Store: d.Store, Passwords: passwords, Live: callers.Live},
		Sessions: &auth.Sessions{
			Store: d.Store, Passwords: passwords, Issuer: issuer, Live: callers.Live, Life: s.Lifetimes(),
			Closed: bool(!s.RegistrationOpen), Now: d.now, Changed: d.ForgetAdminPassword,
		},
	}
}

// Deployment returns what the server works on.
func (r *Server) Deployment() *Deployment { return r.deployment }

// Keyring returns the signing keys.
func (r *Server) Keyring() *keys.Keyring { return r.keyring }

// Handler returns all that the server answers.
func (r *Server) Handler() http.Handler { return r.http.Handler }

// Run serves until ctx ends, or a database of our own does. Then it takes no
// more requests, and lets those under way finish.
func (r *Server) Run(ctx context.Context, listener net.Listener) error {
	ended := make(chan error, 1)
	go func() { ended <- r.http.Serve(r.connections.Listener(listener)) }()
	log := r.deployment.Log
	var cause error
	select {
	case err := <-ended:
		return err
	case <-r.deployment.gone():
		cause = errors.New("the database ended by itself; its log is postgres.log in DATA_DIR; " +
			"start the service again to recover it")
	case <-ctx.Done():
		log.Info("stopping: finishing the requests under way")
	}
	r.draining.Store(true)
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	if err := r.http.Shutdown(draining); err != nil {
		log.Warn("some requests did not finish", slog.String("error", err.Error()))
		_ = r.http.Close()
	}
	return cause
}

// Close ends what runs in the background, sends the last traces, and closes the
// database.
func (r *Server) Close() {
	r.stop()
	if r.traces != nil {
		r.traces.Close()
	}
	r.deployment.Close()
}
