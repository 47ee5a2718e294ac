package main

import (
	"net/http"
	"slices"
	"testing"

	"gatehouse/auth"
)

func TestLogout(t *testing.T) {
	s := start(t)
	logout := `mutation($token: String) { logout(refreshToken: $token) }`
	byAccess, byRefresh := s.register(t, adaEmail, adaPassword), s.login(t, adminEmail, adminPassword)
	for name, r := range map[string]reply{
		"nobody":       s.ask(t, "", logout, nil),
		"bad token":    s.ask(t, "", logout, vars{"token": "x"}),
		"bad bearer":   s.ask(t, "garbage", logout, nil),
		"access token": s.ask(t, byAccess.access, logout, nil),
		"refresh":      s.ask(t, "", logout, vars{"token": byRefresh.refresh}),
	} {
		want(t, r, "")
		if r.at("logout") != true {
			t.Errorf("%s: %s", name, r.body)
		}
	}
	for _, l := range []login{byAccess, byRefresh} {
		wantReason(t, s.ask(t, l.access, meOperation, nil), "UNAUTHENTICATED", "session_ended")
		want(t, s.ask(t, "", refreshOperation, vars{"token": l.refresh}), "REFRESH_TOKEN_INVALID")
	}
}

func TestChangePassword(t *testing.T) {
	s := start(t)
	first := s.register(t, adaEmail, adaPassword)
	other := s.login(t, adaEmail, adaPassword)
	const renewed = "nine-loud-bitterns-31"
	change := `mutation($input: ChangePasswordInput!) { changePassword(input: $input) { accessToken refreshToken user { id } } }`
	want(t, s.ask(t, first.access, change, vars{"input": vars{"currentPassword": "wrong", "newPassword": renewed}}), "INVALID_CREDENTIALS")
	wantField(t, s.ask(t, first.access, change, vars{"input": vars{"currentPassword": adaPassword, "newPassword": "short"}}),
		"BAD_USER_INPUT", "input.newPassword")
	next := session1(t, "changePassword", s.ask(t, first.access, change, vars{"input": vars{"currentPassword": adaPassword, "newPassword": renewed}}))
	want(t, s.ask(t, next.access, meOperation, nil), "")
	for name, old := range map[string]login{"its earlier tokens": first, "another session": other} {
		t.Run(name, func(t *testing.T) {
			wantReason(t, s.ask(t, old.access, meOperation, nil), "UNAUTHENTICATED", "session_ended")
			want(t, s.ask(t, "", refreshOperation, vars{"token": old.refresh}), "REFRESH_TOKEN_INVALID")
		})
	}
	want(t, s.ask(t, "", refreshOperation, vars{"token": next.refresh}), "")
	want(t, s.ask(t, "", loginOperation, vars{"input": vars{"email": adaEmail, "password": adaPassword}}), "INVALID_CREDENTIALS")
	s.login(t, adaEmail, renewed)
}

// TestLimitedSession follows a session that asked for fewer scopes through refresh and changePassword.
func TestLimitedSession(t *testing.T) {
	s := start(t)
	viewer := `{ viewer { roles scopes } }`
	input := vars{"email": adminEmail, "password": adminPassword, "scopes": []string{"read:users"}}
	limited := session1(t, "login", s.ask(t, "", loginOperation, vars{"input": input}))
	check := func(step, token string) {
		t.Helper()
		r := s.ask(t, token, viewer, nil)
		if !slices.Equal(strs(r.at("viewer.scopes")), []string{"read:users"}) || len(strs(r.at("viewer.roles"))) != 0 {
			t.Errorf("%s: %s", step, r.body)
		}
		want(t, s.ask(t, token, `{ users { totalCount } }`, nil), "")
		wantReason(t, s.ask(t, token, `mutation { setUserRoles(id: "x", roles: []) { id } }`, nil), "FORBIDDEN", "missing_role")
		wantReason(t, s.ask(t, token, `mutation { deleteUser(id: "x") }`, nil), "FORBIDDEN", "missing_scope")
	}
	check("login", limited.access)
	refreshed := session1(t, "refresh", s.ask(t, "", refreshOperation, vars{"token": limited.refresh}))
	check("refresh", refreshed.access)
	change := `mutation($input: ChangePasswordInput!) { changePassword(input: $input) { accessToken refreshToken user { id } } }`
	changed := session1(t, "changePassword", s.ask(t, refreshed.access, change,
		vars{"input": vars{"currentPassword": adminPassword, "newPassword": "nine-loud-bitterns-31"}}))
	check("changePassword", changed.access)
	check("refresh after it", session1(t, "refresh", s.ask(t, "", refreshOperation, vars{"token": changed.refresh})).access)

	ada := s.register(t, adaEmail, adaPassword)
	for _, scope := range []string{"read:users", "no:such", ""} {
		input := vars{"email": adaEmail, "password": adaPassword, "scopes": []string{scope}}
		wantField(t, s.ask(t, "", loginOperation, vars{"input": input}), "BAD_USER_INPUT", "input.scopes")
	}
	want(t, s.ask(t, ada.access, viewer, nil), "")
}

// TestRanks has a support role that may write users try itself on an administrator, and the administrator on it.
func TestRanks(t *testing.T) {
	s := start(t)
	if err := s.store.CreateRole(t.Context(), auth.Role{Name: "support", Scopes: []string{"delete:users", "write:users"}}); err != nil {
		t.Fatal(err)
	}
	admin := s.admin(t)
	support := s.member(t, "support@example.com", "support")
	user := s.register(t, adaEmail, adaPassword)
	changes := []struct{ name, mutation string }{
		{"rename", `mutation($id: ID!) { updateUser(id: $id, input: { name: "Changed" }) { id } }`},
		{"give an address", `mutation($id: ID!) { updateUser(id: $id, input: { email: "taken-over@example.com" }) { id } }`},
		{"disable", `mutation($id: ID!) { disableUser(id: $id) { id } }`},
		{"enable", `mutation($id: ID!) { enableUser(id: $id) { id } }`},
		{"delete", `mutation($id: ID!) { deleteUser(id: $id) }`},
	}
	for _, c := range changes {
		wantReason(t, s.ask(t, support.access, c.mutation, vars{"id": admin.id}), "FORBIDDEN", "rank")
	}
	for _, c := range changes {
		want(t, s.ask(t, support.access, c.mutation, vars{"id": user.id}), "")
	}
	for _, c := range changes {
		r := s.ask(t, admin.access, c.mutation, vars{"id": support.id})
		want(t, r, "")
	}
}

func TestRolesTakeEffectOnTheNextRequest(t *testing.T) {
	s := start(t)
	admin, ada := s.admin(t), s.register(t, adaEmail, adaPassword)
	list := `{ users { totalCount } }`
	set := `mutation($id: ID!, $roles: [String!]!) { setUserRoles(id: $id, roles: $roles) { roles } }`
	wantReason(t, s.ask(t, ada.access, list, nil), "FORBIDDEN", "missing_scope")
	want(t, s.ask(t, admin.access, set, vars{"id": ada.id, "roles": []string{"user", "admin", "user"}}), "")
	want(t, s.ask(t, ada.access, list, nil), "")
	wantField(t, s.ask(t, admin.access, set, vars{"id": ada.id, "roles": []string{"no-such-role"}}), "BAD_USER_INPUT", "roles")
	want(t, s.ask(t, admin.access, set, vars{"id": ada.id, "roles": []string{}}), "")
	wantReason(t, s.ask(t, ada.access, list, nil), "FORBIDDEN", "missing_scope")

	if err := s.store.CreateRole(t.Context(), auth.Role{Name: "clerk", Scopes: []string{}}); err != nil {
		t.Fatal(err)
	}
	want(t, s.ask(t, admin.access, set, vars{"id": ada.id, "roles": []string{"clerk"}}), "")
	wantReason(t, s.ask(t, ada.access, list, nil), "FORBIDDEN", "missing_scope")
	if _, err := s.store.ChangeRole(t.Context(), "clerk", func([]string) []string { return []string{"read:users"} }); err != nil {
		t.Fatal(err)
	}
	want(t, s.ask(t, ada.access, list, nil), "")
}

func TestDisabledAccount(t *testing.T) {
	s := start(t)
	admin, ada := s.admin(t), s.register(t, adaEmail, adaPassword)
	disable := `mutation($id: ID!) { disableUser(id: $id) { disabled } }`
	want(t, s.ask(t, admin.access, disable, vars{"id": ada.id}), "")
	want(t, s.ask(t, admin.access, disable, vars{"id": ada.id}), "")
	wantReason(t, s.ask(t, ada.access, meOperation, nil), "UNAUTHENTICATED", "session_ended")
	want(t, s.ask(t, "", refreshOperation, vars{"token": ada.refresh}), "REFRESH_TOKEN_INVALID")
	want(t, s.ask(t, "", loginOperation, vars{"input": vars{"email": adaEmail, "password": adaPassword}}), "INVALID_CREDENTIALS")
	want(t, s.ask(t, admin.access, `mutation($id: ID!) { enableUser(id: $id) { disabled } }`, vars{"id": ada.id}), "")
	wantReason(t, s.ask(t, ada.access, meOperation, nil), "UNAUTHENTICATED", "session_ended")
	want(t, s.ask(t, "", refreshOperation, vars{"token": ada.refresh}), "REFRESH_TOKEN_INVALID")
	s.login(t, adaEmail, adaPassword)
}

// TestTwoAdministratorsAtOnce has each of two disable the other: one is left.
func TestTwoAdministratorsAtOnce(t *testing.T) {
	s := start(t)
	first := s.admin(t)
	second := s.member(t, adaEmail, "admin")
	disable := `mutation($id: ID!) { disableUser(id: $id) { id } }`
	for range 30 {
		together(
			func() { s.ask(t, first.access, disable, vars{"id": second.id}) },
			func() { s.ask(t, second.access, disable, vars{"id": first.id}) },
		)
		enabled := 0
		for _, id := range []string{first.id, second.id} {
			u, err := s.store.ChangeUser(t.Context(), id, func(u *auth.User) error {
				if !u.Disabled {
					enabled++
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if u.Disabled {
				if _, err := s.store.ChangeUser(t.Context(), id, func(u *auth.User) error { u.Disabled = false; return nil }); err != nil {
					t.Fatal(err)
				}
			}
		}
		if enabled != 1 {
			t.Fatalf("%d of two administrators are left", enabled)
		}
		first, second = s.login(t, adminEmail, adminPassword), s.login(t, adaEmail, adaPassword)
	}
}

func TestSessionsPerUser(t *testing.T) {
	s := start(t, "SESSIONS_PER_USER=2")
	oldest := s.register(t, adaEmail, adaPassword)
	middle := s.login(t, adaEmail, adaPassword)
	s.login(t, adaEmail, adaPassword)
	wantReason(t, s.ask(t, oldest.access, meOperation, nil), "UNAUTHENTICATED", "session_ended")
	want(t, s.ask(t, middle.access, meOperation, nil), "")
}

// TestBadCredentials sends what is no good credential with operations that need one and with some that do not.
func TestBadCredentials(t *testing.T) {
	s := start(t)
	ada := s.register(t, adaEmail, adaPassword)
	other := start(t, "SECRET_KEY=9b2dXoP0mZt7qFv3Kc5yRw8uHsJ1LgNaEiTxUeCzBfk=").register(t, adaEmail, adaPassword)
	headers := map[string][]string{
		"of another scheme":  {"Basic YWRhOnNlY3JldA=="},
		"no token":           {"Bearer"},
		"garbage":            {"Bearer garbage"},
		"of another service": {"Bearer " + other.access},
		"a refresh token":    {"Bearer " + ada.refresh},
		"two":                {"Bearer " + ada.access, "Bearer " + ada.access},
		"forged":             {"Bearer " + ada.access[:len(ada.access)-3] + "AAA"},
	}
	for name, values := range headers {
		t.Run(name, func(t *testing.T) {
			header := http.Header{"Authorization": values}
			r := s.send(t, header, meOperation, nil)
			wantReason(t, r, "UNAUTHENTICATED", "token_invalid")
			if r.status != http.StatusUnauthorized || r.header.Get("WWW-Authenticate") != `Bearer error="invalid_token"` || r.data != nil {
				t.Errorf("answer = %d %v %s", r.status, r.header, r.body)
			}
			mixed := s.send(t, header, `mutation { logout changeEmail(input: { email: "x@example.com", currentPassword: "x" }) { id } }`, nil)
			if mixed.status != http.StatusUnauthorized {
				t.Errorf("an operation of public and other fields: %d", mixed.status)
			}
			r = s.send(t, header, loginOperation, vars{"input": vars{"email": adaEmail, "password": adaPassword}})
			want(t, r, "")
			r = s.send(t, header, `{ __typename }`, nil)
			want(t, r, "")
		})
	}
	r := s.send(t, http.Header{"Authorization": {"bearer " + ada.access}}, meOperation, nil)
	want(t, r, "")
}
