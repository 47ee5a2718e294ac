package tokens_test

import (
	"strings"
	"testing"

	"gatehouse/auth/operator"
	"gatehouse/test/harness"
)

// machine registers a client that acts as a service account of its own with the roles.
func machine(t testing.TB, s *harness.Service, scopes []string, roles ...string) (app harness.Application, accountID string) {
	t.Helper()
	admin := s.Admin(t).Access
	made := s.Ask(t, admin, `mutation($input: CreateServiceAccountInput!) { createServiceAccount(input: $input) { id } }`,
		harness.Vars{"input": harness.Vars{"name": "billing", "roles": append([]string{}, roles...)}}).Must(t)
	accountID = made.Text("createServiceAccount.id")
	return s.Application(t, harness.Vars{
		"grants": []string{"CLIENT_CREDENTIALS"}, "redirectUris": []string{}, "scopes": scopes, "serviceAccountId": accountID,
	}), accountID
}

// role makes a role with scopes.
func role(t testing.TB, s *harness.Service, name string, scopes ...string) {
	t.Helper()
	if err := s.Store().CreateRole(t.Context(), operator.Role{Name: name, Scopes: scopes}); err != nil {
		t.Fatal(err)
	}
}

// grants replaces the scopes of a role.
func grants(t testing.TB, s *harness.Service, name string, scopes ...string) {
	t.Helper()
	now := append([]string{}, scopes...)
	if _, err := s.Store().ChangeRole(t.Context(), name, func([]string) []string { return now }); err != nil {
		t.Fatal(err)
	}
}

func credentials(app harness.Application, more ...string) request {
	return request{form: with(form("grant_type", "client_credentials"), more...), basic: [2]string{app.ID, app.Secret}}
}

// TestClientCredentials: a program acts as its service account: with what roles grant that now, of what
// it is registered for.
func TestClientCredentials(t *testing.T) {
	s := harness.Start(t, "OAUTH=on")
	role(t, s, "reader", "read:users")
	app, account := machine(t, s, []string{"read:users", "write:users", "profile"}, "reader")
	a := send(t, s.URL, credentials(app)).want(t, 200, "")
	if a.Scope != "read:users" || a.Refresh != "" || a.IDToken != "" {
		t.Errorf("answer %s", a.Body)
	}
	c := claims(t, a.Access)
	if c["sub"] != account || c["client_id"] != app.ID || c["auth_time"] == nil {
		t.Errorf("claims %v", c)
	}
	r := s.Ask(t, a.Access, `{ users(first: 1) { nodes { id } } viewer { id clientId delegated scopes roles } }`, nil).Must(t)
	if r.Text("viewer.id") != account || r.Text("viewer.clientId") != app.ID || r.At("viewer.delegated") != false {
		t.Errorf("viewer %s", r.Body)
	}
	again := send(t, s.URL, credentials(app)).want(t, 200, "")
	if claims(t, again.Access)["sid"] != c["sid"] || again.Access == a.Access {
		t.Error("each request opens a session of its own")
	}
	for _, tt := range []struct {
		name   string
		more   []string
		status int
		code   string
		scope  string
	}{
		{"a scope", []string{"scope", "read:users"}, 200, "", "read:users"},
		{"one that roles don't grant", []string{"scope", "write:users"}, 200, "", ""},
		{"one that the client lacks, beside another", []string{"scope", "read:users delete:users"}, 200, "", "read:users"},
		{"none that the client has", []string{"scope", "delete:users"}, 400, "invalid_scope", ""},
		{"those of persons", []string{"scope", "openid offline_access"}, 400, "invalid_scope", ""},
		{"no scopes", []string{"scope", "a\"b"}, 400, "invalid_scope", ""},
		{"our own API", []string{"resource", "http://localhost:8080"}, 200, "", "read:users"},
		{"our own API, with a slash", []string{"resource", "http://localhost:8080/"}, 200, "", "read:users"},
		{"another service", []string{"resource", "https://other.example"}, 400, "invalid_target", ""},
	} {
		if a := send(t, s.URL, credentials(app, tt.more...)); a.Status != tt.status || a.Error != tt.code || a.Scope != tt.scope {
			t.Errorf("%s: %d %s", tt.name, a.Status, a.Body)
		}
	}
	grants(t, s, "reader")
	s.Ask(t, a.Access, `{ users(first: 1) { nodes { id } } }`, nil).WantReason(t, "FORBIDDEN", "missing_scope")
	if a := send(t, s.URL, credentials(app)).want(t, 200, ""); a.Scope != "" {
		t.Errorf("after the role lost its scopes: %s", a.Body)
	}
	grants(t, s, "reader", "read:users")
	s.Ask(t, s.Admin(t).Access, `mutation($id: ID!) { setUserRoles(id: $id, roles: []) { id } }`, harness.Vars{"id": account}).Must(t)
	if a := send(t, s.URL, credentials(app)).want(t, 200, ""); a.Scope != "" {
		t.Errorf("after the account lost its role: %s", a.Body)
	}
}

// TestClientCredentialsEnd: what a program had ends with its client and its account, at once, and it gets
// no more.
func TestClientCredentialsEnd(t *testing.T) {
	s := harness.Start(t, "OAUTH=on")
	for name, tt := range map[string]struct {
		end    string
		undo   string
		status int
		code   string
	}{
		"the client is disabled":  {`disableClient(id: $client) { id }`, `enableClient(id: $client) { id }`, 401, "invalid_client"},
		"the account is disabled": {`disableUser(id: $account) { id }`, `enableUser(id: $account) { id }`, 400, "unauthorized_client"},
		"its sessions are ended":  {`revokeAllSessions(userId: $account)`, `revokeAllSessions(userId: $account)`, 200, ""},
		"the client is deleted":   {`deleteClient(id: $client)`, "", 401, "invalid_client"},
		"the account is deleted":  {`deleteUser(id: $account)`, "", 401, "invalid_client"},
	} {
		t.Run(name, func(t *testing.T) {
			app, account := machine(t, s, []string{})
			change := func(field string) {
				field = strings.NewReplacer("$client", `"`+app.ID+`"`, "$account", `"`+account+`"`).Replace(field)
				s.Ask(t, s.Admin(t).Access, `mutation { `+field+` }`, nil).Must(t)
			}
			a := send(t, s.URL, credentials(app)).want(t, 200, "")
			s.Ask(t, a.Access, `{ viewer { id } }`, nil).Must(t)
			change(tt.end)
			s.Ask(t, a.Access, `{ viewer { id } }`, nil).WantReason(t, "UNAUTHENTICATED", "session_ended")
			harness.Eventually(t, "the client is known to have changed", func() bool {
				a := send(t, s.URL, credentials(app))
				return a.Status == tt.status && a.Error == tt.code
			})
			if tt.undo != "" {
				change(tt.undo)
				var again answer
				harness.Eventually(t, "the client is known to have changed", func() bool {
					again = send(t, s.URL, credentials(app))
					return again.Status == 200
				})
				s.Ask(t, again.Access, `{ viewer { id } }`, nil).Must(t)
				s.Ask(t, a.Access, `{ viewer { id } }`, nil).WantReason(t, "UNAUTHENTICATED", "session_ended")
			}
		})
	}
}

// TestClientCredentialsNeedNoDatabase: once a program has a token, it gets others while the database is
// away.
func TestClientCredentialsNeedNoDatabase(t *testing.T) {
	s := harness.Start(t, "OAUTH=on")
	role(t, s, "reader", "read:users")
	app, _ := machine(t, s, []string{"read:users"}, "reader")
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	person := s.Application(t, nil)
	offline := grant(t, s, consent{app: person, userID: ada.UserID, scopes: offline})
	send(t, s.URL, credentials(app)).want(t, 200, "")
	if err := s.Store().Close(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if a := send(t, s.URL, credentials(app, "scope", "read:users")).want(t, 200, ""); a.Scope != "read:users" {
			t.Errorf("answer %s", a.Body)
		}
	}
	refresh := request{form: refreshing(offline.Refresh), basic: [2]string{person.ID, person.Secret}}
	if a := send(t, s.URL, refresh); a.Status == 200 {
		t.Errorf("the database is not away: %s", a.Body)
	}
}
