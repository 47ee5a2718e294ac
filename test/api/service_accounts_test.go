package api_test

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/auth/operator"
	"gatehouse/test/harness"
)

// TestServiceAccounts makes accounts of programs, which act with keys alone and end with
// them.
func TestServiceAccounts(t *testing.T) {
	s := harness.Start(t)
	admin, ada := s.Admin(t), s.Register(t, harness.AdaEmail, harness.AdaPassword)
	if err := s.Store().CreateRole(t.Context(), operator.Role{Name: "support", Scopes: []string{"read:users"}}); err != nil {
		t.Fatal(err)
	}
	s.Ask(t, ada.Access, createService, harness.Vars{"input": harness.Vars{"name": "billing"}}).Want(t, "FORBIDDEN")
	s.Ask(t, admin.Access, createService, harness.Vars{"input": harness.Vars{"name": " "}}).WantField(t, "BAD_USER_INPUT", "input.name")
	s.Ask(t, admin.Access, createService, harness.Vars{"input": harness.Vars{"name": "billing", "roles": []string{"missing"}}}).WantField(t, "BAD_USER_INPUT", "input.roles")
	r := s.Ask(t, admin.Access, createService, harness.Vars{"input": harness.Vars{"name": "billing", "roles": []string{"support"}}}).Must(t)
	id := r.Text("createServiceAccount.id")
	if r.Text("createServiceAccount.kind") != "SERVICE" || r.At("createServiceAccount.email") != nil || r.Text("createServiceAccount.name") != "billing" ||
		!slices.Equal(r.Texts("createServiceAccount.roles"), []string{"support"}) || r.At("createServiceAccount.lastLoginAt") != nil {
		t.Errorf("%s", r.Body)
	}
	for _, email := range []string{id + "@service.invalid", strings.ToUpper(id) + "@SERVICE.INVALID"} {
		s.Ask(t, "", harness.LoginOperation, harness.Credentials(email, "")).Want(t, "INVALID_CREDENTIALS")
		s.Ask(t, "", harness.LoginOperation, harness.Credentials(email, harness.AdminPassword)).Want(t, "INVALID_CREDENTIALS")
	}
	key := func(input harness.Vars) harness.Reply {
		return s.Ask(t, admin.Access, createServiceKey, harness.Vars{"id": id, "input": input})
	}
	s.Ask(t, ada.Access, createServiceKey, harness.Vars{"id": id, "input": harness.Vars{"name": "x", "scopes": []string{}}}).Want(t, "FORBIDDEN")
	s.Ask(t, admin.Access, createServiceKey, harness.Vars{"id": ada.UserID, "input": harness.Vars{"name": "x", "scopes": []string{}}}).WantField(t, "BAD_USER_INPUT", "userId")
	s.Ask(t, admin.Access, createServiceKey, harness.Vars{"id": s.SessionID(t, admin.Access), "input": harness.Vars{"name": "x", "scopes": []string{}}}).Want(t, "NOT_FOUND")
	key(harness.Vars{"name": "x", "scopes": []string{"write:users"}}).WantField(t, "BAD_USER_INPUT", "input.scopes") // the administrator has it, the service does not
	key(harness.Vars{"name": "x", "scopes": []string{}, "currentPassword": harness.AdaPassword}).Want(t, "INVALID_CREDENTIALS")
	first := key(harness.Vars{"name": "x", "scopes": []string{"read:users"}}).Must(t).Text("createServiceKey.key")
	got := s.Send(t, withKey(first), `{ viewer { id delegated scopes roles } me { id kind email } user(id: "`+id+`") { name } users { totalCount } }`, nil).Must(t)
	if got.Text("viewer.id") != id || got.At("viewer.delegated") != false || got.Text("me.kind") != "SERVICE" || !slices.Equal(got.Texts("viewer.scopes"), []string{"read:users"}) {
		t.Errorf("%s", got.Body)
	}
	s.Send(t, withKey(first), `mutation { disableUser(id: "`+ada.UserID+`") { id } }`, nil).WantReason(t, "FORBIDDEN", "missing_scope")
	s.Ask(t, admin.Access, `mutation { updateUser(id: "`+id+`", input: {email: "billing@example.com"}) { id } }`, nil).WantField(t, "BAD_USER_INPUT", "input.email")
	s.Ask(t, admin.Access, `mutation { updateUser(id: "`+id+`", input: {name: "invoices"}) { name } }`, nil).Must(t)
	if n := s.Ask(t, admin.Access, `{ users(filter: {kind: SERVICE}) { totalCount nodes { id } } }`, nil).Must(t).At("users.totalCount"); n != 1.0 {
		t.Errorf("%v service accounts", n)
	}
	change := func(name string) {
		t.Helper()
		s.Ask(t, admin.Access, `mutation($id: ID!) { `+name+` }`, harness.Vars{"id": id}).Must(t)
	}
	change(`disableUser(id: $id) { id }`)
	wantKeyInvalid(t, s.Send(t, withKey(first), viewer, nil))
	key(harness.Vars{"name": "x", "scopes": []string{}}).Want(t, "NOT_FOUND")
	change(`enableUser(id: $id) { id }`)
	wantKeyInvalid(t, s.Send(t, withKey(first), viewer, nil)) // for good
	second := key(harness.Vars{"name": "x", "scopes": []string{}}).Must(t).Text("createServiceKey.key")
	s.Send(t, withKey(second), viewer, nil).Must(t)
	change(`deleteUser(id: $id)`)
	wantKeyInvalid(t, s.Send(t, withKey(second), viewer, nil))
}
