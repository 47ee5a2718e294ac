package replicas_test

import (
	"context"
	"database/sql"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// A door is the address that people and applications know. It leads to one replica at a time.
type door struct {
	*httptest.Server
	now atomic.Pointer[url.URL]
}

func newDoor(t *testing.T) *door {
	t.Helper()
	d := &door{}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(d.now.Load()) }}
	d.Server = httptest.NewServer(proxy)
	t.Cleanup(d.Close)
	return d
}

// lead has the door lead to a replica.
func (d *door) lead(t *testing.T, r *replica) {
	t.Helper()
	to, err := url.Parse(r.now.Load().URL)
	if err != nil {
		t.Fatal(err)
	}
	d.now.Store(to)
}

// An applicationTest is a deployment of two replicas behind a door, with an application that a person has.
type applicationTest struct {
	entry    *door
	replicas []*replica
	api      *harness.Client
	app      harness.Application
	person   *harness.Browser
	db       *sql.DB
}

func newApplicationTest(t *testing.T) *applicationTest {
	t.Helper()
	dsn := storetest.DSN(t)
	entry := newDoor(t)
	a := &applicationTest{entry: entry, replicas: deploy(t, dsn, 2, "OAUTH=on", "PUBLIC_URL="+entry.URL), db: database(t, dsn)}
	entry.lead(t, a.replicas[0])
	a.api = &harness.Client{URL: entry.URL}
	a.api.Register(t, harness.AdaEmail, harness.AdaPassword)
	a.app = a.api.Application(t, nil)
	a.person = harness.NewBrowser(t, harness.AdaEmail, harness.AdaPassword)
	return a
}

// code gets a code from a replica.
func (a *applicationTest) code(t *testing.T, from *replica) string {
	t.Helper()
	a.entry.lead(t, from)
	return a.person.Code(t, a.app.AuthorizeURL(a.entry.URL, "openid email offline_access"), harness.Callback)
}

// living counts the living sessions of the application.
func (a *applicationTest) living(t *testing.T) (n int) {
	t.Helper()
	const query = `SELECT count(*) FROM sessions WHERE client_id = $1 AND kind = 'application' AND ended_at IS NULL`
	if err := a.db.QueryRowContext(t.Context(), query, a.app.ID).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestCodeSurvivesKill kills the replica that gave a code, as kill -9 does. The other one redeems
// the code, once, and knows the tokens that the dead one gave.
func TestCodeSurvivesKill(t *testing.T) {
	t.Parallel()
	a := newApplicationTest(t)
	for round := range rounds(4) {
		from, to := a.replicas[round%2], a.replicas[(round+1)%2]
		code := a.code(t, from)
		from.kill()
		a.entry.lead(t, to)
		first, err := a.api.Redeem(t.Context(), a.app, code)
		first.Must(t, err)
		form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first.Refresh}}
		next, err := a.api.Token(t.Context(), a.app, form)
		next.Must(t, err)
		if err := from.start(); err != nil {
			t.Fatal(err)
		}
		a.entry.lead(t, from)
		a.api.Ask(t, next.Access, `{ viewer { clientId } }`, nil).Want(t, "")
		if again, err := a.api.Redeem(t.Context(), a.app, code); err != nil || again.Error != "invalid_grant" {
			t.Errorf("the code again: %d %s %v", again.Status, again.Error, err)
		}
		a.api.Ask(t, next.Access, `{ viewer { clientId } }`, nil).Want(t, "UNAUTHENTICATED")
	}
}

// TestKillWhileRedeeming kills a replica while it redeems a code, and asks the other one with the
// same code, as applications do. Either the code was not used, and there is one session now, or
// it was, and there is none: nothing is half done.
func TestKillWhileRedeeming(t *testing.T) {
	t.Parallel()
	a := newApplicationTest(t)
	outcomes := map[string]int{}
	for round := range rounds(8) {
		from, to := a.replicas[round%2], a.replicas[(round+1)%2]
		code := a.code(t, from)
		before := a.living(t)
		direct := &harness.Client{URL: from.now.Load().URL}
		answered := make(chan harness.TokenReply, 1)
		go func() {
			r, err := direct.Redeem(context.WithoutCancel(t.Context()), a.app, code)
			if err != nil {
				r.Status = 0
			}
			answered <- r
		}()
		time.Sleep(time.Duration(round) * time.Millisecond) // a redemption takes a few
		from.kill()
		lost := (<-answered).Status == 0
		a.entry.lead(t, to)
		r, err := a.api.Redeem(t.Context(), a.app, code)
		if err != nil {
			t.Fatal(err)
		}
		opened := a.living(t) - before
		outcome := map[int]string{http.StatusOK: "used after the kill", http.StatusBadRequest: "used before the kill"}[r.Status]
		outcomes[outcome]++
		switch {
		case r.Status == http.StatusOK && lost && opened == 1:
		case r.Status == http.StatusBadRequest && r.Error == "invalid_grant" && opened == 0:
		default:
			t.Errorf("the other replica answers %d %s, the first answer is lost: %t, %d sessions are left", r.Status, r.Error, lost, opened)
		}
		if err := from.start(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("outcomes %v", outcomes)
}
