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
	"gatehouse/auth/apikey"
	"gatehouse/auth/keys"
	"gatehouse/auth/oauth/clients"
	"gatehouse/auth/password"
	"gatehouse/edge"
	"gatehouse/graph"
	"gatehouse/graph/document"
	"gatehouse/mail"
	"gatehouse/observe"
	"gatehouse/server/passkeys"
	"gatehouse/settings"
	"gatehouse/store"
	"gatehouse/store/embedded"
	"gatehouse/store/listen"
	"gatehouse/web"
)

// How long a start may take besides DATABASE_WAIT, and the requests under way at a stop.
const (
	startTimeout = 2 * time.Minute
	drainTimeout = 15 * time.Second
)

// A Server is one replica of the service.
type Server struct {
	deployment  *Deployment
	keyring     *keys.Keyring
	apiKeys     *apikey.Authenticator
	clients     *clients.Registry
	oauth       *oauthDoors      // nil: OAuth is off
	admin       *firstAdmin      // that this start created; nil for none
	changes     *listen.Listener // what other replicas changed
	metrics     *observe.Metrics // nil: none are served
	traces      *observe.Traces  // nil: none are sent
	outbox      *mail.Outbox     // nil: no mails are sent
	inFlight    *edge.InFlight
	connections *edge.ConnLimiter
	http        *http.Server

	process  process
	draining atomic.Bool
	stop     context.CancelFunc // ends what runs in the background
}

// A process is what a replica knows of itself that the settings don't say.
type process struct {
	logLost func() int64  // lines of the log that were lost; nil: none can be
	delay   time.Duration // between not being ready any more and the end of the listener
	// lostPasskeys says that passkeys of another domain may be lost.
	lostPasskeys bool
}

// New starts a replica, which does not listen yet: it opens and migrates the
// database, makes the signing keys and the first administrator where they are
// missing, and puts the service together. ctx bounds the start, not the life.
func New(ctx context.Context, s *settings.Settings, log *slog.Logger, now func() time.Time) (*Server, error) {
	return open(ctx, s, log, now, process{delay: s.ShutdownDelay})
}

func open(ctx context.Context, s *settings.Settings, log *slog.Logger, now func() time.Time, p process) (*Server, error) {
	starting, cancel := context.WithTimeout(ctx, startTimeout+s.DatabaseWait)
	defer cancel()
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	if s.Traces != nil {
		log = observe.TracedLog(log)
	}
	srv := &Server{
		deployment:  newDeployment(s, log, now),
		inFlight:    edge.NewInFlight(s.MaxRequests, s.Limits.Body, log, now),
		connections: edge.NewConnLimiter(s.MaxConnections, log, now),
		stop:        stop,
		process:     p,
	}
	if err := srv.start(starting, background); err != nil {
		srv.Close()
		return nil, err
	}
	return srv, nil
}

// start does the work of New. What runs in the background ends with background.
func (srv *Server) start(ctx, background context.Context) (err error) {
	d := srv.deployment
	if d.Settings.Traces != nil {
		if srv.traces, err = observe.NewTraces(ctx, d.Settings.Traces, d.Log); err != nil {
			return err
		}
	}
	warn(d.Settings, d.Log)
	named, err := graph.Policy(nil) // for the scopes and the documents, whichever roles exist
	if err != nil {
		return err
	}
	documents, err := d.Settings.Documents(named)
	if err != nil {
		return err
	}
	if documents.Manifest != nil && d.Settings.ServesAccounts() {
		documents.Manifest.Trust(web.AccountDocuments(), document.Limits(d.Settings.Limits))
	}
	revocations := auth.NewRevocationCache(named.Scopes(), named.OwnScopes(), d.Settings.AccessTokenTTL, d.clock)
	if err := d.open(ctx, embedded.Serve, store.Options{Changed: revocations.Apply, Tracer: srv.tracer()}, d.Settings.DatabaseWait); err != nil {
		return err
	}
	var traced []password.Option
	if srv.traces != nil {
		traced = append(traced, password.OnHash(srv.traces.Hashing))
	}
	hasher, err := d.hasher(traced...)
	if err != nil {
		return err
	}
	if err := srv.prepare(ctx, d.passwords(hasher)); err != nil {
		return err
	}
	if srv.outbox, err = d.Outbox(); err != nil {
		return err
	}
	api, err := srv.wire(ctx, background, revocations, hasher, documents)
	if err != nil {
		return err
	}
	srv.http = edge.NewServer(srv.routes(api), d.Log)
	go d.keepUp(background, srv.keyring)
	go d.watchWrites(background)
	go srv.noteUses(background)
	if srv.outbox != nil {
		go srv.outbox.Run(background)
	}
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
	for _, warning := range s.Warnings() {
		log.Warn(warning)
	}
}

// tracer is for the statements of the store; nil: they are not traced.
func (srv *Server) tracer() trace.TracerProvider {
	if srv.traces == nil {
		return nil
	}
	return srv.traces.Provider()
}

// prepare migrates the database, opens or makes the signing keys, and creates
// the first administrator. No other replica does so at the same time.
func (srv *Server) prepare(ctx context.Context, passwords *auth.Passwords) error {
	d := srv.deployment
	err := d.Store.Exclusively(ctx, func(ctx context.Context) (err error) {
		if err := d.Store.MigrateUp(ctx); err != nil {
			return err
		}
		if err := passkeys.Check(ctx, d.Store, d.Settings, srv.process.lostPasskeys, d.Log); err != nil {
			return err
		}
		if srv.keyring, err = d.Keys().Open(ctx); err != nil {
			return err
		}
		d.lookBack(srv.keyring)
		srv.admin, err = d.firstAdmin(ctx, d.operator(passwords))
		return err
	})
	if srv.admin != nil {
		debug.FreeOSMemory() // what hashing the first password took, which is not needed again soon
	}
	return err
}

// Deployment returns what the server works on.
func (srv *Server) Deployment() *Deployment { return srv.deployment }

// Keyring returns the signing keys.
func (srv *Server) Keyring() *keys.Keyring { return srv.keyring }

// Outbox sends mails; nil if the service sends none.
func (srv *Server) Outbox() *mail.Outbox { return srv.outbox }

// Handler returns all that the server answers.
func (srv *Server) Handler() http.Handler { return srv.http.Handler }

// Run serves until ctx ends, or a database of our own does. Then it is not ready
// any more, but still serves for SHUTDOWN_DELAY, until load balancers know. After
// that it takes no more requests, and lets those under way finish.
func (srv *Server) Run(ctx context.Context, listener net.Listener) error {
	ended := make(chan error, 1)
	go func() { ended <- srv.http.Serve(srv.connections.Listener(listener)) }()
	log := srv.deployment.Log
	cause := srv.await(ctx.Done(), ended)
	srv.draining.Store(true)
	if cause == nil && srv.process.delay > 0 {
		log.Info("stopping: not ready any more, and still serving", slog.Duration("for", srv.process.delay))
		delayed, cancel := context.WithTimeout(context.WithoutCancel(ctx), srv.process.delay)
		cause = srv.await(delayed.Done(), ended)
		cancel()
	}
	if cause == nil {
		log.Info("stopping: finishing the requests under way")
	}
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	if err := srv.http.Shutdown(draining); err != nil {
		log.Warn("some requests did not finish", slog.String("error", err.Error()))
		_ = srv.http.Close()
	}
	return cause
}

// await waits until until is ready. It returns an error if the listener or a
// database of our own ends before.
func (srv *Server) await(until <-chan struct{}, ended <-chan error) error {
	select {
	case err := <-ended:
		return err
	case <-srv.deployment.gone():
		return errors.New("the database ended by itself; its log is postgres.log in DATA_DIR; " +
			"start the service again to recover it")
	case <-until:
		return nil
	}
}

// Close ends what runs in the background, sends the last traces, and closes the
// database.
func (srv *Server) Close() {
	srv.stop()
	srv.flushUses()
	if srv.traces != nil {
		srv.traces.Close()
	}
	srv.deployment.Close()
}
