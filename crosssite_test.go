package main

import (
	"net/http"
	"strings"
	"testing"
)

// TestOtherSites sends what a browser sends for pages of other sites.
func TestOtherSites(t *testing.T) {
	const allowed = "http://localhost:3000"
	s := start(t, "CORS_ORIGINS="+allowed+",http://app.localhost", "REFRESH_COOKIE=never")
	open := start(t, "CORS_ORIGINS=*", "REFRESH_COOKIE=never")
	tests := []struct {
		name    string
		service *service
		origin  string
		site    string
		status  int
		allowed string
	}{
		{"no browser", s, "", "", http.StatusOK, ""},
		{"our own page", s, "http://localhost:8080", "same-origin", http.StatusOK, ""},
		{"the origin allowed", s, allowed, "same-site", http.StatusOK, allowed},
		{"another port", s, "http://localhost:3001", "same-site", http.StatusForbidden, ""},
		{"another scheme", s, "https://localhost:3000", "cross-site", http.StatusForbidden, ""},
		{"one that looks alike", s, allowed + ".evil.test", "cross-site", http.StatusForbidden, ""},
		{"another site", s, "https://evil.test", "cross-site", http.StatusForbidden, ""},
		{"none that it would say", s, "null", "cross-site", http.StatusForbidden, ""},
		{"any, where all are allowed", open, "https://anybody.test", "cross-site", http.StatusOK, "*"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			header := http.Header{}
			if tt.origin != "" {
				header.Set("Origin", tt.origin)
				header.Set("Sec-Fetch-Site", tt.site)
			}
			r := tt.service.send(t, header, `{ __typename }`, nil)
			if r.status != tt.status || r.header.Get("Access-Control-Allow-Origin") != tt.allowed {
				t.Errorf("answer = %d, allowing %q: %s", r.status, r.header.Get("Access-Control-Allow-Origin"), r.body)
			}
			if tt.status == http.StatusForbidden {
				want(t, r, "BAD_REQUEST")
			}
		})
	}
}

// TestCredentialsAcrossOrigins has a page of another origin of our site use the cookie.
func TestCredentialsAcrossOrigins(t *testing.T) {
	s := start(t, "CORS_ORIGINS=http://localhost:3000")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, s.url+"/graphql", strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = http.Header{
		"Origin": {"http://localhost:3000"}, "Access-Control-Request-Method": {"POST"},
		"Access-Control-Request-Headers": {"authorization,content-type,x-auth-mode"},
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if got := response.Header; got.Get("Access-Control-Allow-Origin") != "http://localhost:3000" ||
		got.Get("Access-Control-Allow-Credentials") != "true" || got.Get("Access-Control-Allow-Headers") == "" {
		t.Errorf("preflight = %d %v", response.StatusCode, got)
	}
}

// TestHeadersOnEveryAnswer looks at answers of every kind for what keeps a browser from making too much of them.
func TestHeadersOnEveryAnswer(t *testing.T) {
	s := start(t, "PUBLIC_URL=https://id.example.com")
	for _, path := range []string{"/graphql", "/healthz", "/readyz", "/schema.graphqls", "/.well-known/jwks.json", "/nowhere", "/playground", "/"} {
		t.Run(path, func(t *testing.T) {
			response, err := http.Get(s.url + path)
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
	off := start(t, "PLAYGROUND=off", "INTROSPECTION=off")
	for _, path := range []string{"/playground", "/schema.graphqls", "/debug/pprof/", "/.git/HEAD", "/metrics"} {
		response, err := http.Get(off.url + path)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, response.StatusCode)
		}
	}
	want(t, off.ask(t, off.admin(t).access, `{ __schema { queryType { name } } }`, nil), "GRAPHQL_VALIDATION_FAILED")
	want(t, s.ask(t, "", `{ __schema { queryType { name } } }`, nil), "")
}
