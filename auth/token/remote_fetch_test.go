package token

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestNewRemote(t *testing.T) {
	tests := []struct {
		url string
		ok  bool
	}{
		{"", false},
		{"id.example.com", false},
		{"/.well-known/jwks.json", false},
		{"https:///jwks.json", false},
		{"https://:8443/jwks.json", false},
		{"http://id.example.com/jwks.json", false},
		{"http://10.0.0.1/jwks.json", false},
		{"http://localhost.example.com/jwks.json", false},
		{"http://127.0.0.1.example.com/jwks.json", false},
		{"ftp://localhost/jwks.json", false},
		{"file:///etc/jwks.json", false},
		{"https://me:hunter2@id.example.com/jwks.json", false},
		{"https://id.example.com/jwks.json#keys", false},
		{"https://id.example.com/\x7f", false},

		{"https://id.example.com/.well-known/jwks.json", true},
		{"https://10.0.0.1:8443/jwks.json?tenant=a", true},
		{"http://localhost:8080/jwks.json", true},
		{"http://LOCALHOST/jwks.json", true},
		{"http://127.0.0.1:8080/jwks.json", true},
		{"http://[::1]:8080/jwks.json", true},
	}
	for _, tt := range tests {
		r, err := NewRemote(tt.url, time.Now)
		if (err == nil) != tt.ok || (r != nil) != tt.ok {
			t.Errorf("%q: %v", tt.url, err)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v shows a password", err)
		}
	}
}

// TestRemoteLifetime: RFC 9111, 4.2.1 and 5.2.2, between a minute and a day.
func TestRemoteLifetime(t *testing.T) {
	tests := []struct {
		cache []string
		age   string
		want  time.Duration
	}{
		{nil, "", 5 * time.Minute},
		{nil, "100", 5 * time.Minute},
		{[]string{""}, "", 5 * time.Minute},
		{[]string{"public"}, "", 5 * time.Minute},
		{[]string{"max-age"}, "", 5 * time.Minute},
		{[]string{"max-age=soon"}, "", 5 * time.Minute},
		{[]string{"max-age=-1"}, "", 5 * time.Minute},
		{[]string{"x-max-age=600"}, "", 5 * time.Minute},
		{[]string{"max-age=600"}, "", 10 * time.Minute},
		{[]string{`public,Max-Age="600" , must-revalidate`}, "", 10 * time.Minute},
		{[]string{"public", "max-age=600"}, "", 10 * time.Minute},
		{[]string{"max-age=600"}, "100", 500 * time.Second},
		{[]string{"max-age=600"}, "590", time.Minute},
		{[]string{"max-age=600"}, "10000", time.Minute},
		{[]string{"max-age=600"}, "-1", 10 * time.Minute},
		{[]string{"max-age=59"}, "", time.Minute},
		{[]string{"max-age=0"}, "", time.Minute},
		{[]string{"no-store"}, "", time.Minute},
		{[]string{"max-age=600, no-cache"}, "", time.Minute},
		{[]string{"max-age=86400"}, "", 24 * time.Hour},
		{[]string{"max-age=86401"}, "", 24 * time.Hour},
		{[]string{"max-age=99999999999999999999999"}, "", 24 * time.Hour},
	}
	for _, tt := range tests {
		header := http.Header{"Cache-Control": tt.cache}
		if tt.age != "" {
			header.Set("Age", tt.age)
		}
		if got := lifetime(header); got != tt.want {
			t.Errorf("%q, age %q: %v, want %v", tt.cache, tt.age, got, tt.want)
		}
	}
}

// TestRemoteETag: if our set is still current, the issuer answers 304 with a new
// lifetime.
func TestRemoteETag(t *testing.T) {
	k := testKeys()[EdDSA]
	i := newIssuer(t)
	set := setOf(t, k)
	i.serve(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=100")
		w.Header().Set("ETag", `"one"`)
		switch r.Header.Get("If-None-Match") {
		case "":
			_, _ = io.WriteString(w, set)
		case `"one"`:
			w.WriteHeader(http.StatusNotModified)
		default:
			w.WriteHeader(http.StatusTeapot)
		}
	})
	r := i.remote(t)
	for n := range int32(3) {
		wantKey(t, r, k)
		waitForFetch(t, r)
		i.wantRequests(t, n+1)
		i.advance(100*time.Second - 1)
		wantKey(t, r, k)
		waitForFetch(t, r)
		i.wantRequests(t, n+1)
		i.advance(1)
	}
}

// TestRemoteBadAnswers: a bad answer never replaces a good set, and is never used
// without one.
func TestRemoteBadAnswers(t *testing.T) {
	k := testKeys()[EdDSA]
	good := setOf(t, k)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, good)
	}))
	defer elsewhere.Close()
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			if code >= 200 && code != http.StatusNoContent && code != http.StatusNotModified {
				_, _ = io.WriteString(w, good)
			}
		}
	}
	body := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
	}
	moved := func(to string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
	}
	tests := []struct {
		name   string
		answer http.HandlerFunc
	}{
		{"201", status(http.StatusCreated)},
		{"203", status(http.StatusNonAuthoritativeInfo)},
		{"204", status(http.StatusNoContent)},
		{"304 to an unconditional request", status(http.StatusNotModified)},
		{"401", status(http.StatusUnauthorized)},
		{"500", status(http.StatusInternalServerError)},
		{"503", status(http.StatusServiceUnavailable)},
		{"nothing", body("")},
		{"a page", body("<!doctype html>")},
		{"null", body("null")},
		{"a private key", body(`{"keys":[` + jwkOf(t, k, k.material().private) + `]}`)},
		{"too large", body(good + strings.Repeat(" ", 64<<10))},
		{"cut", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(good)+1))
			_, _ = io.WriteString(w, good)
		}},
		{"a broken connection", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		{"redirect to another host", moved(elsewhere.URL)},
		{"redirect to another host, without scheme", moved(strings.TrimPrefix(elsewhere.URL, "http:"))},
		{"redirect in a circle", moved("/again")},
		{"redirect to nowhere", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusFound) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			i := newIssuer(t, k)
			kept, none := i.remote(t), i.remote(t)
			wantKey(t, kept, k)
			i.serve(tt.answer)
			if err := kept.Refresh(t.Context()); err == nil {
				t.Error("accepted as a good set")
			}
			wantKey(t, kept, k)
			wantNoKey(t, none, k.ID, ErrKeysUnavailable)

			i.publish(t, "", k)
			i.advance(time.Second)
			wantKey(t, none, k)
		})
	}
}

// TestRemoteMoved: redirects within one host are followed.
func TestRemoteMoved(t *testing.T) {
	k := testKeys()[EdDSA]
	set := setOf(t, k)
	i := newIssuer(t)
	i.serve(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/keys" {
			http.Redirect(w, r, "/keys", http.StatusMovedPermanently)
			return
		}
		_, _ = io.WriteString(w, set)
	})
	wantKey(t, i.remote(t), k)
	i.wantRequests(t, 2)
}

// TestRemoteTLS: https works with the service's own client, but a redirect from
// https to http is refused.
func TestRemoteTLS(t *testing.T) {
	k := testKeys()[EdDSA]
	set := setOf(t, k)
	var to string
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if to != "" {
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, set)
	}))
	defer server.Close()
	remote := func(client *http.Client) *Remote {
		r, err := NewRemote(server.URL, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		r.Client = client
		return r
	}
	wantNoKey(t, remote(nil), k.ID, ErrKeysUnavailable) // the certificate isn't trusted
	wantKey(t, remote(server.Client()), k)

	to = strings.Replace(server.URL, "https:", "http:", 1)
	if err := remote(server.Client()).Refresh(t.Context()); err == nil || !strings.Contains(err.Error(), "redirected to another host or scheme") {
		t.Errorf("from https to http: %v", err)
	}
	if server.Client().CheckRedirect != nil {
		t.Error("the service's client was changed")
	}
}

// TestRemoteSlow: a fetch has a timeout, and its error doesn't name the host.
func TestRemoteSlow(t *testing.T) {
	i := newIssuer(t)
	i.serve(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	r := i.remote(t)
	if r.timeout != 5*time.Second {
		t.Errorf("a fetch may take %v, want 5s", r.timeout)
	}
	r.timeout = 10 * time.Millisecond
	wantNoKey(t, r, "k", ErrKeysUnavailable)
	if err := r.lastFailure(); strings.Contains(err.Error(), i.URL) {
		t.Errorf("error = %v", err)
	}
}

// TestRemoteLeavesNothing: nothing runs between fetches.
func TestRemoteLeavesNothing(t *testing.T) {
	k := testKeys()[EdDSA]
	i := newIssuer(t, k)
	r := i.remote(t)
	for range 3 {
		wantKey(t, r, k)
		i.advance(5 * time.Minute)
	}
	waitForFetch(t, r)
	i.serve(http.NotFound)
	if err := r.Refresh(t.Context()); err == nil {
		t.Error("refreshed by a 404")
	}
	deadline := time.Now().Add(time.Minute)
	for {
		all := make([]byte, 1<<20)
		all = all[:runtime.Stack(all, true)]
		if !strings.Contains(string(all), "token.(*Remote).run") && !strings.Contains(string(all), "net/http.(*persistConn)") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still running:\n%s", all)
		}
		runtime.Gosched()
	}
}
