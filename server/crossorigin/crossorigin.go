// Package crossorigin lets pages of other origins in, as the settings say.
package crossorigin

import (
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/rs/cors"

	"gatehouse/edge"
	"gatehouse/edge/origin"
	"gatehouse/graph/transport"
	"gatehouse/settings"
)

// harmlessHeaders are what tracing and GraphQL clients add to the requests of a
// page. The service reads none of them from a page, so they need no setting.
var harmlessHeaders = []string{
	// W3C Trace Context and Baggage: OpenTelemetry, Sentry, Azure, Elastic, New Relic.
	"Traceparent", "Tracestate", "Baggage", "Sentry-Trace", "Elastic-Apm-Traceparent", "Newrelic",
	"Request-Id", "Request-Context", "X-Request-Id", "X-Correlation-Id",
	// Zipkin, Jaeger, Amazon, Google, Honeycomb, Dynatrace.
	"B3", "X-B3-Traceid", "X-B3-Spanid", "X-B3-Parentspanid", "X-B3-Sampled", "X-B3-Flags",
	"Uber-Trace-Id", "X-Amzn-Trace-Id", "X-Cloud-Trace-Context", "X-Honeycomb-Trace", "X-Dtc", "X-Dtpc", "X-Dtreferer",
	// Datadog, PostHog, Highlight.
	"X-Datadog-Origin", "X-Datadog-Parent-Id", "X-Datadog-Sampling-Priority", "X-Datadog-Tags", "X-Datadog-Trace-Id",
	"X-Posthog-Distinct-Id", "X-Posthog-Session-Id", "X-Posthog-Window-Id", "X-Highlight-Request",
	// Apollo Client, Apollo Kotlin and iOS, Hive, urql, Relay.
	"Apollographql-Client-Name", "Apollographql-Client-Version", "X-Apollo-Operation-Id", "X-Apollo-Operation-Name",
	"X-Apollo-Operation-Type", "Graphql-Client-Name", "Graphql-Client-Version", "X-Graphql-Client-Name",
	"X-Graphql-Client-Version", "X-Graphql-Operation-Name", "Graphql-Preflight",
	// HTTP clients.
	"Accept-Language", "Cache-Control", "Content-Encoding", "Pragma",
}

// New lets pages of the origins in the settings send requests to api and read its
// answers. It logs the origins of other pages.
func New(s *settings.Settings, log *slog.Logger, now func() time.Time, api http.Handler) http.Handler {
	headers := append([]string{"Authorization", "Content-Type", "Accept", "X-Auth-Mode"}, transport.PreflightHeaders()...)
	headers = append(append(headers, harmlessHeaders...), s.CORSHeaders...)
	options := cors.Options{
		AllowOriginFunc:  s.CORSOrigins.Allows,
		AllowedMethods:   []string{http.MethodGet, http.MethodPost},
		AllowedHeaders:   headers,
		ExposedHeaders:   []string{edge.RequestID, "Retry-After", "WWW-Authenticate"},
		AllowCredentials: s.RefreshCookie != transport.CookieNever,
		MaxAge:           600,
	}
	if s.CORSOrigins.Any() {
		options.AllowOriginFunc, options.AllowedOrigins = nil, []string{"*"} // the same answer for all, which caches may share
	}
	if !s.CORSOrigins.Empty() {
		api = cors.New(options).Handler(api)
	}
	refused := &refusedOrigins{allowed: s.Origins(), log: log, now: now}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refused.note(r)
		api.ServeHTTP(w, r)
	})
}

// refusedOrigins logs the origins of pages that may not send requests, each
// once. A page can't learn why it is refused, so its developer looks here.
type refusedOrigins struct {
	allowed origin.List
	log     *slog.Logger
	now     func() time.Time

	mu    sync.Mutex
	named map[string]bool
	last  time.Time // when one was logged
}

// Strangers choose origins: only so many are remembered, and one is logged in
// that time.
const (
	originsNamed = 100
	originsEvery = time.Second
)

func (o *refusedOrigins) note(r *http.Request) {
	from := r.Header.Get("Origin")
	if from == "" || !fromBrowser(r.Header) || !o.allowed.Foreign(r) {
		return
	}
	if from != "null" {
		parsed, err := origin.Parse(from)
		if err != nil || len(from) > 300 {
			return // no browser sends it
		}
		from = parsed.String()
	}
	if o.isNew(from) {
		o.log.WarnContext(r.Context(), "refused a page of another origin; if it is yours, add its origin to CORS_ORIGINS",
			slog.String("origin", from))
	}
}

// fromBrowser reports whether headers are those of a browser: of a preflight, or
// with those that no script can set (Fetch Metadata). Programs put anything into
// the header Origin, which is not for the log.
func fromBrowser(header http.Header) bool {
	return header.Get("Sec-Fetch-Site") != "" || header.Get("Access-Control-Request-Method") != ""
}

// isNew reports whether an origin is to be logged now.
func (o *refusedOrigins) isNew(from string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.now()
	if o.named[from] || now.Sub(o.last) < originsEvery {
		return false
	}
	if o.named == nil || len(o.named) >= originsNamed {
		o.named = map[string]bool{}
	}
	o.named[from], o.last = true, now
	return true
}
