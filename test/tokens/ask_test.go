package tokens_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/test/harness"
)

// introspection is what /oauth/introspect answers.
func introspection(t *testing.T, s *harness.Service, app harness.Application, token string) (active bool, all map[string]any) {
	t.Helper()
	a := send(t, s.URL, request{path: "/oauth/introspect", form: form("token", token, "token_type_hint", "x"), basic: [2]string{app.ID, app.Secret}}).want(t, 200, "")
	if err := json.Unmarshal([]byte(a.Body), &all); err != nil {
		t.Fatal(err)
	}
	active, _ = all["active"].(bool)
	if !active && a.Body != `{"active":false}` {
		t.Errorf("a token that is not active: %s", a.Body)
	}
	return active, all
}

// TestIntrospect: a client learns of its own tokens, and of those for services that it asks tokens for, as
// long as they work; of all others nothing.
func TestIntrospect(t *testing.T) {
	s := harness.Start(t, "OAUTH=on")
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	const items = "https://items.example.com/mcp"
	s.Ask(t, s.Admin(t).Access, `mutation($input: CreateResourceInput!) { createResource(input: $input) { id } }`, harness.Vars{"input": harness.Vars{
		"identifier": items, "name": "Items", "scopes": []harness.Vars{{"name": "items:own", "title": "Own", "own": true}, {"name": "items:all", "title": "All"}},
	}}).Must(t)
	scopes := append([]string{"items:own", "items:all"}, offline...)
	var app, server, other harness.Application
	harness.Eventually(t, "the resource is known", func() bool {
		r := s.Ask(t, s.Admin(t).Access, harness.CreateClientOperation, harness.Vars{"input": harness.Vars{
			"name": "An application", "redirectUris": []string{harness.Callback}, "scopes": scopes, "resources": []string{items},
		}})
		if r.Code() != "" {
			return false
		}
		app = harness.Application{ID: r.Text("createClient.client.id"), Secret: r.Text("createClient.clientSecret")}
		return true
	})
	server = s.Application(t, harness.Vars{"grants": []string{"CLIENT_CREDENTIALS"}, "redirectUris": []string{}, "scopes": []string{}, "resources": []string{items}})
	other = s.Application(t, nil)
	a := grant(t, s, consent{app: app, userID: ada.UserID, scopes: scopes, resources: []string{items}})
	if c := claims(t, a.Access); c["aud"] != items || c["scope"] != "items:own" || c["client_id"] != app.ID || c["gatehouse"].(map[string]any)["roles"] != nil {
		t.Errorf("claims %v", c)
	}
	if a.Scope != "email items:own offline_access openid profile" {
		t.Errorf("scope %q", a.Scope)
	}
	s.Ask(t, a.Access, `{ me { id } }`, nil).WantReason(t, "UNAUTHENTICATED", "token_invalid")
	for _, c := range []harness.Application{app, server} {
		active, all := introspection(t, s, c, a.Access)
		if !active || all["sub"] != ada.UserID || all["client_id"] != app.ID || all["aud"] != items || all["scope"] != "items:own" || all["token_type"] != "Bearer" ||
			all["acr"] != "aal1" || !slices.Equal(all["amr"].([]any), []any{"pwd"}) || all["auth_time"] != claims(t, a.Access)["auth_time"] {
			t.Errorf("introspection %v", all)
		}
	}
	if active, all := introspection(t, s, app, a.Refresh); !active || all["client_id"] != app.ID || all["sub"] != ada.UserID ||
		all["acr"] != "aal1" || !slices.Equal(all["amr"].([]any), []any{"pwd"}) {
		t.Errorf("of the refresh token: %v", all)
	}
	for name, tt := range map[string]struct {
		app   harness.Application
		token string
	}{
		"another client":                 {other, a.Access},
		"another client, refresh token":  {other, a.Refresh},
		"the service, the refresh token": {server, a.Refresh},
		"a person's own token":           {app, ada.Access},
		"a person's own refresh token":   {app, ada.Refresh},
		"an ID token":                    {app, a.IDToken},
		"any text":                       {app, "x"},
		"a changed token":                {app, a.Access[:len(a.Access)-4] + "AAAA"},
	} {
		if active, all := introspection(t, s, tt.app, tt.token); active {
			t.Errorf("%s: %v", name, all)
		}
	}
	public := s.Application(t, harness.Vars{"kind": "PUBLIC"})
	send(t, s.URL, request{path: "/oauth/introspect", form: form("token", a.Access, "client_id", public.ID)}).want(t, 401, "invalid_client")
	send(t, s.URL, request{path: "/oauth/introspect", form: form(), basic: [2]string{app.ID, app.Secret}}).want(t, 400, "invalid_request")

	ours := send(t, s.URL, request{form: refreshing(a.Refresh, "resource", items), basic: [2]string{app.ID, app.Secret}}).want(t, 200, "")
	if claims(t, ours.Access)["aud"] != items {
		t.Errorf("answer %s", ours.Body)
	}
	for _, resource := range []string{"http://localhost:8080", items + "/", "https://items.example.com", "x"} {
		send(t, s.URL, request{form: refreshing(ours.Refresh, "resource", resource), basic: [2]string{app.ID, app.Secret}}).want(t, 400, "invalid_target")
	}
	s.Ask(t, s.Admin(t).Access, `mutation($id: ID!) { revokeAllSessions(userId: $id) }`, harness.Vars{"id": ada.UserID}).Must(t)
	for _, token := range []string{ours.Access, ours.Refresh} {
		if active, all := introspection(t, s, app, token); active {
			t.Errorf("after the session ended: %v", all)
		}
	}
}

// TestIntrospectFollowsRoles: what a token may is what roles grant now.
func TestIntrospectFollowsRoles(t *testing.T) {
	s := harness.Start(t, "OAUTH=on")
	role(t, s, "reader", "read:users")
	app, _ := machine(t, s, []string{"read:users"}, "reader")
	a := send(t, s.URL, credentials(app)).want(t, 200, "")
	if _, all := introspection(t, s, app, a.Access); all["scope"] != "read:users" {
		t.Errorf("introspection %v", all)
	}
	grants(t, s, "reader")
	if active, all := introspection(t, s, app, a.Access); !active || all["scope"] != "" {
		t.Errorf("introspection %v", all)
	}
}

// TestRevoke: a client ends its own sessions by either token, and about others nothing happens and nothing is
// told.
func TestRevoke(t *testing.T) {
	s := harness.Start(t, "OAUTH=on")
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	app, other, public := s.Application(t, nil), s.Application(t, nil), s.Application(t, harness.Vars{"kind": "PUBLIC"})
	revoke := func(app harness.Application, token string) {
		t.Helper()
		f := form("token", token, "client_id", app.ID, "client_secret", app.Secret)
		if a := send(t, s.URL, request{path: "/oauth/revoke", form: f}).want(t, 200, ""); a.Body != "" {
			t.Errorf("answer %s", a.Body)
		}
	}
	a := grant(t, s, consent{app: app, userID: ada.UserID, scopes: offline})
	for _, token := range []string{a.Access, a.Refresh} {
		revoke(other, token)
		revoke(public, token)
	}
	for _, token := range []string{ada.Access, ada.Refresh, a.IDToken, "x", strings.Repeat("y", 5000)} {
		revoke(app, token)
	}
	s.WantAlive(t, "the person", ada)
	s.Refresh(t, ada.Refresh)
	basic := [2]string{app.ID, app.Secret}
	a = send(t, s.URL, request{form: refreshing(a.Refresh), basic: basic}).want(t, 200, "")
	revoke(app, a.Refresh)
	s.Ask(t, a.Access, `{ me { id } }`, nil).WantReason(t, "UNAUTHENTICATED", "session_ended")
	send(t, s.URL, request{form: refreshing(a.Refresh), basic: basic}).want(t, 400, "invalid_grant")
	revoke(app, a.Refresh)
	b := grant(t, s, consent{app: app, userID: ada.UserID, scopes: offline})
	revoke(app, b.Access)
	send(t, s.URL, request{form: refreshing(b.Refresh), basic: basic}).want(t, 400, "invalid_grant")
	send(t, s.URL, request{path: "/oauth/revoke", form: form("token", "x")}).want(t, 401, "invalid_client")
	send(t, s.URL, request{path: "/oauth/revoke", form: form(), basic: basic}).want(t, 400, "invalid_request")
}

// TestUserinfo: it tells of a person what the token's scopes allow, and takes only tokens for this API.
func TestUserinfo(t *testing.T) {
	s := harness.Start(t, "OAUTH=on")
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	app := s.Application(t, harness.Vars{"scopes": append([]string{"roles"}, offline...)})
	ask := func(method string, header ...string) answer {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, s.URL+"/oauth/userinfo", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range header {
			r.Header.Add("Authorization", h)
		}
		a, err := do(r)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	const metadata = `resource_metadata="http://localhost:8080/.well-known/oauth-protected-resource"`
	for _, tt := range []struct {
		scopes []string
		want   []string
	}{
		{[]string{"openid"}, []string{"sub"}},
		{[]string{"openid", "profile"}, []string{"sub", "updated_at"}},
		{[]string{"openid", "email"}, []string{"email", "email_verified", "sub"}},
		{[]string{"openid", "roles"}, []string{"roles", "sub"}},
	} {
		a := grant(t, s, consent{app: app, userID: ada.UserID, scopes: tt.scopes})
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			told := ask(method, "Bearer "+a.Access)
			var all map[string]any
			if err := json.Unmarshal([]byte(told.Body), &all); err != nil || told.Status != 200 || all["sub"] != ada.UserID || len(all) != len(tt.want) {
				t.Errorf("%v: %d %s, want %v", tt.scopes, told.Status, told.Body, tt.want)
			}
			for _, name := range tt.want {
				if all[name] == nil {
					t.Errorf("%v: %s lacks %s", tt.scopes, told.Body, name)
				}
			}
		}
	}
	plain := grant(t, s, consent{app: app, userID: ada.UserID, scopes: []string{"profile"}})
	open := grant(t, s, consent{app: app, userID: ada.UserID, scopes: []string{"openid"}})
	service, _ := machine(t, s, []string{})
	program := send(t, s.URL, credentials(service)).want(t, 200, "")
	for name, tt := range map[string]struct {
		header    []string
		status    int
		code      string
		challenge string
	}{
		"nothing":              {nil, 401, "", `Bearer ` + metadata},
		"without openid":       {[]string{"Bearer " + plain.Access}, 403, "insufficient_scope", `Bearer error="insufficient_scope", scope="openid", ` + metadata},
		"a person's own token": {[]string{"Bearer " + ada.Access}, 403, "insufficient_scope", `Bearer error="insufficient_scope", scope="openid", ` + metadata},
		"a program's token":    {[]string{"Bearer " + program.Access}, 403, "insufficient_scope", `Bearer error="insufficient_scope", scope="openid", ` + metadata},
		"an ID token":          {[]string{"Bearer " + open.IDToken}, 401, "invalid_token", `Bearer error="invalid_token", ` + metadata},
		"a refresh token":      {[]string{"Bearer " + ada.Refresh}, 401, "invalid_token", `Bearer error="invalid_token", ` + metadata},
		"Basic":                {[]string{"Basic eDp5"}, 401, "invalid_token", `Bearer error="invalid_token", ` + metadata},
		"twice":                {[]string{"Bearer " + open.Access, "Bearer " + open.Access}, 401, "invalid_token", `Bearer error="invalid_token", ` + metadata},
	} {
		a := ask(http.MethodGet, tt.header...)
		if a.Status != tt.status || a.Error != tt.code || a.Header.Get("WWW-Authenticate") != tt.challenge {
			t.Errorf("%s: %d %s %q", name, a.Status, a.Body, a.Header.Get("WWW-Authenticate"))
		}
	}
	if a := ask(http.MethodPut, "Bearer "+open.Access); a.Status != 405 || a.Error != "invalid_request" {
		t.Errorf("PUT: %d %s", a.Status, a.Body)
	}
	send(t, s.URL, request{path: "/oauth/revoke", form: form("token", open.Access), basic: [2]string{app.ID, app.Secret}}).want(t, 200, "")
	if a := ask(http.MethodGet, "Bearer "+open.Access); a.Status != 401 || a.Error != "invalid_token" {
		t.Errorf("after the session ended: %d %s", a.Status, a.Body)
	}
}
