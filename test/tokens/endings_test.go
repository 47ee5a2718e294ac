package tokens_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// bound is how long another replica may take to learn that tokens ended.
const bound = time.Second

// within waits until a replica has learned of a change, and fails if that takes longer than it may.
func within(t *testing.T, what string, done func() bool) {
	t.Helper()
	begun := time.Now()
	harness.Eventually(t, what, done)
	if took := time.Since(begun); took > bound {
		t.Errorf("%s: after %v", what, took)
	}
}

// TestWhatEndsTokens: what is taken from a client, or by a person, ends tokens on another replica
// within a second, and those of others live on.
func TestWhatEndsTokens(t *testing.T) {
	dsn := storetest.DSN(t)
	one, two := harness.StartOn(t, dsn, "OAUTH=on"), harness.StartOn(t, dsn, "OAUTH=on")
	admin := one.Admin(t)
	ada := one.Register(t, harness.AdaEmail, harness.AdaPassword)
	bob := one.Register(t, "bob@example.com", harness.AdaPassword)
	item := one.Ask(t, admin.Access, `mutation { createResource(input: {identifier: "https://items.example.com", name: "Items"}) { id } }`, nil).
		Must(t).Text("createResource.id")
	change := func(mutation string) func(*testing.T, harness.Application) {
		return func(t *testing.T, app harness.Application) {
			t.Helper()
			one.Ask(t, admin.Access, mutation, harness.Vars{"id": app.ID}).Must(t)
		}
	}
	tests := []struct {
		name      string
		end       func(*testing.T, harness.Application)
		scopes    string // of the next token; "": there is none
		bobs      string // of the other person's, likewise
		resources []string
	}{
		{"disabled", change(`mutation($id: ID!) { disableClient(id: $id) { id } }`), "", "", nil},
		{"deleted", change(`mutation($id: ID!) { deleteClient(id: $id) }`), "", "", nil},
		{"no codes any more", change(`mutation($id: ID!) { updateClient(id: $id, input: {grants: [CLIENT_CREDENTIALS], redirectUris: []}) { id } }`), "", "", nil},
		{"fewer scopes", change(`mutation($id: ID!) { updateClient(id: $id, input: {scopes: ["openid", "offline_access"]}) { id } }`),
			"offline_access openid", "offline_access openid", nil},
		{"grant revoked by its person", func(t *testing.T, app harness.Application) {
			one.Ask(t, ada.Access, `mutation($id: ID!) { revokeGrant(clientId: $id) }`, harness.Vars{"id": app.ID}).Must(t)
			one.Ask(t, ada.Access, `mutation($id: ID!) { revokeGrant(clientId: $id) }`, harness.Vars{"id": app.ID}).Want(t, "NOT_FOUND")
		}, "", "email offline_access openid profile", nil},
		{"resource deleted", func(t *testing.T, _ harness.Application) {
			one.Ask(t, admin.Access, `mutation($id: ID!) { deleteResource(id: $id) }`, harness.Vars{"id": item}).Must(t)
		}, "", "", []string{"https://items.example.com"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resources := append([]string{}, tt.resources...)
			app, other := one.Application(t, harness.Vars{"resources": resources}), one.Application(t, nil)
			login := func(app harness.Application, who harness.Session) answer {
				t.Helper()
				c := consent{app: app, userID: who.UserID, scopes: slices.Clone(offline)}
				if app.ID != other.ID {
					c.resources = resources
				}
				return grant(t, one, c)
			}
			hers, his, others := login(app, ada), login(app, bob), login(other, ada)
			within(t, "the tokens work", func() bool { return two.Ask(t, others.Access, harness.MeOperation, nil).Code() == "" })
			tt.end(t, app)
			for _, check := range []struct {
				whose  string
				a      answer
				scopes string
			}{{"hers", hers, tt.scopes}, {"his", his, tt.bobs}} {
				if len(resources) == 0 && check.scopes != hers.Scope {
					within(t, check.whose+" end", func() bool { return two.Ask(t, check.a.Access, harness.MeOperation, nil).Reason() == "session_ended" })
				}
				got := send(t, two.URL, request{form: refreshing(check.a.Refresh), basic: [2]string{app.ID, app.Secret}})
				if got.Scope != check.scopes || (got.Status == 200) != (check.scopes != "") {
					t.Errorf("%s refreshed: %s, want %q", check.whose, got.Body, check.scopes)
				}
			}
			for _, s := range []*harness.Service{one, two} {
				s.Ask(t, others.Access, harness.MeOperation, nil).Must(t)
			}
		})
	}
}

// TestScopesComeBackByConsent: what was taken from a client and given back was not allowed again.
func TestScopesComeBackByConsent(t *testing.T) {
	s := harness.Start(t, "OAUTH=on")
	admin, ada := s.Admin(t), s.Register(t, harness.AdaEmail, harness.AdaPassword)
	app := s.Application(t, nil)
	a := grant(t, s, consent{app: app, userID: ada.UserID, scopes: slices.Clone(offline)})
	for _, scopes := range [][]string{{"openid", "offline_access"}, offline} {
		s.Ask(t, admin.Access, `mutation($id: ID!, $scopes: [String!]) { updateClient(id: $id, input: {scopes: $scopes}) { id } }`,
			harness.Vars{"id": app.ID, "scopes": scopes}).Must(t)
	}
	if got := send(t, s.URL, request{form: refreshing(a.Refresh), basic: [2]string{app.ID, app.Secret}}).want(t, 200, ""); got.Scope != "offline_access openid" {
		t.Errorf("%s", got.Body)
	}
	r := s.Ask(t, ada.Access, `{ me { grants { client { id name host } scopes offline resources { id } createdAt lastUsedAt } sessions { kind client { id } } } }`, nil).Must(t)
	for _, want := range []string{`"scopes":["offline_access","openid"],"offline":true,"resources":[]`, `{"kind":"APPLICATION","client":{"id":"` + app.ID + `"}}`,
		`{"kind":"OWN","client":null}`, `{"kind":"SIGN_IN_PAGE","client":null}`} {
		if !strings.Contains(r.Body, want) {
			t.Errorf("%s lacks %s", r.Body, want)
		}
	}
	bob := s.Register(t, "bob@example.com", harness.AdaPassword)
	s.Ask(t, bob.Access, `query($id: ID!) { user(id: $id) { grants { scopes } } }`, harness.Vars{"id": ada.UserID}).Want(t, "FORBIDDEN")
	s.Ask(t, admin.Access, `query($id: ID!) { user(id: $id) { grants { scopes } } }`, harness.Vars{"id": ada.UserID}).Must(t)
}

// TestSecretsOverlap: two secrets work until the overlap ends, and at once on each replica.
func TestSecretsOverlap(t *testing.T) {
	dsn := storetest.DSN(t)
	one, two := harness.StartOn(t, dsn, "OAUTH=on"), harness.StartOn(t, dsn, "OAUTH=on")
	admin := one.Admin(t)
	app := one.Application(t, harness.Vars{"grants": []string{"CLIENT_CREDENTIALS"}, "redirectUris": []string{}, "scopes": []string{}})
	works := func(s *harness.Service, secret string) bool {
		t.Helper()
		return send(t, s.URL, request{form: form("grant_type", "client_credentials"), basic: [2]string{app.ID, secret}}).Status == 200
	}
	rotate := func(overlap string) string {
		t.Helper()
		return one.Ask(t, admin.Access, `mutation($id: ID!, $overlap: String!) { rotateClientSecret(id: $id, overlap: $overlap) { clientSecret } }`,
			harness.Vars{"id": app.ID, "overlap": overlap}).Must(t).Text("rotateClientSecret.clientSecret")
	}
	second := rotate("1h")
	within(t, "the second works", func() bool { return works(two, second) })
	if !works(one, app.Secret) || !works(two, app.Secret) || !works(one, second) {
		t.Error("one of two does not work")
	}
	third := rotate("1h")
	within(t, "the third works", func() bool { return works(two, third) })
	if works(one, app.Secret) || works(two, app.Secret) || !works(two, second) {
		t.Error("the first works, or the second does not")
	}
	fourth := rotate("0s")
	within(t, "the fourth works", func() bool { return works(two, fourth) })
	if works(one, third) || works(two, third) || works(one, second) || !works(one, fourth) {
		t.Error("one that was replaced works")
	}
}
