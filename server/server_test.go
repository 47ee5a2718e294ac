package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/auth/keys"
)

// TestServer starts a replica, serves, and stops.
func TestServer(t *testing.T) {
	r, log := start(t)
	for path, want := range map[string]struct {
		status int
		body   string // in the answer
	}{
		"/healthz": {http.StatusOK, "ok\n"}, "/readyz": {http.StatusOK, "ready\n"},
		"/schema.graphqls":       {http.StatusOK, "type Query"},
		"/.well-known/jwks.json": {http.StatusOK, `"kty":"EC"`},
		"/playground":            {http.StatusOK, "<html"}, "/playground/": {http.StatusOK, "<html"}, "/account": {http.StatusOK, "<html"},
		"/account/": {http.StatusOK, "<html"}, "/account/account.js": {http.StatusOK, ""}, "/account/nowhere": {http.StatusNotFound, ""}, "/nowhere": {http.StatusNotFound, ""},
	} {
		w := get(r, path)
		if w.Code != want.status || !strings.Contains(w.Body.String(), want.body) || w.Header().Get("X-Request-Id") == "" ||
			w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %v %.80s", path, w.Code, w.Header(), w.Body)
		}
	}
	if w := get(r, "/", "Accept", "text/html"); w.Code != http.StatusFound || w.Header().Get("Location") != "/playground" {
		t.Errorf("/: %d %v", w.Code, w.Header())
	}
	if w := get(r, "/.well-known/change-password"); w.Code != http.StatusFound || w.Header().Get("Location") != "http://localhost:8080/account#password" {
		t.Errorf("/.well-known/change-password: %d %v", w.Code, w.Header())
	}
	if w := get(r, "/graphql", "Accept", "text/html"); w.Code != http.StatusFound || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("/graphql in a browser: %d %v", w.Code, w.Header())
	}
	if answer := login(r); !strings.Contains(answer, `"accessToken":"ey`) {
		t.Errorf("the first administrator: %s", answer)
	}

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx, listener) }()
	response, err := http.Get("http://" + listener.Addr().String() + "/healthz")
	if err != nil || response.Body.Close() != nil || response.StatusCode != http.StatusOK {
		t.Errorf("%v, %v", response, err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if w := get(r, "/readyz"); w.Code != http.StatusServiceUnavailable || w.Body.String() != "draining\n" {
		t.Errorf("/readyz at the end: %d %s", w.Code, w.Body)
	}
	if strings.Contains(log.String(), "some requests did not finish") || strings.Contains(log.String(), testSecret) {
		t.Errorf("log: %s", log)
	}
}

// TestNotReady: a replica that does not receive changes gets no requests.
func TestNotReady(t *testing.T) {
	r, log := start(t)
	r.stop() // listening, too
	deadline := time.Now().Add(30 * time.Second)
	for get(r, "/readyz").Body.String() != "not ready: not listening for revocations\n" {
		if time.Now().After(deadline) {
			t.Fatal("it stays ready")
		}
		time.Sleep(5 * time.Millisecond)
	}
	if !strings.Contains(log.String(), "not listening for revocations") {
		t.Errorf("log: %s", log)
	}
}

// TestPaths: what is off is not there.
func TestPaths(t *testing.T) {
	r, _ := start(t, "PLAYGROUND=off", "INTROSPECTION=off", "ACCOUNT_URL=https://app.example.com/me")
	for _, path := range []string{"/playground", "/playground/", "/schema.graphqls", "/account", "/account/account.js", "/"} {
		if w := get(r, path, "Accept", "text/html"); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := get(r, "/.well-known/change-password"); w.Header().Get("Location") != "https://app.example.com/me#password" {
		t.Errorf("/.well-known/change-password: %d %v", w.Code, w.Header())
	}
}

// TestMetrics: each value that is read at a scrape is there.
func TestMetrics(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	_ = free.Close()
	r, _ := start(t, "METRICS_ADDR="+address, "RATE_LIMITS=off")
	_ = login(r)
	response, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, sample := range []string{
		"gatehouse_hearing 1", "gatehouse_requests_in_flight 0", "gatehouse_requests_shed_total 0", "gatehouse_connections 0",
		"gatehouse_connections_refused_total 0", "gatehouse_counting_together 0", "gatehouse_hashes_working 0",
		"gatehouse_hashes_waiting 0", "gatehouse_pool_busy 0", "gatehouse_pool_waits_total 0",
		`gatehouse_logins_total{field="login",outcome="ok"} 1`,
	} {
		if !strings.Contains(string(text), "\n"+sample+"\n") {
			t.Errorf("%s is missing", sample)
		}
	}
	for _, name := range []string{"gatehouse_revocation_lag_seconds ", "gatehouse_clock_skew_seconds ", "gatehouse_pool_open ", "gatehouse_pool_wait_seconds_total "} {
		if !strings.Contains(string(text), "\n"+name) {
			t.Errorf("%s is missing", name)
		}
	}
}

// TestBadManifest: a manifest with faults stops the start before the database is
// opened, so before anything is changed.
func TestBadManifest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "manifest.json")
	if err := os.WriteFile(path, []byte(`{"a":"{ we }"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	s := read(t, "DATABASE_URL=postgres://127.0.0.1:1/x", "PUBLIC_URL=http://localhost:8080", "SECRET_KEY="+testSecret,
		"TRUSTED_DOCUMENTS="+path)
	_, err := New(t.Context(), s, slog.New(slog.DiscardHandler), time.Now)
	if err == nil || !strings.Contains(err.Error(), `TRUSTED_DOCUMENTS: "a": Cannot query field "we"`) {
		t.Errorf("err = %v", err)
	}
}

// TestNoAdmin: a service without an administrator says how to create one.
func TestNoAdmin(t *testing.T) {
	r, log := start(t, "ADMIN_EMAIL=", "ADMIN_PASSWORD=")
	if r.admin != nil || !strings.Contains(log.String(), "gatehouse user create EMAIL --role admin") {
		t.Errorf("admin = %v, log: %s", r.admin, log)
	}
}

// TestSecondStart opens a deployment for a command, and starts a second replica
// on the same database.
func TestSecondStart(t *testing.T) {
	first, _ := start(t)
	s := first.Deployment().Settings
	second, err := New(t.Context(), s, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if first.admin == nil || second.admin != nil || first.Keyring().Signing().ID != second.Keyring().Signing().ID {
		t.Errorf("administrators %v and %v", first.admin, second.admin)
	}
	d, err := Open(t.Context(), s, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	operator, err := d.Operator()
	if err != nil {
		t.Fatal(err)
	}
	if u, err := operator.Find(t.Context(), adminEmail); err != nil || u.ID != first.admin.user.ID {
		t.Errorf("%v, %v", u, err)
	}
	var answer struct {
		Data struct{ Login struct{ AccessToken string } }
	}
	if err := json.Unmarshal([]byte(login(second)), &answer); err != nil {
		t.Fatal(err)
	}
	claims, err := d.Verifier(first.Keyring().Key).Verify(t.Context(), answer.Data.Login.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	revocations, err := d.Revocations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if p, err := revocations.Principal(claims); err != nil || p.ID != first.admin.user.ID {
		t.Errorf("%v, %v", p, err)
	}
}

// TestOtherSecret: a start with a secret that is not the database's says what to
// set.
func TestOtherSecret(t *testing.T) {
	first, _ := start(t)
	s := read(t, "DATABASE_URL="+first.Deployment().Settings.DatabaseURL, "PUBLIC_URL=http://localhost:8080",
		"SECRET_KEY=9b2dXoP0mZt7qFv3Kc5yRw8uHsJ1LgNaEiTxUeCzBfk=")
	_, err := New(t.Context(), s, slog.New(slog.DiscardHandler), time.Now)
	told := Explain(fmt.Errorf("half of it is done: %w", err))
	if !errors.Is(told, keys.ErrOtherSecret) || told.Error() != "half of it is done: SECRET_KEY is not the one this database "+
		"was made with; set that one, or, to change it, set the new one as SECRET_KEY and the old one as SECRET_KEY_PREVIOUS" {
		t.Errorf("err = %v", told)
	}
	if err := errors.New("another"); Explain(err) != err { //nolint:errorlint // the very error
		t.Error("an error without advice is changed")
	}
}

// TestCounting: replicas say whether they count at all.
func TestCounting(t *testing.T) {
	log := &recorder{}
	for setting, counted := range map[string]bool{"RATE_LIMITS=on": true, "RATE_LIMITS=off": false} {
		s := read(t, setting, "SECRET_KEY="+testSecret)
		d := &Deployment{Settings: s, Log: log.logger(), now: time.Now}
		d.Secrets.Current = *s.SecretKey
		c, err := d.counts(t.Context(), t.Context())
		if err != nil || (c != nil) != counted || c != nil && c.Shared() {
			t.Errorf("%s: %+v, %v", setting, c, err)
		}
	}
	if strings.Count(log.String(), "RATE_LIMITS=off") != 1 {
		t.Errorf("log: %s", log)
	}
}
