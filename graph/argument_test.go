package graph

import "testing"

// An error names the argument in which the client wrote the value.
func TestErrorsNameArguments(t *testing.T) {
	s := newService(t)
	const nul = `"\u0000"`
	for _, tt := range []struct{ caller, query, field string }{
		{"", `mutation { x: register(input: {email: "x", password: "four unrelated words, say"}) { expiresIn } }`, "input.email"},
		{"", `mutation { x: register(input: {email: "new@example.com", password: "short"}) { expiresIn } }`, "input.password"},
		{"", `mutation { x: register(input: {email: "new@example.com", name: ` + nul + `, password: "four unrelated words, say"}) { expiresIn } }`, "input.name"},
		{"", `mutation { x: login(input: {email: "ann@example.com", password: "` + annsPassword + `", scopes: ["no:scope"]}) { expiresIn } }`, "input.scopes"},
		{ann, `mutation { x: changePassword(input: {currentPassword: "` + annsPassword + `", newPassword: "short"}) { expiresIn } }`, "input.newPassword"},
		{ann, `mutation { x: changeEmail(input: {currentPassword: "` + annsPassword + `", email: "x"}) { id } }`, "input.email"},
		{adm, `mutation { x: updateUser(id: "` + ann + `", input: {email: null}) { id } }`, "input.email"},
		{adm, `mutation { x: updateUser(id: "x", input: {name: "Ann"}) { id } }`, "id"},
		{adm, `mutation { x: disableUser(id: "x") { id } }`, "id"},
		{adm, `mutation { x: revokeAllSessions(userId: "x") }`, "userId"},
		{adm, `{ x: users(first: 101) { nodes { id } } }`, "first"},
		{adm, `{ x: users(after: "x") { nodes { id } } }`, "after"},
		{adm, `{ x: users(filter: {email: ` + nul + `}) { nodes { id } } }`, "filter.email"},
		{adm, `{ x: users(filter: {role: ` + nul + `}) { nodes { id } } }`, "filter.role"},
		{adm, `{ x: user(id: "x") { id } }`, "id"},
		{adm, `{ x: me { sessions(first: 101) { id } } }`, "first"},
		{adm, `{ x: accessAs(operation: "{ __typename }", role: "ghost") { coordinate } }`, "role"},
	} {
		got := s.ask(t, tt.caller, tt.query, nil)
		if got.codes() != "BAD_USER_INPUT" || got.Errors[0].Extensions["field"] != tt.field {
			t.Errorf("%s: %s; want the field %s", tt.query, got.Body, tt.field)
		}
	}
}
