package api_test

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/test/harness"
)

// TestRefusedMutationShapes sends an allowed change and a refused one in every
// shape of an operation, and looks into the database: neither is made. Without
// the refused one, the allowed one is.
func TestRefusedMutationShapes(t *testing.T) {
	s := harness.Start(t)
	tests := []struct {
		name, query string
		refused     string // response names, "" if the change is made
	}{
		{"after it", `mutation($id: ID!, $yes: Boolean!, $no: Boolean!) { ...ok disableUser(id: $id) { id } }`, "disableUser"},
		{"before it", `mutation($id: ID!, $yes: Boolean!, $no: Boolean!) { disableUser(id: $id) { id } ...ok }`, "disableUser"},
		{"in a fragment", `mutation($id: ID!, $yes: Boolean!, $no: Boolean!) { ...ok ...no } fragment no on Mutation { disableUser(id: $id) { id } }`, "disableUser"},
		{"in a fragment in a fragment", `mutation($id: ID!, $yes: Boolean!, $no: Boolean!) { ...ok ...a } fragment a on Mutation { ...b }
			fragment b on Mutation { ... on Mutation { ... { disableUser(id: $id) { id } } } }`, "disableUser"},
		{"in the same fragment", `mutation($id: ID!, $yes: Boolean!, $no: Boolean!) { ...both ...ok } fragment both on Mutation { ...ok disableUser(id: $id) { id } }`,
			"disableUser"},
		{"with an alias", `mutation($id: ID!, $yes: Boolean!, $no: Boolean!) { ...ok updateUser: disableUser(id: $id) { id } }`, "updateUser"},
		{"twice with aliases", `mutation($id: ID!, $yes: Boolean!, $no: Boolean!) { x: disableUser(id: $id) { id } ...ok y: setUserRoles(id: $id, roles: "admin") { id } }`, "x y"},
		{"beside the typename", `mutation($id: ID!, $yes: Boolean!, $no: Boolean!) { __typename ...ok a: disableUser(id: $id) { id } }`, "a"},
		{"included", `mutation($id: ID!, $yes: Boolean!, $no: Boolean!) { ...ok disableUser(id: $id) @include(if: $yes) { id } }`, "disableUser"},
		{"not skipped", `mutation($id: ID!, $yes: Boolean!, $no: Boolean!) { ...ok ... @skip(if: $no) { disableUser(id: $id) { id } } }`, "disableUser"},
		{"included and not skipped, in a fragment", `mutation($id: ID!, $yes: Boolean!, $no: Boolean!) { ...ok ...no @include(if: $yes) @skip(if: $no) }
			fragment no on Mutation { disableUser(id: $id) { id } }`, "disableUser"},
		{"for an input field", `mutation($id: ID!, $yes: Boolean!, $no: Boolean!) { ...ok e: updateUser(id: $id, input: { email: "new@example.com" }) { id } }`, "e"},
		{"included once and left out once", `mutation($id: ID!, $yes: Boolean!, $no: Boolean!) { ...ok disableUser(id: $id) @include(if: $no) { id } ...no }
			fragment no on Mutation { disableUser(id: $id) { id } }`, "disableUser"},

		{"not included", `mutation($id: ID!, $yes: Boolean!, $no: Boolean!) { ...ok disableUser(id: $id) @include(if: $no) { id } }`, ""},
		{"skipped", `mutation($id: ID!, $yes: Boolean!, $no: Boolean!) { ...ok ... @skip(if: $yes) { disableUser(id: $id) { id } } }`, ""},
		{"included and skipped", `mutation($id: ID!, $yes: Boolean!, $no: Boolean!) { ...ok ...no @include(if: $yes) @skip(if: $yes) }
			fragment no on Mutation { disableUser(id: $id) { id } }`, ""},
		{"changed twice", `mutation($id: ID!, $yes: Boolean!, $no: Boolean!) { ...ok b: updateUser(id: $id, input: {}) { id } }`, ""},
	}
	const ok = ` fragment ok on Mutation { change: updateUser(id: $id, input: { name: "changed" }) @include(if: $yes) @skip(if: $no) { name } }`
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ada := s.Register(t, string(rune('a'+i))+harness.AdaEmail, harness.AdaPassword)
			r := s.Ask(t, ada.Access, tt.query+ok, harness.Vars{"id": ada.UserID, "yes": true, "no": false})
			u, err := s.Store().User(t.Context(), ada.UserID)
			if err != nil {
				t.Fatal(err)
			}
			if done := u.Name != nil; done != (tt.refused == "") || u.Disabled || !slices.Equal(u.Roles, []string{"user"}) {
				t.Errorf("user = %+v: %s", u, r.Body)
			}
			var refused []string
			for _, e := range r.Errors {
				refused = append(refused, e.Path[0].(string))
			}
			if got := strings.Join(refused, " "); got != tt.refused || (r.Data == nil) != (tt.refused != "") {
				t.Errorf("refused %q, want %q: %s", got, tt.refused, r.Body)
			}
		})
	}
}
