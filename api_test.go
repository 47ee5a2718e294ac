package main

import (
	"slices"
	"strings"
	"testing"
)

func TestRegisterAndLogIn(t *testing.T) {
	s := start(t)
	ada := s.register(t, "Ada@Example.com", adaPassword)
	r := s.ask(t, ada.access, meOperation, nil)
	want(t, r, "")
	if r.str("me.email") != "Ada@Example.com" || !slices.Equal(strs(r.at("me.roles")), []string{"user"}) {
		t.Errorf("me = %v", r.data)
	}
	s.login(t, "ada@EXAMPLE.com", adaPassword)
	for _, refused := range []struct{ name, email, password string }{
		{"wrong password", adaEmail, adaPassword + "x"},
		{"unknown address", "nobody@example.com", adaPassword},
		{"no address", "nobody", adaPassword},
		{"empty", "", ""},
		{"huge", strings.Repeat("a", 5000) + "@example.com", strings.Repeat("p", 5000)},
		{"NUL", "ada@example.com\x00", adaPassword + "\x00"},
	} {
		t.Run(refused.name, func(t *testing.T) {
			r := s.ask(t, "", loginOperation, vars{"input": vars{"email": refused.email, "password": refused.password}})
			want(t, r, "INVALID_CREDENTIALS")
			if got := r.errors[0].Message; got != "Email or password is wrong." {
				t.Errorf("message = %q", got)
			}
		})
	}
}

func TestRegisterRefuses(t *testing.T) {
	s := start(t)
	s.register(t, adaEmail, adaPassword)
	tests := []struct {
		name, email, password, person string
		code, field                   string
	}{
		{"taken", adaEmail, adaPassword, "", "CONFLICT", "input.email"},
		{"taken in another form", " ADA@example.COM ", adaPassword, "", "CONFLICT", "input.email"},
		{"no address", "ada", adaPassword, "", "BAD_USER_INPUT", "input.email"},
		{"empty address", "", adaPassword, "", "BAD_USER_INPUT", "input.email"},
		{"address with NUL", "b\x00@example.com", adaPassword, "", "BAD_USER_INPUT", "input.email"},
		{"address with a line break", "b@example.com\r\nBcc: x@example.com", adaPassword, "", "BAD_USER_INPUT", "input.email"},
		{"huge address", strings.Repeat("b", 60_000) + "@example.com", adaPassword, "", "BAD_USER_INPUT", "input.email"},
		{"short password", "b@example.com", "seven-quiet", "", "BAD_USER_INPUT", "input.password"},
		{"long password", "b@example.com", strings.Repeat("long-", 30), "", "BAD_USER_INPUT", "input.password"},
		{"huge password", "b@example.com", strings.Repeat("q", 60_000), "", "BAD_USER_INPUT", "input.password"},
		{"common password", "b@example.com", "password1234", "", "BAD_USER_INPUT", "input.password"},
		{"password with NUL", "b@example.com", adaPassword + "\x00", "", "BAD_USER_INPUT", "input.password"},
		{"address as password", "bertha.longname@example.com", "Bertha.Longname@example.com", "", "BAD_USER_INPUT", "input.password"},
		{"name as password", "b@example.com", "Bertha Hepzibah", "Bertha Hepzibah", "BAD_USER_INPUT", "input.password"},
		{"name with a line break", "b@example.com", adaPassword, "a\nb", "BAD_USER_INPUT", "input.name"},
		{"huge name", "b@example.com", adaPassword, strings.Repeat("n", 60_000), "BAD_USER_INPUT", "input.name"},
		{"done right", "b@example.com", adaPassword, "Bertha Hepzibah", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			input := vars{"email": tt.email, "password": tt.password}
			if tt.person != "" {
				input["name"] = tt.person
			}
			r := s.ask(t, "", registerOperation, vars{"input": input})
			if tt.code == "" {
				want(t, r, "")
				return
			}
			wantField(t, r, tt.code, tt.field)
			if strings.Contains(r.body, tt.password) && len(tt.password) > 8 {
				t.Error("the answer repeats the password")
			}
		})
	}
}

func TestRegistrationClosed(t *testing.T) {
	s := start(t, "REGISTRATION=closed")
	for _, email := range []string{"new@example.com", adminEmail} {
		r := s.ask(t, "", registerOperation, vars{"input": vars{"email": email, "password": adaPassword}})
		wantReason(t, r, "FORBIDDEN", "registration_closed")
	}
}

func TestRegisterTakesNoRoles(t *testing.T) {
	s := start(t)
	r := s.ask(t, "", registerOperation, vars{"input": vars{"email": adaEmail, "password": adaPassword, "roles": []string{"admin"}}})
	want(t, r, "GRAPHQL_VALIDATION_FAILED")
	if r.data != nil {
		t.Error("there is data")
	}
}

func TestWhoMayReachWhat(t *testing.T) {
	s := start(t)
	admin, ada, bob := s.admin(t), s.register(t, adaEmail, adaPassword), s.register(t, "bob@example.com", adaPassword)
	user := `query($id: ID!) { user(id: $id) { id email } }`
	tests := []struct {
		name, token, query string
		variables          vars
		code, reason       string
	}{
		{"nobody asks who they are", "", meOperation, nil, "UNAUTHENTICATED", "no_credential"},
		{"ada asks who she is", ada.access, meOperation, nil, "", ""},
		{"nobody lists users", "", `{ users { totalCount } }`, nil, "UNAUTHENTICATED", "no_credential"},
		{"ada lists users", ada.access, `{ users { totalCount } }`, nil, "FORBIDDEN", "missing_scope"},
		{"an administrator lists users", admin.access, `{ users { totalCount } }`, nil, "", ""},
		{"ada reads herself", ada.access, user, vars{"id": ada.id}, "", ""},
		{"ada reads bob", ada.access, user, vars{"id": bob.id}, "FORBIDDEN", "not_self"},
		{"ada reads nobody", ada.access, user, vars{"id": "no-id"}, "FORBIDDEN", "not_self"},
		{"an administrator reads bob", admin.access, user, vars{"id": bob.id}, "", ""},
		{"an administrator reads what is no id", admin.access, user, vars{"id": "no-id"}, "BAD_USER_INPUT", ""},
		{"an administrator reads nobody", admin.access, user, vars{"id": "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63"}, "NOT_FOUND", ""},
		{"ada makes herself an administrator", ada.access, `mutation($id: ID!) { setUserRoles(id: $id, roles: ["admin"]) { id } }`,
			vars{"id": ada.id}, "FORBIDDEN", "missing_role"},
		{"ada renames herself", ada.access, `mutation($id: ID!) { updateUser(id: $id, input: { name: "Ada" }) { name } }`, vars{"id": ada.id}, "", ""},
		{"ada renames bob", ada.access, `mutation($id: ID!) { updateUser(id: $id, input: { name: "Bob" }) { name } }`, vars{"id": bob.id}, "FORBIDDEN", "not_self"},
		{"ada gives herself an address", ada.access, `mutation($id: ID!) { updateUser(id: $id, input: { email: "a@example.com" }) { name } }`,
			vars{"id": ada.id}, "FORBIDDEN", "missing_scope"},
		{"ada gives herself an address by a variable", ada.access,
			`mutation($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) { name } }`,
			vars{"id": ada.id, "input": vars{"email": nil}}, "FORBIDDEN", "missing_scope"},
		{"ada disables bob", ada.access, `mutation($id: ID!) { disableUser(id: $id) { id } }`, vars{"id": bob.id}, "FORBIDDEN", "missing_scope"},
		{"ada deletes bob", ada.access, `mutation($id: ID!) { deleteUser(id: $id) }`, vars{"id": bob.id}, "FORBIDDEN", "missing_scope"},
		{"an administrator deletes bob", admin.access, `mutation($id: ID!) { deleteUser(id: $id) }`, vars{"id": bob.id}, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := s.ask(t, tt.token, tt.query, tt.variables)
			want(t, r, tt.code)
			if tt.reason != "" {
				wantReason(t, r, tt.code, tt.reason)
			}
		})
	}
}

// TestRefusedMutationsDoNothing asks for two changes of which the second is refused, and looks into the database.
func TestRefusedMutationsDoNothing(t *testing.T) {
	s := start(t)
	ada := s.register(t, adaEmail, adaPassword)
	both := `mutation($id: ID!) { a: updateUser(id: $id, input: { name: "changed" }) { name } b: disableUser(id: $id) { id } }`
	r := s.ask(t, ada.access, both, vars{"id": ada.id})
	want(t, r, "FORBIDDEN")
	if len(r.errors) != 1 || r.data != nil || !strings.Contains(r.body, `"data":null`) {
		t.Errorf("answer = %s", r.body)
	}
	u, err := s.store.User(t.Context(), ada.id)
	if err != nil || u.Name != nil || u.Disabled {
		t.Errorf("user = %+v, %v: something ran", u, err)
	}
	r = s.ask(t, s.admin(t).access, both, vars{"id": ada.id})
	want(t, r, "")
	if u, err = s.store.User(t.Context(), ada.id); err != nil || u.Name == nil || !u.Disabled {
		t.Errorf("user = %+v, %v: something did not run", u, err)
	}
}

func TestLoginShowsOnesOwnAddress(t *testing.T) {
	s := start(t)
	s.register(t, adaEmail, adaPassword)
	r := s.ask(t, "", `mutation($input: LoginInput!) { login(input: $input) { user { email } } }`,
		vars{"input": vars{"email": adaEmail, "password": adaPassword}})
	want(t, r, "")
	if r.str("login.user.email") != adaEmail {
		t.Errorf("answer = %s", r.body)
	}
}

func TestChangeEmail(t *testing.T) {
	s := start(t)
	ada := s.register(t, adaEmail, adaPassword)
	s.register(t, "bob@example.com", adaPassword)
	change := `mutation($input: ChangeEmailInput!) { changeEmail(input: $input) { email emailVerified } }`
	want(t, s.ask(t, ada.access, change, vars{"input": vars{"email": "new@example.com", "currentPassword": "wrong"}}), "INVALID_CREDENTIALS")
	wantField(t, s.ask(t, ada.access, change, vars{"input": vars{"email": "new", "currentPassword": adaPassword}}), "BAD_USER_INPUT", "input.email")
	wantField(t, s.ask(t, ada.access, change, vars{"input": vars{"email": "BOB@example.com", "currentPassword": adaPassword}}), "CONFLICT", "input.email")
	r := s.ask(t, ada.access, change, vars{"input": vars{"email": "new@example.com", "currentPassword": adaPassword}})
	want(t, r, "")
	s.login(t, "new@example.com", adaPassword)
}

func TestUpdateUserEmail(t *testing.T) {
	s := start(t)
	admin, ada := s.admin(t), s.register(t, adaEmail, adaPassword)
	update := `mutation($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) { email name } }`
	wantField(t, s.ask(t, admin.access, update, vars{"id": ada.id, "input": vars{"email": nil}}), "BAD_USER_INPUT", "input.email")
	wantField(t, s.ask(t, admin.access, update, vars{"id": ada.id, "input": vars{"email": adminEmail}}), "CONFLICT", "input.email")
	r := s.ask(t, admin.access, update, vars{"id": ada.id, "input": vars{"email": "lovelace@example.com", "name": "Ada"}})
	want(t, r, "")
	r = s.ask(t, ada.access, update, vars{"id": ada.id, "input": vars{"name": nil}})
	want(t, r, "")
	if r.at("updateUser.name") != nil || r.str("updateUser.email") != "lovelace@example.com" {
		t.Errorf("answer = %s", r.body)
	}
}

func TestDeleteMe(t *testing.T) {
	s := start(t)
	ada := s.register(t, adaEmail, adaPassword)
	deleteMe := `mutation($p: String!) { deleteMe(currentPassword: $p) }`
	want(t, s.ask(t, ada.access, deleteMe, vars{"p": "wrong"}), "INVALID_CREDENTIALS")
	want(t, s.ask(t, ada.access, deleteMe, vars{"p": adaPassword}), "")
	wantReason(t, s.ask(t, ada.access, meOperation, nil), "UNAUTHENTICATED", "session_ended")
	want(t, s.ask(t, "", refreshOperation, vars{"token": ada.refresh}), "REFRESH_TOKEN_INVALID")
	want(t, s.ask(t, s.admin(t).access, deleteMe, vars{"p": adminPassword}), "CONFLICT")
}

func TestUsersPages(t *testing.T) {
	s := start(t)
	admin := s.admin(t)
	for _, email := range []string{"ann@example.com", "anna_1@example.com", "annax1@example.com", "bea@example.com"} {
		s.register(t, email, adaPassword)
	}
	page := `query($first: Int, $after: String, $filter: UserFilter) { users(first: $first, after: $after, filter: $filter) {
		totalCount nodes { email } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`
	var seen []string
	var after any
	for {
		r := s.ask(t, admin.access, page, vars{"first": 2, "after": after})
		want(t, r, "")
		for _, node := range r.at("users.nodes").([]any) {
			seen = append(seen, node.(map[string]any)["email"].(string))
		}
		if r.at("users.totalCount") != 5.0 {
			t.Errorf("totalCount = %v", r.at("users.totalCount"))
		}
		if r.at("users.pageInfo.hasNextPage") == false {
			break
		}
		after = r.at("users.pageInfo.endCursor")
	}
	if want := []string{adminEmail, "ann@example.com", "anna_1@example.com", "annax1@example.com", "bea@example.com"}; !slices.Equal(seen, want) {
		t.Errorf("seen %v, want %v", seen, want)
	}
	filters := []struct {
		name   string
		filter vars
		want   float64
	}{
		{"prefix", vars{"email": "ANN"}, 3},
		{"an underscore is one", vars{"email": "anna_"}, 1},
		{"a percent sign is one", vars{"email": "%"}, 0},
		{"role", vars{"role": "admin"}, 1},
		{"unknown role", vars{"role": "nobody"}, 0},
		{"disabled", vars{"disabled": true}, 0},
		{"all of", vars{"email": "ann", "role": "user", "disabled": false}, 3},
		{"nothing", vars{}, 5},
	}
	for _, tt := range filters {
		t.Run(tt.name, func(t *testing.T) {
			r := s.ask(t, admin.access, page, vars{"first": 0, "filter": tt.filter})
			want(t, r, "")
			if r.at("users.totalCount") != tt.want {
				t.Errorf("totalCount = %v, want %v", r.at("users.totalCount"), tt.want)
			}
		})
	}
	refused := []struct {
		name      string
		variables vars
		code      string
		field     string
	}{
		{"less than none", vars{"first": -1}, "BAD_USER_INPUT", "first"},
		{"too many", vars{"first": 100_000}, "BAD_USER_INPUT", "first"},
		{"out of 32 bits", vars{"first": 3_000_000_000}, "GRAPHQL_VALIDATION_FAILED", ""},
		{"no number", vars{"first": "1"}, "GRAPHQL_VALIDATION_FAILED", ""},
		{"forged cursor", vars{"after": "AAAA"}, "BAD_USER_INPUT", "after"},
		{"cursor of SQL", vars{"after": "' OR 1=1 --"}, "BAD_USER_INPUT", "after"},
		{"empty cursor", vars{"after": ""}, "BAD_USER_INPUT", "after"},
		{"NUL in a filter", vars{"filter": vars{"email": "a\x00"}}, "BAD_USER_INPUT", "filter.email"},
		{"unknown field of a filter", vars{"filter": vars{"password": "x"}}, "GRAPHQL_VALIDATION_FAILED", ""},
	}
	for _, tt := range refused {
		t.Run(tt.name, func(t *testing.T) {
			r := s.ask(t, admin.access, page, tt.variables)
			want(t, r, tt.code)
			if tt.field != "" {
				wantField(t, r, tt.code, tt.field)
			}
		})
	}
}
