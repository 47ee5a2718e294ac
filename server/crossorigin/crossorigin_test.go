package crossorigin

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/settings"
)

// pages is New before a handler that answers 200, with its log.
func pages(t *testing.T, now func() time.Time, environ ...string) (http.Handler, *bytes.Buffer) {
	t.Helper()
	s, err := settings.Read(environ, os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	api := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	return New(s, slog.New(slog.NewJSONHandler(&log, nil)), now, api), &log
}

func preflight(t *testing.T, h http.Handler, origin string, headers ...string) http.Header {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodOptions, "http://localhost:8080/graphql", nil)
	r.Header.Set("Origin", origin)
	r.Header.Set("Access-Control-Request-Method", http.MethodPost)
	slices.Sort(headers) // as browsers send them
	r.Header.Set("Access-Control-Request-Headers", strings.Join(headers, ","))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Header()
}

// TestPreflightHeaders sends what the libraries of a page add to its requests.
func TestPreflightHeaders(t *testing.T) {
	const page = "http://localhost:3000"
	h, _ := pages(t, time.Now, "CORS_ORIGINS="+page, "CORS_HEADERS=X-Tenant, x-release")
	for name, tt := range map[string]struct {
		headers []string
		allowed bool
	}{
		"fetch":                    {[]string{"authorization", "content-type"}, true},
		"OpenTelemetry":            {[]string{"traceparent", "tracestate", "baggage", "content-type"}, true},
		"Sentry":                   {[]string{"sentry-trace", "baggage", "content-type"}, true},
		"Datadog":                  {[]string{"x-datadog-origin", "x-datadog-parent-id", "x-datadog-sampling-priority", "x-datadog-trace-id", "traceparent", "tracestate"}, true},
		"Datadog, B3":              {[]string{"b3", "x-b3-sampled", "x-b3-spanid", "x-b3-traceid"}, true},
		"New Relic":                {[]string{"newrelic", "traceparent", "tracestate"}, true},
		"Elastic":                  {[]string{"elastic-apm-traceparent", "traceparent", "tracestate"}, true},
		"Application Insights":     {[]string{"request-context", "request-id", "traceparent"}, true},
		"Apollo Client":            {[]string{"accept", "apollographql-client-name", "apollographql-client-version", "content-type"}, true},
		"Apollo Kotlin":            {[]string{"apollo-require-preflight", "x-apollo-operation-id", "x-apollo-operation-name"}, true},
		"Hive":                     {[]string{"graphql-client-name", "graphql-client-version", "x-graphql-client-name", "x-graphql-client-version"}, true},
		"a log's id":               {[]string{"x-correlation-id", "x-request-id"}, true},
		"compressed":               {[]string{"content-encoding", "content-type"}, true},
		"ours":                     {[]string{"x-auth-mode", "graphql-require-preflight"}, true},
		"of the setting":           {[]string{"x-release", "x-tenant"}, true},
		"of no setting":            {[]string{"x-other"}, false},
		"beside an allowed one":    {[]string{"traceparent", "x-other"}, false},
		"what a proxy would trust": {[]string{"x-forwarded-for"}, false},
	} {
		got := preflight(t, h, page, tt.headers...)
		if allowed := got.Get("Access-Control-Allow-Headers") != ""; allowed != tt.allowed || allowed && got.Get("Access-Control-Allow-Origin") != page {
			t.Errorf("%s: %v; allowed = %t", name, got, tt.allowed)
		}
	}
	if got := preflight(t, h, "http://localhost:3001", "traceparent"); got.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("another page: %v", got)
	}
}

// TestRefusedOriginIsLogged: once, whether a preflight or the request itself is
// refused.
func TestRefusedOriginIsLogged(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	h, log := pages(t, func() time.Time { return now }, "CORS_ORIGINS=http://localhost:3000")
	send := func(method, origin, site string) {
		now = now.Add(originsEvery)
		r := httptest.NewRequestWithContext(t.Context(), method, "http://localhost:8080/graphql", nil)
		r.Header.Set("Origin", origin)
		if site != "" {
			r.Header.Set("Sec-Fetch-Site", site)
		}
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	wantLine := func(name, want string) {
		t.Helper()
		lines := log.String()
		log.Reset()
		if want == "" && lines != "" || want != "" && (strings.Count(lines, "\n") != 1 || !strings.Contains(lines, want) || !strings.Contains(lines, "CORS_ORIGINS")) {
			t.Errorf("%s: logged %q, want %q", name, lines, want)
		}
	}
	preflight(t, h, "http://localhost:3001", "content-type")
	wantLine("a preflight", `"origin":"http://localhost:3001"`)
	send(http.MethodPost, "http://localhost:3001", "same-site")
	wantLine("the same page again", "")
	send(http.MethodPost, "https://localhost:3000", "cross-site")
	wantLine("another scheme", `"origin":"https://localhost:3000"`)
	send(http.MethodGet, "null", "cross-site")
	wantLine("a file", `"origin":"null"`)
	send(http.MethodPost, "https://<script>", "cross-site")
	wantLine("no origin that a browser sends", "")
	send(http.MethodPost, "https://hunter2.example", "")
	wantLine("a program", "")
	send(http.MethodPost, "http://localhost:3000", "same-site")
	wantLine("an allowed page", "")
	send(http.MethodPost, "http://localhost:8080", "same-origin")
	wantLine("our own page", "")
	for i := range 3 * originsNamed {
		send(http.MethodPost, fmt.Sprintf("https://host-%d.example", i), "cross-site")
	}
	if n := strings.Count(log.String(), "\n"); n != 3*originsNamed {
		t.Errorf("%d lines of %d origins, one a second", n, 3*originsNamed)
	}
	log.Reset()
	now = now.Add(originsEvery)
	for i := range 50 {
		preflight(t, h, fmt.Sprintf("https://flood-%d.example", i))
	}
	if n := strings.Count(log.String(), "\n"); n != 1 {
		t.Errorf("%d lines of 50 origins in one moment, want 1", n)
	}

	h, log = pages(t, time.Now) // without CORS_ORIGINS, a refused page is a developer's first
	send(http.MethodPost, "http://localhost:5173", "same-site")
	wantLine("without the setting", `"origin":"http://localhost:5173"`)
}
