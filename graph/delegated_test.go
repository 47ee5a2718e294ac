package graph

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"gatehouse/auth"
	"gatehouse/graph/document"
)

// applications authenticates keys that are written gh_ and scopes: they act for ann
// without her password, whose roles they don't have.
type applications struct{}

func (applications) Authenticate(_ context.Context, text string) (*auth.Principal, error) {
	scopes := strings.FieldsFunc(strings.TrimPrefix(text, auth.KeyPrefix), func(r rune) bool { return r == '.' })
	for i, scope := range scopes {
		scopes[i] = strings.ReplaceAll(scope, "_", ":")
	}
	return &auth.Principal{ID: ann, Roles: []string{auth.RoleAdmin}, Scopes: scopes, Delegated: true}, nil
}

// newDelegated returns a service that has applications.
func newDelegated(t *testing.T, introspection document.Introspection) *service {
	t.Helper()
	return newService(t, func(p *Parts) {
		p.Authenticator.Keys = applications{}
		p.Introspection = introspection
	})
}

// act sends an operation as an application with scopes.
func (s *service) act(t *testing.T, scopes, query string) *reply {
	t.Helper()
	key := auth.KeyPrefix + strings.NewReplacer(" ", ".", ":", "_").Replace(scopes)
	return s.ask(t, "", query, nil, "Authorization: Bearer "+key)
}

// TestDelegated: what acts for ann reaches what the schema delegates, through any
// shape of an operation. "" is no refusal.
func TestDelegated(t *testing.T) {
	const email = `fragment F on User { mail: email }`
	tests := []struct {
		scopes, query string
		refused       string // path, reason and missing of each error
	}{
		{"", `{ viewer { id delegated roles can(coordinates: ["Query.me"]) } }`, ""},
		{"", `{ me { id } }`, "me missing_scope authenticated|app:email|app:openid|app:profile|app:roles"},
		{"openid", `{ me { id name roles } }`, ""},
		{"openid", `{ a: me { id } b: me { email } }`, "b.email missing_scope scope:read:users|self|app:email"},
		{"email", `{ me { email } }`, ""},
		{"openid", `{ me { ... on User { ...F } } } ` + email, "me.mail missing_scope scope:read:users|self|app:email"},
		{"email", `{ me { ... on User { ...F } } } ` + email, ""},
		{"email profile", `{ me { sessions { id } } }`, "me.sessions not_delegable role:admin|self"},
		{"email profile", `{ user(id: "` + ann + `") { id } }`, "user missing_scope scope:read:users|self"},
		{"read:users", `{ user(id: "` + sue + `") { email } }`, ""},
		{"read:users", `{ users { nodes { email sessions { id } } } }`, "users.nodes.0.sessions not_delegable role:admin|self " +
			"users.nodes.1.sessions not_delegable role:admin|self users.nodes.2.sessions not_delegable role:admin|self"},
		{"write:profile", `mutation { updateUser(id: "` + ann + `", input: {name: "Ann"}) { id } }`, ""},
		{"write:profile", `mutation { updateUser(id: "` + sue + `", input: {name: "Ann"}) { id } }`, "updateUser not_self scope:write:users|self|app:write:profile"},
		{"write:profile", `mutation { updateUser(id: "` + ann + `", input: {email: "b@example.com"}) { id } }`, "updateUser missing_scope scope:write:users"},
		{"profile", `mutation { updateUser(id: "` + ann + `", input: {name: "Ann"}) { id } }`, "updateUser missing_scope scope:write:users|self|app:write:profile"},
		{"write:users", `mutation { changePassword(input: {currentPassword: "x", newPassword: "y"}) { accessToken } }`, "changePassword not_delegable authenticated&fresh:600|given:input.currentPassword"},
		{"write:users", `mutation { revokeOtherSessions }`, "revokeOtherSessions not_delegable authenticated"},
		{"write:users", `mutation { setUserRoles(id: "` + sue + `", roles: ["admin"]) { id } }`, "setUserRoles not_delegable role:admin&fresh:600"},
		{"write:users", `{ accessAs(operation: "{ me { id } }", role: "user") { verdict } }`, "accessAs not_delegable role:admin"},
	}
	s := newDelegated(t, document.IntrospectionFull)
	for _, tt := range tests {
		if got := refusals(s.act(t, tt.scopes, tt.query)); got != tt.refused {
			t.Errorf("%s by %q: refused %q, want %q", tt.query, tt.scopes, got, tt.refused)
		}
	}
	ran := false
	s.store.faults["ChangeUser"] = func() error { ran = true; return nil }
	const rename = `updateUser(id: "` + ann + `", input: {name: "Changed"}) { id }`
	if got := s.act(t, "write:profile", `mutation { `+rename+` revokeOtherSessions }`); ran || string(got.Data) != "null" {
		t.Errorf("with a field that is refused, another ran: %s", got.Body)
	}
	if got := s.act(t, "write:profile", `mutation { `+rename+` }`); !ran || len(got.Errors) > 0 {
		t.Errorf("alone: %s", got.Body)
	}
}

// refusals formats the errors of a reply.
func refusals(r *reply) string {
	var all []string
	paths := strings.Fields(r.paths())
	for i, e := range r.Errors {
		var missing []string
		text, _ := json.Marshal(e.Extensions["missing"])
		var clauses [][]string
		if json.Unmarshal(text, &clauses) == nil {
			for _, c := range clauses {
				missing = append(missing, strings.Join(c, "|"))
			}
		}
		reason, _ := e.Extensions["reason"].(string)
		all = append(all, strings.TrimSpace(paths[i]+" "+reason+" "+strings.Join(missing, "&")))
	}
	return strings.Join(all, " ")
}

// TestDelegatedAccess: an application is told what it may do, as it is then done.
func TestDelegatedAccess(t *testing.T) {
	s := newDelegated(t, document.IntrospectionFull)
	const asked = `{ viewer { delegated can(coordinates: ["Query.viewer", "Query.me", "User.email", "Mutation.updateUser", "Query.users", "Mutation.logout", "Mutation.changePassword"]) }
		access(operation: "{ me { email sessions { id } } users { totalCount } }") { coordinate verdict reason } }`
	tests := []struct{ scopes, want string }{
		{"", `{"viewer":{"delegated":true,"can":[true,false,false,false,false,true,false]},"access":[` +
			`{"coordinate":"Query.me","verdict":"DENY","reason":"missing_scope"},{"coordinate":"User.email","verdict":"DENY","reason":"missing_scope"},` +
			`{"coordinate":"User.sessions","verdict":"DENY","reason":"not_delegable"},{"coordinate":"Query.users","verdict":"DENY","reason":"missing_scope"}]}`},
		{"email read:users", `{"viewer":{"delegated":true,"can":[true,true,true,false,true,true,false]},"access":[` +
			`{"coordinate":"Query.me","verdict":"ALLOW","reason":null},{"coordinate":"User.email","verdict":"ALLOW","reason":null},` +
			`{"coordinate":"User.sessions","verdict":"DENY","reason":"not_delegable"},{"coordinate":"Query.users","verdict":"ALLOW","reason":null}]}`},
		{"email", `{"viewer":{"delegated":true,"can":[true,true,false,false,false,true,false]},"access":[` +
			`{"coordinate":"Query.me","verdict":"ALLOW","reason":null},{"coordinate":"User.email","verdict":"SELF","reason":null},` +
			`{"coordinate":"User.sessions","verdict":"DENY","reason":"not_delegable"},{"coordinate":"Query.users","verdict":"DENY","reason":"missing_scope"}]}`},
	}
	for _, tt := range tests {
		if got := s.act(t, tt.scopes, asked); string(got.Data) != tt.want {
			t.Errorf("%q: %s, want %s", tt.scopes, got.Body, tt.want)
		}
	}
	if got := s.ask(t, ann, `{ viewer { delegated } }`, nil); string(got.Data) != `{"viewer":{"delegated":false}}` {
		t.Errorf("ann herself: %s", got.Body)
	}
}

// TestScopes: the scopes are listed for everyone, or if introspection is filtered,
// those that the caller may pass on, with what they may see of the schema.
func TestScopes(t *testing.T) {
	const query = `{ scopes { name title own coordinates } }`
	all := []string{
		"delete:clients", "delete:users", "email", "openid", "profile", "read:clients", "read:users", "roles", "write:clients", "write:profile", "write:users",
	}
	own := []string{"email", "openid", "profile", "roles", "write:profile"}
	tests := []struct {
		introspection document.Introspection
		caller        string // an account, "" for none, or the scopes of an application after a "+"
		want          []string
		email         string // the coordinates of the scope email
	}{
		{document.IntrospectionFull, "", all, "Query.me User.email"},
		{document.IntrospectionFull, ann, all, "Query.me User.email"},
		{document.IntrospectionOff, "", all, ""},
		{document.IntrospectionFiltered, "", nil, ""},
		{document.IntrospectionFiltered, ann, own, "Query.me User.email"},
		{document.IntrospectionFiltered, sue, []string{"email", "openid", "profile", "read:users", "roles", "write:profile", "write:users"}, "Query.me User.email"},
		{document.IntrospectionFiltered, adm, all, "Query.me User.email"},
		{document.IntrospectionFiltered, "+", nil, ""},
		{document.IntrospectionFiltered, "+email read:users", []string{"email", "read:users"}, "Query.me User.email"},
	}
	services := map[document.Introspection]*service{}
	for _, tt := range tests {
		s := services[tt.introspection]
		if s == nil {
			s = newDelegated(t, tt.introspection)
			services[tt.introspection] = s
		}
		scopes, acts := strings.CutPrefix(tt.caller, "+")
		var r *reply
		if acts {
			r = s.act(t, scopes, query)
		} else {
			r = s.ask(t, tt.caller, query, nil)
		}
		var data struct {
			Scopes []struct {
				Name, Title string
				Own         bool
				Coordinates []string
			}
		}
		if err := json.Unmarshal(r.Data, &data); err != nil {
			t.Fatalf("%s: %v", r.Body, err)
		}
		var names []string
		for _, scope := range data.Scopes {
			names = append(names, scope.Name)
			if scope.Title == "" || scope.Own != slices.Contains(own, scope.Name) || scope.Coordinates == nil {
				t.Errorf("%s %q: %+v", tt.introspection, tt.caller, scope)
			}
			if opens := strings.Join(scope.Coordinates, " "); scope.Name == "email" && opens != tt.email {
				t.Errorf("%s %q: email opens %q", tt.introspection, tt.caller, opens)
			}
		}
		if !slices.Equal(names, tt.want) {
			t.Errorf("%s %q: %q, want %q", tt.introspection, tt.caller, names, tt.want)
		}
	}
}

// TestDelegatedIntrospection: an application is shown what it may reach.
func TestDelegatedIntrospection(t *testing.T) {
	s := newDelegated(t, document.IntrospectionFiltered)
	const query = `{ __type(name: "Query") { fields { name } } }`
	for scopes, want := range map[string]string{
		"": "viewer scopes loginMethods challenge access", "openid": "viewer me scopes loginMethods challenge access",
		"read:users": "viewer scopes user users loginMethods challenge access",
	} {
		r := s.act(t, scopes, query)
		var data struct {
			Type struct{ Fields []struct{ Name string } } `json:"__type"`
		}
		if err := json.Unmarshal(r.Data, &data); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, f := range data.Type.Fields {
			names = append(names, f.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%q sees %q, want %q", scopes, got, want)
		}
	}
}
