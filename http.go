package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rs/cors"

	"gatehouse/auth"
	"gatehouse/graph"
	"gatehouse/graph/document"
	"gatehouse/graph/transport"
	"gatehouse/web"
)

//go:embed schema.graphqls
var schemaSDL []byte

// How long a client may take, so that none can hold a connection for nothing, and how many bytes its headers may have. The time for the
// answer begins with the headers: it has to do for the rest of the request, the operation, and for sending.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 15 * time.Second
	writeTimeout  = 45 * time.Second
	idleTimeout   = 2 * time.Minute
	headerLimit   = 16 << 10
)

// jwksMaxAge is for how long others may keep our keys at most.
const jwksMaxAge = 5 * time.Minute

// http puts the paths together.
func (d *deployment) http(api *graph.Handler, keys *auth.Keyring) *http.Server {
	mux := http.NewServeMux()
	mux.Handle("/graphql", d.cors(d.room.bound(d.orExplorer(api), http.HandlerFunc(transport.Busy))))
	mux.Handle("GET /.well-known/jwks.json", d.jwks(keys))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", d.readyz)
	switch document.Introspection(d.settings.Introspection) {
	case document.IntrospectionFull:
		mux.Handle("GET /schema.graphqls", servedDocument("text/plain; charset=utf-8", "no-cache", func() ([]byte, error) { return schemaSDL, nil }))
	case document.IntrospectionFiltered:
		mux.HandleFunc("GET /schema.graphqls", api.ServeSDL)
	}
	if d.settings.Playground == "on" {
		mux.Handle("/playground", web.Explorer())
		mux.Handle("/playground/", web.Explorer())
		mux.HandleFunc("GET /{$}", home)
	}
	trusted, _ := d.settings.proxies() // checked
	handler := d.identify(d.secure(d.recover(plausible(mux))))
	if d.traces == nil {
		handler = trusted.forwarded(handler)
	} else {
		handler = d.traces.requests(trusted, handler)
	}
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes:               headerLimit,
		DisableGeneralOptionsHandler: true, // its answer to OPTIONS * would not be ours
		ErrorLog:                     slog.NewLogLogger(d.log.Handler(), slog.LevelDebug),
	}
}

// cors lets pages of the origins in the settings send requests and read answers.
func (d *deployment) cors(api http.Handler) http.Handler {
	if len(d.settings.CORSOrigins) == 0 {
		return api
	}
	return cors.New(cors.Options{
		AllowedOrigins:   d.settings.CORSOrigins,
		AllowedMethods:   []string{http.MethodGet, http.MethodPost},
		AllowedHeaders:   append([]string{"Authorization", "Content-Type", "Accept", "X-Auth-Mode"}, transport.PreflightHeaders()...),
		ExposedHeaders:   []string{"X-Request-Id", "Retry-After", "WWW-Authenticate"},
		AllowCredentials: d.settings.RefreshCookie != "never",
		MaxAge:           600,
	}).Handler(api)
}

// jwks serves the public keys. Others may keep them for half of the time for which a new one is announced, so that they have it when it signs.
func (d *deployment) jwks(keys *auth.Keyring) http.Handler {
	age := min(max(d.settings.KeyAnnounce/2, time.Second), jwksMaxAge)
	return servedDocument("application/json", "public, max-age="+strconv.Itoa(int(age.Seconds())), keys.JWKS)
}

// servedDocument serves a public text.
func servedDocument(media, caching string, current func() ([]byte, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := current()
		if err != nil {
			panic(err) // which is logged and answered as such
		}
		sum := sha256.Sum256(text)
		etag := `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
		header := w.Header()
		header.Set("Content-Type", media)
		header.Set("Cache-Control", caching)
		header.Set("ETag", etag)
		header.Set("Access-Control-Allow-Origin", "*") // public, and the same for everybody
		if r.Header.Get("If-None-Match") == etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write(text)
	})
}

// home leads a browser to the explorer.
func home(w http.ResponseWriter, r *http.Request) {
	if !page(r) {
		http.NotFound(w, r)
		return
	}
	explore(w, r)
}

// orExplorer leads a browser to the explorer, if there is one, where somebody opens the address of the API itself.
func (d *deployment) orExplorer(api http.Handler) http.Handler {
	if d.settings.Playground != "on" {
		return api
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && page(r) && !r.URL.Query().Has("query") {
			explore(w, r)
			return
		}
		api.ServeHTTP(w, r)
	})
}

// page reports whether a browser asks for a page.
func page(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }

func explore(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store") // what is answered depends on the header Accept
	http.Redirect(w, r, "/playground", http.StatusFound)
}

// readyz says whether the service should get requests, and if not, why.
func (d *deployment) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	switch err := d.ready(ctx); {
	case d.draining.Load():
		plain(w, http.StatusServiceUnavailable, "draining")
	case err != nil:
		d.log.Warn("not ready", slog.String("error", err.Error()))
		plain(w, http.StatusServiceUnavailable, "not ready")
	default:
		plain(w, http.StatusOK, "ready")
	}
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n"))
}

// identify gives each request an id, by which the log and an answer are found for each other. It need not be secret, only unique.
func (d *deployment) identify(next http.Handler) http.Handler {
	var count atomic.Uint64
	replica := rand.Text()[:8]
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := replica + "-" + strconv.FormatUint(count.Add(1), 36)
		w.Header()["X-Request-Id"] = []string{id}
		next.ServeHTTP(w, r.WithContext(graph.WithRequestID(r.Context(), id)))
	})
}
