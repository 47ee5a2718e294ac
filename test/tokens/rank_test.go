package tokens_test

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/auth/operator"
	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// TestRankOfClients: who registers or changes a client has what the client can be given, and is an
// administrator if it is first-party.
func TestRankOfClients(t *testing.T) {
	s := harness.Start(t)
	for name, scopes := range map[string][]string{"registrar": {"read:clients", "write:clients", "delete:clients"}, "support": {"read:users"}} {
		if err := s.Store().CreateRole(t.Context(), operator.Role{Name: name, Scopes: scopes}); err != nil {
			t.Fatal(err)
		}
	}
	harness.Eventually(t, "the roles are known", func() bool {
		return s.Ask(t, s.Admin(t).Access, `{ accessAs(operation: "{ viewer { id } }", role: "support") { verdict } }`, nil).Code() == ""
	})
	s.Member(t, harness.AdaEmail, "registrar")
	s.Member(t, "bob@example.com", "registrar", "support")
	ada, bob := s.Login(t, harness.AdaEmail, harness.AdaPassword), s.Login(t, "bob@example.com", harness.AdaPassword)
	type v = harness.Vars
	const create, set = `mutation($input: CreateClientInput!) { createClient(input: $input) { client { id } } }`,
		`mutation($id: ID!, $input: UpdateClientInput!) { updateClient(id: $id, input: $input) { id } }`
	input := func(changes v) v {
		in := v{"name": "An application", "redirectUris": []string{harness.Callback}}
		for name, value := range changes {
			in[name] = value
		}
		return v{"input": in}
	}
	s.Ask(t, ada.Access, create, input(v{"scopes": []string{"openid", "email", "offline_access", "write:clients"}})).Must(t)
	s.Ask(t, ada.Access, create, input(v{"scopes": []string{"read:users"}})).WantField(t, "BAD_USER_INPUT", "input.scopes")
	s.Ask(t, ada.Access, create, input(v{"operations": []string{"{ users { nodes { id } } }"}})).WantField(t, "BAD_USER_INPUT", "input.scopes")
	s.Ask(t, bob.Access, create, input(v{"operations": []string{"{ users { nodes { id } } }"}})).Must(t)
	s.Ask(t, bob.Access, create, input(v{"firstParty": true})).WantReason(t, "FORBIDDEN", "missing_role")
	s.Ask(t, bob.Access, create, input(v{"grants": []string{"CLIENT_CREDENTIALS"}, "redirectUris": []string{}, "serviceRoles": []string{"support"}})).
		WantReason(t, "FORBIDDEN", "missing_role")
	s.Ask(t, s.Register(t, "eve@example.com", harness.AdaPassword).Access, create, input(nil)).WantReason(t, "FORBIDDEN", "missing_scope")

	reader := s.Application(t, v{"scopes": []string{"read:users"}})
	ours := s.Application(t, v{"firstParty": true})
	plain := s.Application(t, nil)
	for _, mutation := range []string{
		`mutation($id: ID!) { updateClient(id: $id, input: {redirectUris: ["https://evil.example/cb"]}) { id } }`,
		`mutation($id: ID!) { updateClient(id: $id, input: {name: "Another"}) { id } }`,
		`mutation($id: ID!) { rotateClientSecret(id: $id) { clientSecret } }`,
		`mutation($id: ID!) { disableClient(id: $id) { id } }`, `mutation($id: ID!) { enableClient(id: $id) { id } }`,
		`mutation($id: ID!) { deleteClient(id: $id) }`,
	} {
		s.Ask(t, ada.Access, mutation, v{"id": reader.ID}).WantReason(t, "FORBIDDEN", "rank")
		s.Ask(t, bob.Access, mutation, v{"id": ours.ID}).WantReason(t, "FORBIDDEN", "rank")
		s.Ask(t, ada.Access, mutation, v{"id": plain.ID}).Must(t)
		s.Ask(t, bob.Access, mutation, v{"id": reader.ID}).Must(t)
	}
	plain = s.Application(t, nil)
	s.Ask(t, ada.Access, set, v{"id": plain.ID, "input": v{"scopes": []string{"read:users"}}}).WantField(t, "BAD_USER_INPUT", "input.scopes")
	s.Ask(t, ada.Access, set, v{"id": plain.ID, "input": v{"firstParty": true}}).WantReason(t, "FORBIDDEN", "missing_role")
	s.Ask(t, ada.Access, set, v{"id": plain.ID, "input": v{"firstParty": false}}).WantReason(t, "FORBIDDEN", "missing_role")
	s.Ask(t, s.Admin(t).Access, set, v{"id": ours.ID, "input": v{"firstParty": false}}).Must(t)
	s.Ask(t, bob.Access, set, v{"id": ours.ID, "input": v{"name": "Yours"}}).Must(t)
}

// TestClientsOfClients: what acts for a person registers no clients, gives them no secrets, and takes
// back nothing that the person allowed; with the scope it may do the rest, as the schema says.
func TestClientsOfClients(t *testing.T) {
	s := harness.Start(t, "OAUTH=on")
	admin := s.Admin(t)
	power := []string{"openid", "read:clients", "write:clients", "delete:clients"}
	app := s.Application(t, harness.Vars{"scopes": power})
	key := s.Ask(t, admin.Access, `mutation($s: [String!]!) { createApiKey(input: {name: "a key", scopes: $s}) { key } }`, harness.Vars{"s": power[1:]}).
		Must(t).Text("createApiKey.key")
	tokens := grant(t, s, consent{app: app, userID: admin.UserID, scopes: power})
	for name, header := range map[string]http.Header{"application": harness.Bearer(tokens.Access), "key": {"X-API-Key": {key}}} {
		victim := s.Application(t, nil)
		for mutation, reason := range map[string]string{
			`mutation($id: ID!) { revokeGrant(clientId: $id) }`:                                                                           "not_delegable",
			`mutation($id: ID!) { rotateClientSecret(id: $id) { clientSecret } }`:                                                         "not_delegable",
			`mutation { createClient(input: {name: "x", redirectUris: ["https://evil.example/"]}) { clientSecret } }`:                     "not_delegable",
			`mutation($id: ID!) { updateClient(id: $id, input: {firstParty: true}) { id } }`:                                              "not_delegable",
			`mutation($id: ID!) { updateClient(id: $id, input: {name: "Another", scopes: ["read:users"]}) { id } }`:                       "BAD_USER_INPUT",
			`mutation($id: ID!) { disableClient(id: $id) { disabled } }`:                                                                  "",
			`mutation { createResource(input: {identifier: "https://` + strings.ToLower(name) + `.example.com", name: "Items"}) { id } }`: "",
			`query($id: ID!) { client(id: $id) { name redirectUris } clients { totalCount } resources { name } }`:                         "",
		} {
			r := s.Send(t, header, mutation, harness.Vars{"id": victim.ID})
			if got := r.Reason(); got != reason && r.Code() != reason {
				t.Errorf("%s, %s: %s, want %q", name, mutation, r.Body, reason)
			}
		}
	}
}

// TestDocumentsOfClient: the tokens of a client run only its documents, however they are printed, and
// whatever its scopes open; on each replica.
func TestDocumentsOfClient(t *testing.T) {
	dsn := storetest.DSN(t)
	one, two := harness.StartOn(t, dsn, "OAUTH=on"), harness.StartOn(t, dsn, "OAUTH=on")
	admin, ada := one.Admin(t), one.Register(t, harness.AdaEmail, harness.AdaPassword)
	const me = `query Me { me { id ...Mail } } fragment Mail on User { email }`
	app := one.Application(t, harness.Vars{"operations": []string{me, `mutation Rename($id: ID!, $name: String) { updateUser(id: $id, input: {name: $name}) { name } }`},
		"scopes": []string{"openid", "profile"}})
	a := grant(t, one, consent{app: app, userID: ada.UserID, scopes: []string{"openid", "profile", "email", "write:profile"}})
	for _, s := range []*harness.Service{one, two} {
		for query, reason := range map[string]string{
			me: "",
			"# printed otherwise\nfragment Mail on User{email,}query Me{me{id,...Mail}}":                      "",
			`mutation Rename($id: ID!, $name: String) { updateUser(id: $id, input: {name: $name}) { name } }`: "",
			`query Me { me { id name ...Mail } } fragment Mail on User { email }`:                             "untrusted_document",
			`{ me { id } }`:                       "untrusted_document",
			`{ viewer { id } }`:                   "untrusted_document",
			`{ __typename }`:                      "untrusted_document",
			`{ __schema { queryType { name } } }`: "untrusted_document",
			me + ` query Other { viewer { id } }`: "untrusted_document",
		} {
			header := harness.Bearer(a.Access)
			body := harness.Vars{"id": ada.UserID, "name": "Ada"}
			if !strings.Contains(query, "$id") {
				body = nil
			}
			r := s.Send(t, header, query, body)
			if strings.Contains(query, "Other") { // which operation is meant does not matter
				r = s.Post(t, header, []byte(`{"query":"`+query+`","operationName":"Me"}`))
			}
			if got := r.Reason(); got != reason || (reason == "") != (r.Code() == "") {
				t.Errorf("%s: %s, want %q", query, r.Body, reason)
			}
		}
		s.Ask(t, ada.Access, `{ viewer { id } }`, nil).Must(t) // others run what they like
	}
	one.Ask(t, admin.Access, `mutation($id: ID!) { updateClient(id: $id, input: {operations: ["{ viewer { id } }"]}) { id } }`, harness.Vars{"id": app.ID}).Must(t)
	next := grant(t, one, consent{app: app, userID: ada.UserID, scopes: []string{"openid", "profile"}})
	within(t, "the new documents are known", func() bool { return two.Ask(t, next.Access, `{ viewer { id } }`, nil).Code() == "" })
	two.Ask(t, next.Access, me, nil).WantReason(t, "FORBIDDEN", "untrusted_document")
	one.Ask(t, admin.Access, `mutation($id: ID!) { updateClient(id: $id, input: {operations: null}) { id } }`, harness.Vars{"id": app.ID}).Must(t)
	within(t, "any document runs", func() bool { return two.Ask(t, next.Access, `{ me { id } }`, nil).Code() == "" })
}
