package api_test

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/test/harness"
)

func TestRegisterAndLogIn(t *testing.T) {
	s := harness.Start(t)
	ada := s.Register(t, "Ada@Example.com", harness.AdaPassword)
	r := s.Ask(t, ada.Access, harness.MeOperation, nil)
	r.Want(t, "")
	if r.Text("me.email") != "Ada@Example.com" || !slices.Equal(r.Texts("me.roles"), []string{"user"}) {
		t.Errorf("me = %v", r.Data)
	}
	s.Login(t, "ada@EXAMPLE.com", harness.AdaPassword)
	for _, refused := range []struct{ name, email, password string }{
		{"wrong password", harness.AdaEmail, harness.AdaPassword + "x"},
		{"unknown email", "unknown@example.com", harness.AdaPassword},
		{"malformed email", "unknown", harness.AdaPassword},
		{"empty", "", ""},
		{"huge", strings.Repeat("a", 5000) + "@example.com", strings.Repeat("p", 5000)},
		{"NUL", "ada@example.com\x00", harness.AdaPassword + "\x00"},
	} {
		t.Run(refused.name, func(t *testing.T) {
			r := s.Ask(t, "", harness.LoginOperation, harness.Credentials(refused.email, refused.password))
			r.Want(t, "INVALID_CREDENTIALS")
			if got := r.Errors[0].Message; got != "Email or password is wrong." {
				t.Errorf("message = %q", got)
			}
		})
	}
}

func TestRegisterRefuses(t *testing.T) {
	s := harness.Start(t)
	s.Register(t, harness.AdaEmail, harness.AdaPassword)
	tests := []struct {
		name, email, password, person string
		code, field                   string
	}{
		{"taken", harness.AdaEmail, harness.AdaPassword, "", "CONFLICT", "input.email"},
		{"taken in another form", " ADA@example.COM ", harness.AdaPassword, "", "CONFLICT", "input.email"},
		{"malformed email", "ada", harness.AdaPassword, "", "BAD_USER_INPUT", "input.email"},
		{"empty email", "", harness.AdaPassword, "", "BAD_USER_INPUT", "input.email"},
		{"email with NUL", "b\x00@example.com", harness.AdaPassword, "", "BAD_USER_INPUT", "input.email"},
		{"email with a line break", "b@example.com\r\nBcc: x@example.com", harness.AdaPassword, "", "BAD_USER_INPUT", "input.email"},
		{"huge email", strings.Repeat("b", 60_000) + "@example.com", harness.AdaPassword, "", "BAD_USER_INPUT", "input.email"},
		{"short password", "b@example.com", "seven-quiet", "", "BAD_USER_INPUT", "input.password"},
		{"long password", "b@example.com", strings.Repeat("long-", 30), "", "BAD_USER_INPUT", "input.password"},
		{"huge password", "b@example.com", strings.Repeat("q", 60_000), "", "BAD_USER_INPUT", "input.password"},
		{"common password", "b@example.com", "password1234", "", "BAD_USER_INPUT", "input.password"},
		{"password with NUL", "b@example.com", harness.AdaPassword + "\x00", "", "BAD_USER_INPUT", "input.password"},
		{"email as password", "bertha.longname@example.com", "Bertha.Longname@example.com", "", "BAD_USER_INPUT", "input.password"},
		{"name as password", "b@example.com", "Bertha Hepzibah", "Bertha Hepzibah", "BAD_USER_INPUT", "input.password"},
		{"name with a line break", "b@example.com", harness.AdaPassword, "a\nb", "BAD_USER_INPUT", "input.name"},
		{"huge name", "b@example.com", harness.AdaPassword, strings.Repeat("n", 60_000), "BAD_USER_INPUT", "input.name"},
		{"done right", "b@example.com", harness.AdaPassword, "Bertha Hepzibah", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			input := harness.Vars{"email": tt.email, "password": tt.password}
			if tt.person != "" {
				input["name"] = tt.person
			}
			r := s.Ask(t, "", harness.RegisterOperation, harness.Vars{"input": input})
			if tt.code == "" {
				r.Want(t, "")
				return
			}
			r.WantField(t, tt.code, tt.field)
			if strings.Contains(r.Body, tt.password) && len(tt.password) > 8 {
				t.Error("the answer repeats the password")
			}
		})
	}
}

func TestRegistrationClosed(t *testing.T) {
	s := harness.Start(t, "REGISTRATION=closed")
	for _, email := range []string{"new@example.com", harness.AdminEmail} {
		r := s.Ask(t, "", harness.RegisterOperation, harness.Credentials(email, harness.AdaPassword))
		r.WantReason(t, "FORBIDDEN", "registration_closed")
	}
}

func TestRegisterTakesNoRoles(t *testing.T) {
	s := harness.Start(t)
	r := s.Ask(t, "", harness.RegisterOperation, harness.Vars{"input": harness.Vars{"email": harness.AdaEmail, "password": harness.AdaPassword, "roles": []string{"admin"}}})
	r.Want(t, "GRAPHQL_VALIDATION_FAILED")
	if r.Data != nil {
		t.Error("there is data")
	}
}

func TestPermissions(t *testing.T) {
	s := harness.Start(t)
	admin, ada, bob := s.Admin(t), s.Register(t, harness.AdaEmail, harness.AdaPassword), s.Register(t, "bob@example.com", harness.AdaPassword)
	user := `query($id: ID!) { user(id: $id) { id email } }`
	tests := []struct {
		name, token, query string
		variables          harness.Vars
		code, reason       string
	}{
		{"anonymous: me", "", harness.MeOperation, nil, "UNAUTHENTICATED", "no_credential"},
		{"a user: me", ada.Access, harness.MeOperation, nil, "", ""},
		{"anonymous: users", "", `{ users { totalCount } }`, nil, "UNAUTHENTICATED", "no_credential"},
		{"a user: users", ada.Access, `{ users { totalCount } }`, nil, "FORBIDDEN", "missing_scope"},
		{"an administrator: users", admin.Access, `{ users { totalCount } }`, nil, "", ""},
		{"a user: user, own", ada.Access, user, harness.Vars{"id": ada.UserID}, "", ""},
		{"a user: user, another's", ada.Access, user, harness.Vars{"id": bob.UserID}, "FORBIDDEN", "not_self"},
		{"a user: user, malformed id", ada.Access, user, harness.Vars{"id": "no-id"}, "FORBIDDEN", "not_self"},
		{"an administrator: user", admin.Access, user, harness.Vars{"id": bob.UserID}, "", ""},
		{"an administrator: user, malformed id", admin.Access, user, harness.Vars{"id": "no-id"}, "BAD_USER_INPUT", ""},
		{"an administrator: user, unknown id", admin.Access, user, harness.Vars{"id": "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63"}, "NOT_FOUND", ""},
		{"a user: setUserRoles, own", ada.Access, `mutation($id: ID!) { setUserRoles(id: $id, roles: ["admin"]) { id } }`,
			harness.Vars{"id": ada.UserID}, "FORBIDDEN", "missing_role"},
		{"a user: updateUser, own name", ada.Access, `mutation($id: ID!) { updateUser(id: $id, input: { name: "Ada" }) { name } }`, harness.Vars{"id": ada.UserID}, "", ""},
		{"a user: updateUser, another's name", ada.Access, `mutation($id: ID!) { updateUser(id: $id, input: { name: "Bob" }) { name } }`, harness.Vars{"id": bob.UserID}, "FORBIDDEN", "not_self"},
		{"a user: updateUser, own email", ada.Access, `mutation($id: ID!) { updateUser(id: $id, input: { email: "a@example.com" }) { name } }`,
			harness.Vars{"id": ada.UserID}, "FORBIDDEN", "missing_scope"},
		{"a user: updateUser, own email in a variable", ada.Access,
			`mutation($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) { name } }`,
			harness.Vars{"id": ada.UserID, "input": harness.Vars{"email": nil}}, "FORBIDDEN", "missing_scope"},
		{"a user: disableUser", ada.Access, `mutation($id: ID!) { disableUser(id: $id) { id } }`, harness.Vars{"id": bob.UserID}, "FORBIDDEN", "missing_scope"},
		{"a user: deleteUser", ada.Access, `mutation($id: ID!) { deleteUser(id: $id) }`, harness.Vars{"id": bob.UserID}, "FORBIDDEN", "missing_scope"},
		{"an administrator: deleteUser", admin.Access, `mutation($id: ID!) { deleteUser(id: $id) }`, harness.Vars{"id": bob.UserID}, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := s.Ask(t, tt.token, tt.query, tt.variables)
			r.Want(t, tt.code)
			if tt.reason != "" {
				r.WantReason(t, tt.code, tt.reason)
			}
		})
	}
}

// TestRefusedMutationsDoNothing sends two changes, of which the second is
// refused, and looks into the database.
func TestRefusedMutationsDoNothing(t *testing.T) {
	s := harness.Start(t)
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	both := `mutation($id: ID!) { a: updateUser(id: $id, input: { name: "changed" }) { name } b: disableUser(id: $id) { id } }`
	r := s.Ask(t, ada.Access, both, harness.Vars{"id": ada.UserID})
	r.Want(t, "FORBIDDEN")
	if len(r.Errors) != 1 || r.Data != nil || !strings.Contains(r.Body, `"data":null`) {
		t.Errorf("answer = %s", r.Body)
	}
	u, err := s.Store().User(t.Context(), ada.UserID)
	if err != nil || u.Name != nil || u.Disabled {
		t.Errorf("user = %+v, %v: a change was made", u, err)
	}
	r = s.Ask(t, s.Admin(t).Access, both, harness.Vars{"id": ada.UserID})
	r.Want(t, "")
	if u, err = s.Store().User(t.Context(), ada.UserID); err != nil || u.Name == nil || !u.Disabled {
		t.Errorf("user = %+v, %v: a change was not made", u, err)
	}
}

func TestLoginShowsOwnEmail(t *testing.T) {
	s := harness.Start(t)
	s.Register(t, harness.AdaEmail, harness.AdaPassword)
	r := s.Ask(t, "", `mutation($input: LoginInput!) { login(input: $input) { user { email } } }`,
		harness.Credentials(harness.AdaEmail, harness.AdaPassword))
	r.Want(t, "")
	if r.Text("login.user.email") != harness.AdaEmail {
		t.Errorf("answer = %s", r.Body)
	}
}

func TestChangeEmail(t *testing.T) {
	s := harness.Start(t)
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	s.Register(t, "bob@example.com", harness.AdaPassword)
	change := `mutation($input: ChangeEmailInput!) { changeEmail(input: $input) { email emailVerified } }`
	s.Ask(t, ada.Access, change, harness.Vars{"input": harness.Vars{"email": "new@example.com", "currentPassword": "wrong"}}).Want(t, "INVALID_CREDENTIALS")
	s.Ask(t, ada.Access, change, harness.Vars{"input": harness.Vars{"email": "new", "currentPassword": harness.AdaPassword}}).WantField(t, "BAD_USER_INPUT", "input.email")
	s.Ask(t, ada.Access, change, harness.Vars{"input": harness.Vars{"email": "BOB@example.com", "currentPassword": harness.AdaPassword}}).WantField(t, "CONFLICT", "input.email")
	s.Ask(t, ada.Access, change, harness.Vars{"input": harness.Vars{"email": "new@example.com", "currentPassword": harness.AdaPassword}}).Want(t, "")
	s.Login(t, "new@example.com", harness.AdaPassword)
}

func TestUpdateUserEmail(t *testing.T) {
	s := harness.Start(t)
	admin, ada := s.Admin(t), s.Register(t, harness.AdaEmail, harness.AdaPassword)
	update := `mutation($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) { email name } }`
	s.Ask(t, admin.Access, update, harness.Vars{"id": ada.UserID, "input": harness.Vars{"email": nil}}).WantField(t, "BAD_USER_INPUT", "input.email")
	s.Ask(t, admin.Access, update, harness.Vars{"id": ada.UserID, "input": harness.Vars{"email": harness.AdminEmail}}).WantField(t, "CONFLICT", "input.email")
	s.Ask(t, admin.Access, update, harness.Vars{"id": ada.UserID, "input": harness.Vars{"email": "lovelace@example.com", "name": "Ada"}}).Want(t, "")
	r := s.Ask(t, ada.Access, update, harness.Vars{"id": ada.UserID, "input": harness.Vars{"name": nil}})
	r.Want(t, "")
	if r.At("updateUser.name") != nil || r.Text("updateUser.email") != "lovelace@example.com" {
		t.Errorf("answer = %s", r.Body)
	}
}

func TestDeleteMe(t *testing.T) {
	s := harness.Start(t)
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	deleteMe := `mutation($p: String!) { deleteMe(currentPassword: $p) }`
	s.Ask(t, ada.Access, deleteMe, harness.Vars{"p": "wrong"}).Want(t, "INVALID_CREDENTIALS")
	s.Ask(t, ada.Access, deleteMe, harness.Vars{"p": harness.AdaPassword}).Want(t, "")
	s.Ask(t, ada.Access, harness.MeOperation, nil).WantReason(t, "UNAUTHENTICATED", "session_ended")
	s.Ask(t, "", harness.RefreshOperation, harness.Vars{"token": ada.Refresh}).Want(t, "REFRESH_TOKEN_INVALID")
	s.Ask(t, s.Admin(t).Access, deleteMe, harness.Vars{"p": harness.AdminPassword}).Want(t, "CONFLICT")
}

func TestUsersPages(t *testing.T) {
	s := harness.Start(t)
	admin := s.Admin(t)
	for _, email := range []string{"ann@example.com", "anna_1@example.com", "annax1@example.com", "bea@example.com"} {
		s.Register(t, email, harness.AdaPassword)
	}
	page := `query($first: Int, $after: String, $filter: UserFilter) { users(first: $first, after: $after, filter: $filter) {
		totalCount nodes { email } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`
	var seen []string
	var after any
	for {
		r := s.Ask(t, admin.Access, page, harness.Vars{"first": 2, "after": after})
		r.Want(t, "")
		for _, node := range r.At("users.nodes").([]any) {
			seen = append(seen, node.(map[string]any)["email"].(string))
		}
		if r.At("users.totalCount") != 5.0 {
			t.Errorf("totalCount = %v", r.At("users.totalCount"))
		}
		if r.At("users.pageInfo.hasNextPage") == false {
			break
		}
		after = r.At("users.pageInfo.endCursor")
	}
	if want := []string{harness.AdminEmail, "ann@example.com", "anna_1@example.com", "annax1@example.com", "bea@example.com"}; !slices.Equal(seen, want) {
		t.Errorf("seen %v, want %v", seen, want)
	}
	filters := []struct {
		name   string
		filter harness.Vars
		want   float64
	}{
		{"prefix", harness.Vars{"email": "ANN"}, 3},
		{"a literal underscore", harness.Vars{"email": "anna_"}, 1},
		{"a literal percent sign", harness.Vars{"email": "%"}, 0},
		{"role", harness.Vars{"role": "admin"}, 1},
		{"unknown role", harness.Vars{"role": "unknown"}, 0},
		{"disabled", harness.Vars{"disabled": true}, 0},
		{"all of", harness.Vars{"email": "ann", "role": "user", "disabled": false}, 3},
		{"nothing", harness.Vars{}, 5},
	}
	for _, tt := range filters {
		t.Run(tt.name, func(t *testing.T) {
			r := s.Ask(t, admin.Access, page, harness.Vars{"first": 0, "filter": tt.filter})
			r.Want(t, "")
			if r.At("users.totalCount") != tt.want {
				t.Errorf("totalCount = %v, want %v", r.At("users.totalCount"), tt.want)
			}
		})
	}
	refused := []struct {
		name      string
		variables harness.Vars
		code      string
		field     string
	}{
		{"negative", harness.Vars{"first": -1}, "BAD_USER_INPUT", "first"},
		{"too many", harness.Vars{"first": 100_000}, "BAD_USER_INPUT", "first"},
		{"out of 32 bits", harness.Vars{"first": 3_000_000_000}, "GRAPHQL_VALIDATION_FAILED", ""},
		{"not a number", harness.Vars{"first": "1"}, "GRAPHQL_VALIDATION_FAILED", ""},
		{"forged cursor", harness.Vars{"after": "AAAA"}, "BAD_USER_INPUT", "after"},
		{"SQL as cursor", harness.Vars{"after": "' OR 1=1 --"}, "BAD_USER_INPUT", "after"},
		{"empty cursor", harness.Vars{"after": ""}, "BAD_USER_INPUT", "after"},
		{"NUL in a filter", harness.Vars{"filter": harness.Vars{"email": "a\x00"}}, "BAD_USER_INPUT", "filter.email"},
		{"unknown field of a filter", harness.Vars{"filter": harness.Vars{"password": "x"}}, "GRAPHQL_VALIDATION_FAILED", ""},
	}
	for _, tt := range refused {
		t.Run(tt.name, func(t *testing.T) {
			r := s.Ask(t, admin.Access, page, tt.variables)
			r.Want(t, tt.code)
			if tt.field != "" {
				r.WantField(t, tt.code, tt.field)
			}
		})
	}
}
