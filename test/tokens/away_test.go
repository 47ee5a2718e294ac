package tokens_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/lib/pq"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// A database can be taken away from the services on it.
type database struct {
	t    *testing.T
	db   *sql.DB
	name string
}

func newDatabase(t *testing.T, dsn string) *database {
	t.Helper()
	config, err := pq.NewConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("postgres", dsn+" dbname=postgres")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return &database{t, db, config.Database}
}

// away ends all connections, and refuses new ones until back is called.
func (d *database) away() (back func()) {
	d.t.Helper()
	allow := func(yes bool) {
		if _, err := d.db.ExecContext(d.t.Context(), fmt.Sprintf("ALTER DATABASE %s ALLOW_CONNECTIONS %t", pq.QuoteIdentifier(d.name), yes)); err != nil {
			d.t.Fatal(err)
		}
	}
	allow(false)
	if _, err := d.db.ExecContext(d.t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`, d.name); err != nil {
		d.t.Fatal(err)
	}
	return func() { allow(true) }
}

// TestDatabaseAway: while the database is away, clients are told so, and what they hold works afterwards. A
// secret is still judged.
func TestDatabaseAway(t *testing.T) {
	dsn := storetest.DSN(t)
	s := harness.StartOn(t, dsn, "OAUTH=on", "OAUTH_PASSWORD_GRANT=on")
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	app, robot := s.Application(t, nil), keyed(t, s, harness.Vars{})
	program, _ := machine(t, s, []string{})
	basic := [2]string{app.ID, app.Secret}
	tokens := grant(t, s, consent{app: app, userID: ada.UserID, scopes: offline})
	code := issue(t, s, consent{app: app, userID: ada.UserID, scopes: offline})
	assertion := with(form("token", "x"), "client_assertion", robot.assertion(t, "1"), "client_assertion_type", assertionType)
	requests := map[string]request{
		"code":               {form: exchange(code), basic: basic},
		"refresh":            {form: refreshing(tokens.Refresh), basic: basic},
		"client credentials": credentials(program),
		"password":           {form: passwordForm(harness.AdaEmail, harness.AdaPassword)},
		"assertion":          {path: "/oauth/revoke", form: assertion},
		"introspection":      {path: "/oauth/introspect", form: form("token", tokens.Refresh), basic: basic},
		"par": {path: "/oauth/par", basic: basic, form: form("response_type", "code", "redirect_uri", harness.Callback, "scope", "openid",
			"code_challenge", challenge, "code_challenge_method", "S256")},
	}
	back := newDatabase(t, dsn).away()
	for name, r := range requests {
		a := send(t, s.URL, r)
		if a.Status != 503 || a.Error != "temporarily_unavailable" || a.Header.Get("Retry-After") == "" || strings.Contains(a.Body, "pq") {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	revoke := request{path: "/oauth/revoke", form: form("token", tokens.Refresh), basic: basic}
	send(t, s.URL, revoke).want(t, 503, "temporarily_unavailable")
	send(t, s.URL, request{form: exchange(code), basic: [2]string{app.ID, "x"}}).want(t, 401, "invalid_client")
	back()
	harness.Eventually(t, "the service is back", func() bool { return s.Status(t, "/readyz") == 200 })
	for name, r := range requests {
		if a := send(t, s.URL, r); a.Status != 200 && a.Status != 201 {
			t.Errorf("afterwards, %s: %d %s", name, a.Status, a.Body)
		}
	}
}

// TestEndsEverywhere: what takes something from an application takes it at every replica.
func TestEndsEverywhere(t *testing.T) {
	both := replicas(t)
	role(t, both[0], "reader", "read:users")
	const users = `{ users(first: 1) { nodes { id } } }`
	change := func(t *testing.T, text string, vars harness.Vars) {
		both[0].Ask(t, both[0].Admin(t).Access, text, vars).Must(t)
	}
	for i, tt := range []struct {
		name   string
		take   func(t *testing.T, ada harness.Session, app harness.Application)
		code   string
		reason string
	}{
		{"the scope of a role", func(t *testing.T, _ harness.Session, _ harness.Application) { grants(t, both[0], "reader") }, "FORBIDDEN", "missing_scope"},
		{"the role", func(t *testing.T, ada harness.Session, _ harness.Application) {
			change(t, `mutation($id: ID!) { setUserRoles(id: $id, roles: []) { id } }`, harness.Vars{"id": ada.UserID})
		}, "FORBIDDEN", "missing_scope"},
		{"the consent", func(t *testing.T, ada harness.Session, app harness.Application) {
			both[0].Ask(t, ada.Access, `mutation($id: ID!) { revokeGrant(clientId: $id) }`, harness.Vars{"id": app.ID}).Must(t)
		}, "UNAUTHENTICATED", "session_ended"},
		{"the client", func(t *testing.T, _ harness.Session, app harness.Application) {
			change(t, `mutation($id: ID!) { disableClient(id: $id) { id } }`, harness.Vars{"id": app.ID})
		}, "UNAUTHENTICATED", "session_ended"},
		{"the person", func(t *testing.T, ada harness.Session, _ harness.Application) {
			change(t, `mutation($id: ID!) { disableUser(id: $id) { id } }`, harness.Vars{"id": ada.UserID})
		}, "UNAUTHENTICATED", "session_ended"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			grants(t, both[0], "reader", "read:users")
			ada := both[0].Member(t, string(rune('a'+i))+harness.AdaEmail, "reader")
			app := both[0].Application(t, harness.Vars{"scopes": append([]string{"read:users"}, offline...)})
			a := grant(t, both[0], consent{app: app, userID: ada.UserID, scopes: append([]string{"read:users"}, offline...)})
			harness.Eventually(t, "both replicas know the role", func() bool { return both[1].Ask(t, a.Access, users, nil).Code() == "" })
			tt.take(t, ada, app)
			both[0].Ask(t, a.Access, users, nil).WantReason(t, tt.code, tt.reason)
			harness.Eventually(t, "the other replica knows", func() bool { return both[1].Ask(t, a.Access, users, nil).Code() == tt.code })
		})
	}
}
