package api_test

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/test/harness"
)

// TestCrossSite sends what a browser sends for pages of other sites.
func TestCrossSite(t *testing.T) {
	const allowed = "http://localhost:3000"
	s := harness.Start(t, "CORS_ORIGINS="+allowed+",http://app.localhost", "REFRESH_COOKIE=never")
	open := harness.Start(t, "CORS_ORIGINS=*", "REFRESH_COOKIE=never")
	tests := []struct {
		name    string
		service *harness.Service
		origin  string
		site    string
		status  int
		allowed string
	}{
		{"not a browser", s, "", "", http.StatusOK, ""},
		{"our own page", s, "http://localhost:8080", "same-origin", http.StatusOK, ""},
		{"the allowed origin", s, allowed, "same-site", http.StatusOK, allowed},
		{"another port", s, "http://localhost:3001", "same-site", http.StatusForbidden, ""},
		{"another scheme", s, "https://localhost:3000", "cross-site", http.StatusForbidden, ""},
		{"a similar one", s, allowed + ".evil.test", "cross-site", http.StatusForbidden, ""},
		{"another site", s, "https://evil.test", "cross-site", http.StatusForbidden, ""},
		{"an opaque origin", s, "null", "cross-site", http.StatusForbidden, ""},
		{"any, if all are allowed", open, "https://any.test", "cross-site", http.StatusOK, "*"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			header := http.Header{}
			if tt.origin != "" {
				header.Set("Origin", tt.origin)
				header.Set("Sec-Fetch-Site", tt.site)
			}
			r := tt.service.Send(t, header, `{ __typename }`, nil)
			if r.Status != tt.status || r.Header.Get("Access-Control-Allow-Origin") != tt.allowed {
				t.Errorf("answer = %d, allowing %q: %s", r.Status, r.Header.Get("Access-Control-Allow-Origin"), r.Body)
			}
			if tt.status == http.StatusForbidden {
				r.Want(t, "BAD_REQUEST")
			}
		})
	}
}

// TestPreflight asks before a page of another origin of our site sends
// credentials.
func TestPreflight(t *testing.T) {
	s := harness.Start(t, "CORS_ORIGINS=http://localhost:3000")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, s.URL+"/graphql", strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		method, headers string
		allowed         bool
	}{
		{"POST", "authorization,content-type,x-auth-mode", true},
		{"GET", "authorization,graphql-require-preflight", true},
		{"GET", "apollo-require-preflight,x-requested-with", true},
		{"PUT", "authorization", false},
		{"GET", "x-other", false},
	} {
		request.Header = http.Header{
			"Origin": {"http://localhost:3000"}, "Access-Control-Request-Method": {tt.method}, "Access-Control-Request-Headers": {tt.headers},
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		got := response.Header
		allowed := got.Get("Access-Control-Allow-Origin") == "http://localhost:3000" && got.Get("Access-Control-Allow-Credentials") == "true" &&
			got.Get("Access-Control-Allow-Headers") == tt.headers && got.Get("Access-Control-Allow-Methods") == tt.method
		if allowed != tt.allowed {
			t.Errorf("%s with %s: %d %v", tt.method, tt.headers, response.StatusCode, got)
		}
	}
}

// TestBrowserNavigation opens the URL of the API as a browser and as a program.
func TestBrowserNavigation(t *testing.T) {
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	on, off := harness.Start(t), harness.Start(t, "PLAYGROUND=off")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, tt := range []struct {
		name     string
		service  *harness.Service
		query    string
		accept   string
		status   int
		location string
	}{
		{"a browser", on, "", browser, http.StatusFound, "/playground"},
		{"a browser with a query", on, "?query={__typename}", browser, http.StatusBadRequest, ""},
		{"a program", on, "", "application/json", http.StatusBadRequest, ""},
		{"a browser, without an explorer", off, "", browser, http.StatusBadRequest, ""},
		{"HTML only, without an explorer", off, "", "text/html", http.StatusNotAcceptable, ""},
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, tt.service.URL+"/graphql"+tt.query, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept", tt.accept)
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != tt.status || response.Header.Get("Location") != tt.location || response.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v", tt.name, response.StatusCode, response.Header)
		}
	}
}

// TestSecurityHeaders reads the headers of every kind of answer.
func TestSecurityHeaders(t *testing.T) {
	s := harness.Start(t, "PUBLIC_URL=https://id.example.com")
	for _, path := range []string{"/graphql", "/healthz", "/readyz", "/schema.graphqls", "/.well-known/jwks.json", "/.well-known/oauth-authorization-server", "/nowhere", "/playground", "/account", "/"} {
		t.Run(path, func(t *testing.T) {
			response, err := http.Get(s.URL + path)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			h := response.Header
			if h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") ||
				h.Get("Referrer-Policy") != "no-referrer" || h.Get("X-Request-Id") == "" || h.Get("Content-Type") == "" ||
				!strings.HasPrefix(h.Get("Strict-Transport-Security"), "max-age=31536000") {
				t.Errorf("%d %v", response.StatusCode, h)
			}
		})
	}
	off := harness.Start(t, "PLAYGROUND=off", "INTROSPECTION=off")
	for _, path := range []string{"/playground", "/schema.graphqls", "/debug/pprof/", "/.git/HEAD", "/metrics"} {
		response, err := http.Get(off.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, response.StatusCode)
		}
	}
	off.Ask(t, off.Admin(t).Access, `{ __schema { queryType { name } } }`, nil).Want(t, "GRAPHQL_VALIDATION_FAILED")
	s.Ask(t, "", `{ __schema { queryType { name } } }`, nil).Want(t, "")
}
