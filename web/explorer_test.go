package web

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func ask(t *testing.T, method, path string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	Explorer("").ServeHTTP(w, r)
	return w.Result()
}

func TestExplorerPaths(t *testing.T) {
	tests := []struct {
		name, method, path string
		status             int
		contentType, cache string
	}{
		{"method", "POST", "/playground", 405, "text/plain; charset=utf-8", ""},
		{"no such file", "GET", "/playground/nothing.js", 404, "text/plain; charset=utf-8", ""},
		{"a folder", "GET", "/playground/vendor/", 404, "text/plain; charset=utf-8", ""},
		{"above the folder", "GET", "/playground/../explorer.go", 404, "text/plain; charset=utf-8", ""},
		{"not embedded", "GET", "/playground/README.md", 404, "text/plain; charset=utf-8", ""},
		{"another folder", "GET", "/playgrounds", 404, "text/plain; charset=utf-8", ""},
		{"the root", "GET", "/", 404, "text/plain; charset=utf-8", ""},

		{"the page", "GET", "/playground", 200, "text/html; charset=utf-8", "no-cache"},
		{"with a slash", "GET", "/playground/", 200, "text/html; charset=utf-8", "no-cache"},
		{"head", "HEAD", "/playground", 200, "text/html; charset=utf-8", "no-cache"},
		{"our script", "GET", "/playground/explorer.mjs", 200, "text/javascript; charset=utf-8", "no-cache"},
		{"our style", "GET", "/playground/explorer.css", 200, "text/css; charset=utf-8", "no-cache"},
		{"the icon", "GET", "/playground/icon.svg", 200, "image/svg+xml; charset=utf-8", "no-cache"},
		{"versioned", "GET", "/playground/vendor/react-18.3.1.min.js", 200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		{"licences", "GET", "/playground/vendor/licenses-graphiql-4.1.2.txt", 200, "text/plain; charset=utf-8", "public, max-age=31536000, immutable"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ask(t, tt.method, tt.path)
			if got.StatusCode != tt.status {
				t.Errorf("status = %d, want %d", got.StatusCode, tt.status)
			}
			if h := got.Header.Get("Content-Type"); h != tt.contentType {
				t.Errorf("Content-Type = %q, want %q", h, tt.contentType)
			}
			if h := got.Header.Get("Cache-Control"); h != tt.cache {
				t.Errorf("Cache-Control = %q, want %q", h, tt.cache)
			}
		})
	}
}

func TestExplorerAllowsGetAndHead(t *testing.T) {
	if h := ask(t, "DELETE", "/playground").Header.Get("Allow"); h != "GET, HEAD" {
		t.Errorf("Allow = %q", h)
	}
}

func TestExplorerHeaders(t *testing.T) {
	want := map[string]string{
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "no-referrer",
		"X-Frame-Options":              "DENY",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Content-Security-Policy":      explorerPolicy,
	}
	for _, path := range []string{"/playground", "/playground/explorer.mjs", "/playground/vendor/react-18.3.1.min.js", "/playground/nothing"} {
		got := ask(t, "GET", path)
		for name, value := range want {
			if h := got.Header.Get(name); h != value {
				t.Errorf("%s: %s = %q, want %q", path, name, h, value)
			}
		}
	}
}

func TestContentPolicy(t *testing.T) {
	policy := make(map[string]string)
	for directive := range strings.SplitSeq(explorerPolicy, ";") {
		name, sources, _ := strings.Cut(strings.TrimSpace(directive), " ")
		policy[name] = sources
	}
	want := map[string]string{
		"default-src":     "'none'", // and so object-src, worker-src, frame-src, manifest-src
		"script-src":      "'self'", // neither inline nor eval
		"connect-src":     "'self'",
		"style-src":       "'self' 'unsafe-inline'",
		"img-src":         "'self' data:",
		"font-src":        "'self' data:",
		"base-uri":        "'none'",
		"form-action":     "'none'",
		"frame-ancestors": "'none'",
	}
	for name, sources := range want {
		if policy[name] != sources {
			t.Errorf("%s = %q, want %q", name, policy[name], sources)
		}
	}
	if len(policy) != len(want) {
		t.Errorf("policy has %d directives, want %d", len(policy), len(want))
	}
}

// TestExplorerBelowAPath: every link of the page leads below the path.
func TestExplorerBelowAPath(t *testing.T) {
	const link = `(?:src|href)="([^"]*)"`
	for base, want := range map[string]string{"": "/", "/auth": "/auth/", "/a/b&c": "/a/b&amp;c/"} {
		links := regexp.MustCompile(link).FindAllStringSubmatch(string(assetsOf("explorer", base)[page].content), -1)
		if len(links) < 10 {
			t.Fatalf("only %d links", len(links))
		}
		for _, found := range links {
			if rest := strings.TrimPrefix(found[1], want); rest == found[1] || !strings.HasPrefix(rest, "playground/") && rest != "schema.graphqls" {
				t.Errorf("below %q, a link leads to %s", base, found[1])
			}
		}
	}
}
