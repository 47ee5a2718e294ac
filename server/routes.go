package server

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"gatehouse/edge"
	"gatehouse/graph"
	"gatehouse/graph/document"
	"gatehouse/graph/transport"
	"gatehouse/mail"
	"gatehouse/mail/inbox"
	"gatehouse/server/crossorigin"
	"gatehouse/server/passkeys"
	"gatehouse/settings"
	"gatehouse/web"
)

// readyTimeout is how long the database may take to answer a readiness check.
const readyTimeout = 2 * time.Second

// inboxPath shows the mails that are kept and not sent.
const inboxPath = "/account/mails"

// readyText is the answer of a replica that is ready.
const readyText = "ready"

// routes says who answers which path.
func (srv *Server) routes(api *graph.Handler) http.Handler {
	s, log := srv.deployment.Settings, srv.deployment.Log
	mux := http.NewServeMux()
	limited := srv.inFlight.Limit(orExplorer(s, api), http.HandlerFunc(transport.Busy))
	mux.Handle("/graphql", crossorigin.New(s, log, srv.deployment.now, limited))
	srv.wellKnown(mux)
	if srv.oauth != nil {
		srv.oauth.register(mux, srv.keyCaching())
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { edge.Text(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", srv.readyz)
	switch s.Introspection {
	case document.IntrospectionFull:
		sdl := []byte(graph.SDL())
		mux.Handle("GET /schema.graphqls", edge.Document("text/plain; charset=utf-8", "no-cache",
			func() ([]byte, error) { return sdl, nil }))
	case document.IntrospectionFiltered:
		mux.HandleFunc("GET /schema.graphqls", api.ServeSDL)
	}
	if s.Playground {
		explorer := web.Explorer(s.PublicURL.EscapedPath())
		mux.Handle("/playground", explorer)
		mux.Handle("/playground/", explorer)
		mux.HandleFunc("GET /{$}", home(s))
	}
	srv.account(mux)
	passkeys.Handle(mux, s)
	if s.KeepsMails() {
		kept := inbox.Handler(mail.Folder(s.MailFolder()), s.PublicURL.EscapedPath()+inboxPath)
		mux.Handle(inboxPath, kept)
		mux.Handle(inboxPath+"/{id}", kept)
	}
	handler := identify(srv.parting(edge.Harden(mux, s.HTTPS(), log)))
	if srv.traces == nil {
		handler = s.TrustedProxies.Forwarded(handler)
	} else {
		handler = srv.traces.Requests(s.TrustedProxies, handler)
	}
	return below(s.PublicURL.Path, mux, handler)
}

// parting asks clients to close their connection once the replica is stopping, so
// that their next request goes to another one.
func (srv *Server) parting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if srv.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// below makes handler, in which mux serves, also serve everything below the path
// of PUBLIC_URL: a proxy may remove that path from a request, or leave it. What
// mux knows comes first.
func below(base string, mux *http.ServeMux, handler http.Handler) http.Handler {
	if base == "" {
		return handler
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rest, found := strings.CutPrefix(r.URL.Path, base)
		if found && (rest == "" || rest[0] == '/') {
			if _, pattern := mux.Handler(r); pattern == "" {
				stripped := *r.URL
				stripped.Path, stripped.RawPath = cmp.Or(rest, "/"), ""
				r = r.WithContext(r.Context()) // a copy
				r.URL = &stripped
			}
		}
		handler.ServeHTTP(w, r)
	})
}

// home redirects a browser to the explorer.
func home(s *settings.Settings) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !wantsPage(r) {
			http.NotFound(w, r)
			return
		}
		explore(w, r, s)
	}
}

// orExplorer redirects a browser that opens the API's own URL to the explorer,
// if there is one.
func orExplorer(s *settings.Settings, api http.Handler) http.Handler {
	if !s.Playground {
		return api
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && wantsPage(r) && !r.URL.Query().Has("query") {
			explore(w, r, s)
			return
		}
		api.ServeHTTP(w, r)
	})
}

// wantsPage reports whether a browser asks for a page.
func wantsPage(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }

func explore(w http.ResponseWriter, r *http.Request, s *settings.Settings) {
	w.Header().Set("Cache-Control", "no-store") // the answer depends on the header Accept
	http.Redirect(w, r, s.PublicURL.EscapedPath()+"/playground", http.StatusFound)
}

// readyz says whether the replica should get requests, and if not, why.
func (srv *Server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	switch err := srv.ready(ctx); {
	case srv.draining.Load():
		w.Header().Set("Connection", "close") // it may not have been so yet in parting
		edge.Text(w, http.StatusServiceUnavailable, "draining")
	case err != nil:
		srv.deployment.Log.Warn("not ready", slog.String("error", err.Error()))
		reason := "the database does not answer"
		if known := new(notReadyError); errors.As(err, &known) {
			reason = known.Error()
		}
		edge.Text(w, http.StatusServiceUnavailable, "not ready: "+reason)
	default:
		edge.Text(w, http.StatusOK, readyText)
	}
}

// A notReadyError is why a replica is not ready, in words for everyone.
type notReadyError struct{ reason string }

func (e *notReadyError) Error() string { return e.reason }

// ready returns why the replica should get no requests, nil if it should.
func (srv *Server) ready(ctx context.Context) error {
	if !srv.changes.InSync() {
		return &notReadyError{"not listening for revocations"}
	}
	if err := srv.deployment.tooSkewed(); err != nil {
		return err
	}
	if reason := srv.deployment.unwritable.Load(); reason != nil {
		return reason
	}
	return srv.deployment.Store.Ping(ctx)
}

// identify gives each request an id, by which its answer and its lines in the
// log are found for each other. It need not be secret, only unique.
func identify(next http.Handler) http.Handler {
	var count atomic.Uint64
	replica := rand.Text()[:8]
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := replica + "-" + strconv.FormatUint(count.Add(1), 36)
		w.Header()[edge.RequestID] = []string{id}
		next.ServeHTTP(w, r.WithContext(graph.WithRequestID(r.Context(), id)))
	})
}
