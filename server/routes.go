package server

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rs/cors"

	"gatehouse/edge"
	"gatehouse/graph"
	"gatehouse/graph/document"
	"gatehouse/graph/transport"
	"gatehouse/settings"
	"gatehouse/web"
)

// readyTimeout is how long the database may take to answer a readiness check.
const readyTimeout = 2 * time.Second

// routes says who answers which path.
func (srv *Server) routes(api *graph.Handler) http.Handler {
	s, log := srv.deployment.Settings, srv.deployment.Log
	mux := http.NewServeMux()
	mux.Handle("/graphql", crossOrigin(s, srv.inFlight.Limit(orExplorer(s, api), http.HandlerFunc(transport.Busy))))
	srv.wellKnown(mux)
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
		explorer := web.Explorer()
		mux.Handle("/playground", explorer)
		mux.Handle("/playground/", explorer)
		mux.HandleFunc("GET /{$}", home)
	}
	handler := identify(edge.Harden(mux, s.HTTPS(), log))
	if srv.traces == nil {
		return s.TrustedProxies.Forwarded(handler)
	}
	return srv.traces.Requests(s.TrustedProxies, handler)
}

// crossOrigin lets pages of the origins in the settings send requests and read
// answers.
func crossOrigin(s *settings.Settings, api http.Handler) http.Handler {
	if len(s.CORSOrigins) == 0 {
		return api
	}
	return cors.New(cors.Options{
		AllowedOrigins:   s.CORSOrigins,
		AllowedMethods:   []string{http.MethodGet, http.MethodPost},
		AllowedHeaders:   append([]string{"Authorization", "Content-Type", "Accept", "X-Auth-Mode"}, transport.PreflightHeaders()...),
		ExposedHeaders:   []string{edge.RequestID, "Retry-After", "WWW-Authenticate"},
		AllowCredentials: s.RefreshCookie != transport.CookieNever,
		MaxAge:           600,
	}).Handler(api)
}

// home redirects a browser to the explorer.
func home(w http.ResponseWriter, r *http.Request) {
	if !wantsPage(r) {
		http.NotFound(w, r)
		return
	}
	explore(w, r)
}

// orExplorer redirects a browser that opens the API's own URL to the explorer,
// if there is one.
func orExplorer(s *settings.Settings, api http.Handler) http.Handler {
	if !s.Playground {
		return api
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && wantsPage(r) && !r.URL.Query().Has("query") {
			explore(w, r)
			return
		}
		api.ServeHTTP(w, r)
	})
}

// wantsPage reports whether a browser asks for a page.
func wantsPage(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }

func explore(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store") // the answer depends on the header Accept
	http.Redirect(w, r, "/playground", http.StatusFound)
}

// readyz says whether the replica should get requests, and if not, why.
func (srv *Server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	switch err := srv.ready(ctx); {
	case srv.draining.Load():
		edge.Text(w, http.StatusServiceUnavailable, "draining")
	case err != nil:
		srv.deployment.Log.Warn("not ready", slog.String("error", err.Error()))
		reason := "the database does not answer"
		if known := new(notReadyError); errors.As(err, &known) {
			reason = known.Error()
		}
		edge.Text(w, http.StatusServiceUnavailable, "not ready: "+reason)
	default:
		edge.Text(w, http.StatusOK, "ready")
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
