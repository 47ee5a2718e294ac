package graph

import (
	"net/http"
	"strings"
	"testing"
)

// If one root field of a mutation is refused, none runs. A refusal below a root field
// affects only that place.
func TestMutationsAllOrNothing(t *testing.T) {
	const change = `updateUser(id: "` + ann + `", input: {name: "A"}) { id }`
	tests := []struct {
		name, caller, query, codes, paths string
		calls                             int
	}{
		{"all allowed", adm, `mutation { a: ` + change + ` b: ` + change + ` }`, "", "", 2},
		{"the second refused", ann, `mutation { a: ` + change + ` b: disableUser(id: "` + sue + `") { id } }`, "FORBIDDEN", "b", 0},
		{"the first refused", ann, `mutation { b: disableUser(id: "` + sue + `") { id } a: ` + change + ` }`, "FORBIDDEN", "b", 0},
		{"two of three refused", ann, `mutation { z: setUserRoles(id: "` + ann + `", roles: []) { id } a: ` + change + ` c: deleteUser(id: "` + ann + `") }`, "FORBIDDEN FORBIDDEN", "z c", 0},
		{"for what is supplied", ann, `mutation { a: ` + change + ` b: updateUser(id: "` + ann + `", input: {email: null}) { id } }`, "FORBIDDEN", "b", 0},
		{"in a fragment", ann, `mutation { a: ` + change + ` ...F } fragment F on Mutation { b: disableUser(id: "` + sue + `") { id } }`, "FORBIDDEN", "b", 0},
		{"skipped", ann, `mutation { a: ` + change + ` b: disableUser(id: "` + sue + `") @skip(if: true) { id } }`, "", "", 1},
		{"beside a login", "", `mutation { login(input: {email: "ann@example.com", password: "` + annsPassword + `"}) { tokenType } a: ` + change + ` }`, "UNAUTHENTICATED", "a", 0},
		{"anonymous", "", `mutation { a: ` + change + ` b: ` + change + ` }`, "UNAUTHENTICATED UNAUTHENTICATED", "a b", 0},
		{"below a root field", ann, `mutation { a: ` + change + ` b: updateUser(id: "` + sue + `", input: {name: "S"}) { email } }`, "FORBIDDEN", "b", 0},
		{"the second fails", adm, `mutation { a: ` + change + ` b: disableUser(id: "` + unknownID + `") { id } }`, "NOT_FOUND", "b", 2},
		{"another rank", sue, `mutation { a: disableUser(id: "` + adm + `") { id } }`, "FORBIDDEN", "a", 1},
	}
	s := newService(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.store.calls = nil
			got := s.ask(t, tt.caller, tt.query, nil)
			if got.Code != http.StatusOK || got.codes() != tt.codes || got.paths() != tt.paths {
				t.Errorf("want %q at %q, got %d %s", tt.codes, tt.paths, got.Code, got.Body)
			}
			if len(s.store.calls) != tt.calls {
				t.Errorf("calls = %v, want %d", s.store.calls, tt.calls)
			}
			if tt.calls == 0 && string(got.Data) != "null" {
				t.Errorf("data = %s", got.Data)
			}
		})
	}
}

// Each mutation makes the call of its resolver, with the right arguments.
func TestMutations(t *testing.T) {
	tests := []struct{ caller, mutation, data, calls string }{
		{"", `register(input: {email: "new@example.com", password: "four unrelated words, say", name: "New"}) { tokenType expiresIn scopes user { email name roles } }`,
			`{"tokenType":"Bearer","expiresIn":3600,"scopes":[],"user":{"email":"new@example.com","name":"New","roles":["user"]}}`, "CreateUser"},
		{"", `login(input: {email: "sue@example.com", password: "` + annsPassword + `", scopes: ["read:users"]}) { scopes user { id } }`,
			`{"scopes":["read:users"],"user":{"id":"` + sue + `"}}`, "CredentialByEmail OpenSession"},
		{"", `refresh(refreshToken: "TOKEN") { tokenType user { email } }`, `{"tokenType":"Bearer","user":{"email":"ann@example.com"}}`, "RefreshSession"},
		{"", `logout(refreshToken: "TOKEN")`, `true`, "EndSessionOf"},
		{ann, `logout`, `true`, "EndSession"},
		{"", `logout`, `true`, ""},
		{ann, `changePassword(input: {currentPassword: "` + annsPassword + `", newPassword: "four unrelated words, say"}) { user { email } }`, `{"user":{"email":"ann@example.com"}}`, "Credential ReplacePassword"},
		{ann, `changeEmail(input: {email: "b@example.com", currentPassword: "` + annsPassword + `"}) { email }`, `{"email":"b@example.com"}`, "Credential ChangeUser"},
		{ann, `updateUser(id: "` + ann + `", input: {name: "B"}) { name }`, `{"name":"B"}`, "ChangeUser"},
		{ann, `updateUser(id: "` + ann + `", input: {name: null}) { name }`, `{"name":null}`, "ChangeUser"},
		{ann, `updateUser(id: "` + ann + `", input: {}) { name }`, `{"name":"Ann"}`, "ChangeUser"},
		{sue, `updateUser(id: "` + ann + `", input: {email: "c@example.com"}) { email }`, `{"email":"c@example.com"}`, "ChangeUser"},
		{adm, `setUserRoles(id: "` + ann + `", roles: ["user", "support", "user"]) { roles }`, `{"roles":["support","user"]}`, "ChangeUser"},
		{sue, `disableUser(id: "` + ann + `") { disabled }`, `{"disabled":true}`, "ChangeUser"},
		{sue, `enableUser(id: "` + ann + `") { disabled }`, `{"disabled":false}`, "ChangeUser"},
		{adm, `deleteUser(id: "` + ann + `")`, `"` + ann + `"`, "DeleteUser"},
		{ann, `deleteMe(currentPassword: "` + annsPassword + `")`, `"` + ann + `"`, "Credential DeleteUser"},
	}
	for _, tt := range tests {
		t.Run(tt.mutation, func(t *testing.T) {
			s := newService(t)
			name := "Ann"
			s.store.users[0].Name = &name
			got := s.ask(t, tt.caller, "mutation { x: "+strings.Replace(tt.mutation, "TOKEN", s.refreshToken(t), 1)+" }", nil)
			if got.codes() != "" || string(got.Data) != `{"x":`+tt.data+`}` {
				t.Errorf("got %s", got.Body)
			}
			if calls := strings.Join(s.store.calls, " "); calls != tt.calls {
				t.Errorf("calls = %s", calls)
			}
		})
	}
}

func TestMutationsFail(t *testing.T) {
	tests := []struct{ caller, mutation, code, field string }{
		{"", `register(input: {email: "ann@example.com", password: "four unrelated words, say"}) { tokenType }`, "CONFLICT", "input.email"},
		{"", `register(input: {email: "x", password: "four unrelated words, say"}) { tokenType }`, "BAD_USER_INPUT", "input.email"},
		{"", `register(input: {email: "new@example.com", password: "` + canary[:7] + `"}) { tokenType }`, "BAD_USER_INPUT", "input.password"},
		{"", `login(input: {email: "sue@example.com", password: "` + annsPassword + `", scopes: ["delete:users"]}) { scopes }`, "BAD_USER_INPUT", "input.scopes"},
		{"", `login(input: {email: "unknown@example.com", password: "` + canary + `"}) { scopes }`, "INVALID_CREDENTIALS", ""},
		{"", `refresh(refreshToken: "` + canary + `") { tokenType }`, "REFRESH_TOKEN_INVALID", ""},
		{"", `refresh { tokenType }`, "REFRESH_TOKEN_INVALID", ""},
		{ann, `changePassword(input: {currentPassword: "` + canary + `", newPassword: "four unrelated words, say"}) { tokenType }`, "INVALID_CREDENTIALS", ""},
		{ann, `deleteMe(currentPassword: "` + canary + `")`, "INVALID_CREDENTIALS", ""},
		{adm, `deleteUser(id: "` + canary + `")`, "BAD_USER_INPUT", "id"},
		{adm, `deleteUser(id: "` + unknownID + `")`, "NOT_FOUND", ""},
	}
	s := newService(t)
	for _, tt := range tests {
		t.Run(tt.mutation, func(t *testing.T) {
			got := s.ask(t, tt.caller, "mutation { x: "+tt.mutation+" }", nil)
			field, _ := got.Errors[0].Extensions["field"].(string)
			if got.codes() != tt.code || field != tt.field || strings.Contains(got.Body.String(), "hunter2") || got.Code != http.StatusOK {
				t.Errorf("want %s %q, got %d %s", tt.code, tt.field, got.Code, got.Body)
			}
		})
	}
	if strings.Contains(s.log.String(), "hunter2") {
		t.Error("the log repeats a password")
	}
}
