package api_test

import (
	"net/http"
	"testing"

	"gatehouse/test/harness"
)

// TestPathOfPublicURL reaches everything below the path of PUBLIC_URL, as
// through a proxy that leaves the path, and without it, as through one that
// removes it.
func TestPathOfPublicURL(t *testing.T) {
	s := harness.Start(t, "PUBLIC_URL=https://example.com/id/v1")
	plain := harness.Start(t)
	browser := http.Header{"Accept": {"text/html"}}
	for _, tt := range []struct {
		service  *harness.Service
		path     string
		header   http.Header
		status   int
		location string
	}{
		{s, "/id/v1/healthz", nil, 200, ""},
		{s, "/healthz", nil, 200, ""},
		{s, "/id/v1/readyz", nil, 200, ""},
		{s, "/id/v1/.well-known/jwks.json", nil, 200, ""},
		{s, "/.well-known/jwks.json", nil, 200, ""},
		{s, "/id/v1/schema.graphqls", nil, 200, ""},
		{s, "/id/v1/playground", nil, 200, ""},
		{s, "/id/v1/playground/", nil, 200, ""},
		{s, "/id/v1/playground/explorer.mjs", nil, 200, ""},
		{s, "/playground", nil, 200, ""},
		{s, "/id/v1/account", nil, 200, ""},
		{s, "/id/v1/account/account.js", nil, 200, ""},
		{s, "/account", nil, 200, ""},
		{s, "/id/v1/.well-known/change-password", nil, 302, "https://example.com/id/v1/account#password"},
		{s, "/id/v1", browser, 302, "/id/v1/playground"},
		{s, "/id/v1/", browser, 302, "/id/v1/playground"},
		{s, "/", browser, 302, "/id/v1/playground"},
		{s, "/id/v1/graphql", browser, 302, "/id/v1/playground"},
		{s, "/graphql", browser, 302, "/id/v1/playground"},
		{s, "/id/v1/", nil, 404, ""},
		{s, "/id/v1/nowhere", nil, 404, ""},
		{s, "/id/v1healthz", nil, 404, ""},
		{s, "/id/healthz", nil, 404, ""},
		{s, "/id/v1/id/v1/healthz", nil, 404, ""},
		{plain, "/", browser, 302, "/playground"},
		{plain, "/", nil, 404, ""},
		{plain, "/id/v1/healthz", nil, 404, ""},
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, tt.service.URL+tt.path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		for name, values := range tt.header {
			request.Header[name] = values
		}
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != tt.status || response.Header.Get("Location") != tt.location || response.Header.Get("X-Request-Id") == "" {
			t.Errorf("%s: %d %v, want %d %s", tt.path, response.StatusCode, response.Header, tt.status, tt.location)
		}
	}
	for _, path := range []string{"", "/id/v1"} {
		c := &harness.Client{URL: s.URL + path}
		c.Ask(t, c.Admin(t).Access, `{ me { email } }`, nil).Want(t, "")
	}
}
