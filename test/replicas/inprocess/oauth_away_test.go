package inprocess_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// TestOAuthDatabaseAway takes the database away between code and token. Meanwhile the
// token endpoint answers 503, and people are sent back with the same error. Afterwards the same code and the same refresh token are as good
// as they were.
func TestOAuthDatabaseAway(t *testing.T) {
	dsn := storetest.DSN(t)
	db := newFaults(t, dsn)
	var handler atomic.Pointer[http.Handler]
	entry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*handler.Load()).ServeHTTP(w, r) }))
	t.Cleanup(entry.Close)
	s := harness.StartOn(t, dsn, "OAUTH=on", "PUBLIC_URL="+entry.URL)
	served := s.Handler()
	handler.Store(&served)
	s.Register(t, harness.AdaEmail, harness.AdaPassword)
	app := s.Application(t, nil)
	person := harness.NewBrowser(t, harness.AdaEmail, harness.AdaPassword)
	ask := func() string {
		return person.Code(t, app.AuthorizeURL(entry.URL, "openid offline_access"), harness.Callback)
	}
	used, err := s.Redeem(t.Context(), app, ask())
	used.Must(t, err)
	code := ask()
	refresh := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {used.Refresh}}
	forms := []struct {
		name string
		send func() (harness.TokenReply, error)
	}{
		{"a code", func() (harness.TokenReply, error) { return s.Redeem(t.Context(), app, code) }},
		{"a refresh token", func() (harness.TokenReply, error) { return s.Token(t.Context(), app, refresh) }},
	}

	db.allowConnections(false)
	db.terminate(db.pids(ofAnyKind))
	awaitReady(t, s, http.StatusServiceUnavailable)
	for _, f := range forms {
		r, err := f.send()
		if err != nil || r.Status != http.StatusServiceUnavailable || r.Error != "temporarily_unavailable" || r.Header.Get("Retry-After") == "" {
			t.Errorf("%s while the database is away: %d %s %v", f.name, r.Status, r.Error, err)
		}
	}
	back, page := person.Visit(t, app.AuthorizeURL(entry.URL, "openid"), harness.Callback)
	if code := back.Query().Get("error"); code != "temporarily_unavailable" || back.Query().Get("state") != "s" {
		t.Errorf("a person while the database is away ends at %s: %s", back, page)
	}

	db.allowConnections(true)
	awaitReady(t, s, http.StatusOK)
	for _, f := range forms {
		r, err := f.send()
		if err != nil || r.Status != http.StatusOK || r.Access == "" || r.Refresh == "" {
			t.Errorf("%s afterwards: %d %s %v", f.name, r.Status, r.Error, err)
		}
	}
}
