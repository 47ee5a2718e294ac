package api_test

import (
	"crypto/ed25519"
	"database/sql"
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

const (
	clientFields = `id name kind uri host redirectUris postLogoutRedirectUris grants scopes resources { identifier } firstParty pkce
		pushedRequests idTokenAlgorithm documents jwks assertionAudience disabled createdAt updatedAt secretCreatedAt serviceAccountId`
	createClient = `mutation($input: CreateClientInput!) { createClient(input: $input) {
		clientSecret client { ` + clientFields + ` } } }`
	updateClient = `mutation($id: ID!, $input: UpdateClientInput!) { updateClient(id: $id, input: $input) { ` + clientFields + ` } }`
	rotateSecret = `mutation($id: ID!, $overlap: String!) { rotateClientSecret(id: $id, overlap: $overlap) { clientSecret client { id secretCreatedAt } } }`
)

var secretForm = regexp.MustCompile(`^ghcs_[A-Z2-7]{52}$`)

// TestClient takes a client from its registration to its end.
func TestClient(t *testing.T) {
	s := harness.Start(t)
	admin := s.Admin(t)
	resource := s.Ask(t, admin.Access, createResource, harness.Vars{"input": harness.Vars{
		"identifier": "https://items.example.com", "name": "Items", "scopes": []harness.Vars{{"name": "read:items", "title": "See all items"},
			{"name": "read:own-items", "title": "See your items", "own": true}},
	}}).Must(t)
	r := s.Ask(t, admin.Access, createClient, harness.Vars{"input": harness.Vars{
		"name": " The Calendar ", "uri": "https://calendar.example.com/about", "redirectUris": []string{harness.Callback},
		"postLogoutRedirectUris": []string{"https://app.example.com/"}, "scopes": []string{"read:users", "openid", "read:own-items", "openid"},
		"resources": []string{"https://items.example.com/"}, "idTokenAlgorithm": "ES256",
	}}).Must(t)
	id, secret := r.Text("createClient.client.id"), r.Text("createClient.clientSecret")
	if !secretForm.MatchString(secret) || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v %s", r.Header, r.Body)
	}
	const whole = `{ client(id: "%s") { ` + clientFields + ` } }`
	got := s.Ask(t, admin.Access, fmt.Sprintf(whole, id), nil).Must(t)
	want := `"name":"The Calendar","kind":"CONFIDENTIAL","uri":"https://calendar.example.com/about","host":"calendar.example.com",` +
		`"redirectUris":["https://app.example.com/callback"],"postLogoutRedirectUris":["https://app.example.com/"],"grants":["AUTHORIZATION_CODE","REFRESH_TOKEN"],` +
		`"scopes":["openid","read:own-items","read:users"],"resources":[{"identifier":"https://items.example.com"}],"firstParty":false,"pkce":true,` +
		`"pushedRequests":false,"idTokenAlgorithm":"ES256","documents":null,"jwks":null,"assertionAudience":"ISSUER","disabled":false`
	if !strings.Contains(got.Body, want) || !strings.HasSuffix(strings.TrimSpace(got.Body), `"serviceAccountId":null}}}`) || strings.Contains(got.Body, secret) {
		t.Errorf("got  %s\nwant %s", got.Body, want)
	}
	list := s.Ask(t, admin.Access, `{ clients { totalCount edges { cursor node { id } } pageInfo { hasNextPage endCursor } } resources { id identifier scopes { name own } } }`, nil).Must(t)
	if !strings.Contains(list.Body, `"totalCount":1,`) || !strings.Contains(list.Body, `"node":{"id":"`+id+`"}`) ||
		!strings.Contains(list.Body, `"resources":[{"id":"`+resource.Text("createResource.id")+`","identifier":"https://items.example.com"`) {
		t.Errorf("%s", list.Body)
	}

	r = s.Ask(t, admin.Access, rotateSecret, harness.Vars{"id": id, "overlap": "1h"}).Must(t)
	if next := r.Text("rotateClientSecret.clientSecret"); !secretForm.MatchString(next) || next == secret {
		t.Errorf("%s", r.Body)
	}
	s.Ask(t, admin.Access, rotateSecret, harness.Vars{"id": id, "overlap": "169h"}).WantField(t, "BAD_USER_INPUT", "overlap")
	s.Ask(t, admin.Access, rotateSecret, harness.Vars{"id": id, "overlap": "-1s"}).WantField(t, "BAD_USER_INPUT", "overlap")

	r = s.Ask(t, admin.Access, updateClient, harness.Vars{"id": id, "input": harness.Vars{"uri": nil, "name": "Calendar", "redirectUris": []string{"http://localhost/cb"}}}).Must(t)
	if r.At("updateClient.uri") != nil || r.At("updateClient.host") != nil || r.Text("updateClient.name") != "Calendar" || len(r.Texts("updateClient.scopes")) != 3 {
		t.Errorf("%s", r.Body)
	}
	for range 2 {
		r = s.Ask(t, admin.Access, `mutation($id: ID!) { disableClient(id: $id) { disabled } }`, harness.Vars{"id": id}).Must(t)
		if r.At("disableClient.disabled") != true {
			t.Errorf("%s", r.Body)
		}
	}
	s.Ask(t, admin.Access, `mutation($id: ID!) { enableClient(id: $id) { disabled } }`, harness.Vars{"id": id}).Must(t)
	s.Ask(t, admin.Access, `mutation($id: ID!) { deleteResource(id: $id) }`, harness.Vars{"id": resource.Text("createResource.id")}).Must(t)
	if got := s.Ask(t, admin.Access, fmt.Sprintf(whole, id), nil).Must(t); len(got.At("client.resources").([]any)) != 0 {
		t.Errorf("%s", got.Body)
	}
	if got := s.Ask(t, admin.Access, `mutation($id: ID!) { deleteClient(id: $id) }`, harness.Vars{"id": id}).Must(t); got.Text("deleteClient") != id {
		t.Errorf("%s", got.Body)
	}
	for _, query := range []string{
		fmt.Sprintf(whole, id), `mutation($id: ID!) { deleteClient(id: $id) }`, `mutation($id: ID!) { disableClient(id: $id) { id } }`,
		`mutation($id: ID!) { deleteResource(id: $id) }`, `mutation($id: ID!) { revokeGrant(clientId: $id) }`,
		`mutation($id: ID!) { rotateClientSecret(id: $id) { clientSecret } }`,
	} {
		for _, unknown := range []string{id, "", "x", strings.ToUpper(id), "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63\n"} {
			s.Ask(t, admin.Access, query, harness.Vars{"id": unknown}).Want(t, "NOT_FOUND")
			if !strings.Contains(query, "$id") {
				break
			}
		}
	}
	log := s.Log.String()
	for _, line := range []string{
		`"event":"createClient","outcome":"ok","actor":"` + admin.UserID + `","actor_session":"` + s.SessionID(t, admin.Access) + `","client_id":"` + id + `"`,
		`"event":"rotateClientSecret","outcome":"ok"`, `"event":"deleteClient","outcome":"ok"`,
		`"event":"createResource","outcome":"ok","actor":"` + admin.UserID + `","actor_session":"` + s.SessionID(t, admin.Access) + `","resource":"`,
	} {
		if !strings.Contains(log, line) {
			t.Errorf("the log lacks %s", line)
		}
	}
	if strings.Contains(log, secret) {
		t.Error("the log has a secret")
	}
}

// TestCreateClientRefuses tries bad input, beside the same request done right.
func TestCreateClientRefuses(t *testing.T) {
	s := harness.Start(t)
	admin := s.Admin(t)
	person := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	service, _, _ := newService(t, s, admin, []string{}, "user")
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	jwks := harness.Vars{"keys": []harness.Vars{{"kty": "OKP", "crv": "Ed25519", "x": base64.RawURLEncoding.EncodeToString(public)}}}
	many := make([]string, 21)
	for i := range many {
		many[i] = fmt.Sprintf("https://app.example.com/%d", i)
	}
	type v = harness.Vars
	tests := []struct {
		name   string
		change v
		field  string // "": it is accepted
	}{
		{"as it is", v{}, ""},
		{"a public one", v{"kind": "PUBLIC"}, ""},
		{"no name", v{"name": " "}, "input.name"},
		{"a name of control characters", v{"name": "a\u0007b"}, "input.name"},
		{"a name that turns the text around", v{"name": "a\u202eb"}, "input.name"},
		{"a long name", v{"name": strings.Repeat("n", 201)}, "input.name"},
		{"a page over http", v{"uri": "http://app.example.com"}, "input.uri"},
		{"a script as a page", v{"uri": "javascript:alert(1)"}, "input.uri"},
		{"a page", v{"uri": "https://app.example.com"}, ""},
		{"a redirect over http", v{"redirectUris": []string{"http://app.example.com/cb"}}, "input.redirectUris"},
		{"a bad second one", v{"redirectUris": []string{harness.Callback, "https://app.example.com/*"}}, "input.redirectUris"},
		{"the same one twice", v{"redirectUris": []string{harness.Callback, harness.Callback}}, "input.redirectUris"},
		{"no redirect", v{"redirectUris": []string{}}, "input.redirectUris"},
		{"too many redirects", v{"redirectUris": many}, "input.redirectUris"},
		{"as many as there may be", v{"redirectUris": many[:20]}, ""},
		{"a bad logout redirect", v{"postLogoutRedirectUris": []string{"https://app.example.com/#x"}}, "input.postLogoutRedirectUris"},
		{"an own scheme", v{"kind": "PUBLIC", "redirectUris": []string{"com.example.app:/cb"}}, ""},
		{"an own scheme of a confidential one", v{"redirectUris": []string{"com.example.app:/cb"}}, "input.redirectUris"},
		{"no grants", v{"grants": []string{}}, "input.grants"},
		{"refresh alone", v{"grants": []string{"REFRESH_TOKEN"}, "redirectUris": []string{}}, "input.grants"},
		{"credentials of a public one", v{"kind": "PUBLIC", "grants": []string{"AUTHORIZATION_CODE", "CLIENT_CREDENTIALS"}}, "input.grants"},
		{"credentials with a redirect", v{"grants": []string{"CLIENT_CREDENTIALS"}}, "input.redirectUris"},
		{"credentials", v{"grants": []string{"CLIENT_CREDENTIALS"}, "redirectUris": []string{}}, ""},
		{"credentials of an account", v{"grants": []string{"CLIENT_CREDENTIALS"}, "redirectUris": []string{}, "serviceAccountId": service}, ""},
		{"credentials of a person", v{"grants": []string{"CLIENT_CREDENTIALS"}, "redirectUris": []string{}, "serviceAccountId": person.UserID}, "input.serviceAccountId"},
		{"an account and roles", v{"grants": []string{"CLIENT_CREDENTIALS"}, "redirectUris": []string{}, "serviceAccountId": service, "serviceRoles": []string{"user"}}, "input.serviceRoles"},
		{"an id that is none", v{"grants": []string{"CLIENT_CREDENTIALS"}, "redirectUris": []string{}, "serviceAccountId": "x"}, "input.serviceAccountId"},
		{"an unknown role", v{"grants": []string{"CLIENT_CREDENTIALS"}, "redirectUris": []string{}, "serviceRoles": []string{"nope"}}, "input.serviceRoles"},
		{"roles without an account", v{"serviceRoles": []string{"user"}}, "input.grants"},
		{"a password", v{"grants": []string{"PASSWORD", "REFRESH_TOKEN"}, "redirectUris": []string{}}, ""},
		{"an unknown scope", v{"scopes": []string{"openid", "read:everything"}}, "input.scopes"},
		{"a scope with a space", v{"scopes": []string{"openid email"}}, "input.scopes"},
		{"all of OpenID Connect", v{"scopes": []string{"openid", "profile", "email", "roles", "offline_access"}}, ""},
		{"power", v{"scopes": []string{"read:users", "write:clients", "delete:users"}}, ""},
		{"an unknown resource", v{"resources": []string{"https://items.example.com"}}, "input.resources"},
		{"keys", v{"jwks": jwks}, ""},
		{"keys of a public one", v{"jwks": jwks, "kind": "PUBLIC"}, "input.jwks"},
		{"an empty set", v{"jwks": v{}}, "input.jwks"},
		{"no PKCE", v{"pkce": false}, ""},
		{"no PKCE in public", v{"pkce": false, "kind": "PUBLIC"}, "input.pkce"},
		{"ours", v{"firstParty": true}, ""},
		{"no documents", v{"operations": []string{}}, "input.operations"},
		{"a broken document", v{"operations": []string{"{ me { id }"}}, "input.operations"},
		{"an unknown field", v{"operations": []string{"{ you }"}}, "input.operations"},
		{"a document that no application may run", v{"operations": []string{"mutation { revokeOtherSessions }"}}, "input.operations"},
		{"a document for administrators", v{"operations": []string{`mutation { revokeAllSessions(userId: "x") }`}}, "input.operations"},
	}
	for _, tt := range tests {
		input := v{"name": "An application", "redirectUris": []string{harness.Callback}}
		for name, value := range tt.change {
			input[name] = value
		}
		r := s.Ask(t, admin.Access, createClient, v{"input": input})
		if tt.field != "" {
			if r.Code() != "BAD_USER_INPUT" || r.Field() != tt.field {
				t.Errorf("%s: %s", tt.name, r.Body)
			}
			continue
		}
		secret := r.Must(t).At("createClient.clientSecret")
		if none := input["kind"] == "PUBLIC" || input["jwks"] != nil; (secret == nil) != none || (r.At("createClient.client.secretCreatedAt") == nil) != none {
			t.Errorf("%s: %s", tt.name, r.Body)
		}
	}
	s.Ask(t, admin.Access, createClient, v{"input": v{"name": "x", "grants": []string{"CLIENT_CREDENTIALS"}, "serviceAccountId": "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63"}}).
		Want(t, "NOT_FOUND")
}

// TestOperationsOfClient: a client gets the fewest scopes that its documents need.
func TestOperationsOfClient(t *testing.T) {
	s := harness.Start(t)
	admin := s.Admin(t)
	type v = harness.Vars
	for _, tt := range []struct {
		operations, scopes []string
		want               string
	}{
		{[]string{`{ me { id name } }`}, nil, "email"},
		{[]string{`{ me { email } }`}, []string{"openid"}, "email openid"},
		{[]string{`query Me { me { email } }`, `mutation Rename($id: ID!, $name: String) { updateUser(id: $id, input: {name: $name}) { name } }`}, nil, "email write:profile"},
		{[]string{`query($first: Int) { users(first: $first) { nodes { email } } }`}, nil, "read:users"},
		{[]string{`{ viewer { id } }`, `{ scopes { name } }`}, nil, ""},
		{[]string{`{ clients { nodes { id } } resources { id } }`}, nil, "read:clients"},
	} {
		r := s.Ask(t, admin.Access, createClient, v{"input": v{
			"name": "An application", "redirectUris": []string{harness.Callback}, "operations": tt.operations, "scopes": append([]string{}, tt.scopes...),
		}}).Must(t)
		if got := strings.Join(r.Texts("createClient.client.scopes"), " "); got != tt.want || len(r.Texts("createClient.client.documents")) != len(tt.operations) {
			t.Errorf("%q: %s", tt.operations, r.Body)
		}
	}
	r := s.Ask(t, admin.Access, createClient, v{"input": v{"name": "A program", "grants": []string{"CLIENT_CREDENTIALS"}, "operations": []string{`mutation { revokeAllSessions(userId: "x") }`}}})
	r.WantField(t, "BAD_USER_INPUT", "input.operations") // that needs a role, and no client has one
	r = s.Ask(t, admin.Access, createClient, v{"input": v{"name": "A program", "grants": []string{"CLIENT_CREDENTIALS"}, "serviceRoles": []string{"user"}, "operations": []string{`{ me { id } users { nodes { id email } } }`}}}).Must(t)
	if got := r.Texts("createClient.client.scopes"); !slices.Equal(got, []string{"read:users"}) || r.At("createClient.client.serviceAccountId") == nil {
		t.Errorf("%s", r.Body)
	}

	app := s.Application(t, v{"scopes": []string{"openid", "offline_access", "read:users"}})
	for _, tt := range []struct {
		input     v
		scopes    string
		documents int // -1: any
	}{
		{v{"operations": []string{`{ me { email } }`}}, "email offline_access openid", 1},
		{v{"name": "Another"}, "email offline_access openid", 1},
		{v{"operations": []string{`{ me { email } }`, `{ viewer { id } }`}, "scopes": []string{"roles"}}, "email roles", 2},
		{v{"operations": nil}, "email roles", -1},
		{v{"operations": []string{`{ viewer { id } }`}, "scopes": []string{}}, "", 1},
	} {
		r := s.Ask(t, admin.Access, updateClient, v{"id": app.ID, "input": tt.input}).Must(t)
		documents := -1
		if r.At("updateClient.documents") != nil {
			documents = len(r.Texts("updateClient.documents"))
		}
		if got := strings.Join(r.Texts("updateClient.scopes"), " "); got != tt.scopes || documents != tt.documents {
			t.Errorf("%v: %s", tt.input, r.Body)
		}
	}
}

// TestTooManyClients: a client that there is no room for leaves no service account behind.
func TestTooManyClients(t *testing.T) {
	dsn := storetest.DSN(t)
	s := harness.StartOn(t, dsn)
	admin := s.Admin(t)
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `INSERT INTO clients (id, kind, name, grants) SELECT gen_random_uuid()::text, 'public', 'x', '{}' FROM generate_series(1, 9999)`); err != nil {
		t.Fatal(err)
	}
	input := harness.Vars{"input": harness.Vars{"name": "A program", "grants": []string{"CLIENT_CREDENTIALS"}}}
	s.Ask(t, admin.Access, createClient, input).Must(t)
	s.Ask(t, admin.Access, createClient, input).Want(t, "CONFLICT")
	if r := s.Ask(t, admin.Access, `{ users(filter: {kind: SERVICE}) { totalCount } }`, nil).Must(t); !strings.Contains(r.Body, `"totalCount":1}`) {
		t.Errorf("%s", r.Body)
	}
}
