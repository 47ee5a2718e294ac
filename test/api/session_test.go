package api_test

import (
	"net/http"
	"slices"
	"testing"

	"gatehouse/auth"
	"gatehouse/auth/operator"
	"gatehouse/test/harness"
)

func TestLogout(t *testing.T) {
	s := harness.Start(t)
	logout := `mutation($token: String) { logout(refreshToken: $token) }`
	byAccess, byRefresh := s.Register(t, harness.AdaEmail, harness.AdaPassword), s.Login(t, harness.AdminEmail, harness.AdminPassword)
	for name, r := range map[string]harness.Reply{
		"anonymous":    s.Ask(t, "", logout, nil),
		"bad token":    s.Ask(t, "", logout, harness.Vars{"token": "x"}),
		"bad bearer":   s.Ask(t, "garbage", logout, nil),
		"access token": s.Ask(t, byAccess.Access, logout, nil),
		"refresh":      s.Ask(t, "", logout, harness.Vars{"token": byRefresh.Refresh}),
	} {
		r.Want(t, "")
		if r.At("logout") != true {
			t.Errorf("%s: %s", name, r.Body)
		}
	}
	for _, l := range []harness.Session{byAccess, byRefresh} {
		s.Ask(t, l.Access, harness.MeOperation, nil).WantReason(t, "UNAUTHENTICATED", "session_ended")
		s.Ask(t, "", harness.RefreshOperation, harness.Vars{"token": l.Refresh}).Want(t, "REFRESH_TOKEN_INVALID")
	}
}

func TestChangePassword(t *testing.T) {
	s := harness.Start(t)
	first := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	other := s.Login(t, harness.AdaEmail, harness.AdaPassword)
	const renewed = "nine-loud-bitterns-31"
	change := `mutation($input: ChangePasswordInput!) { changePassword(input: $input) { accessToken refreshToken user { id } } }`
	s.Ask(t, first.Access, change, harness.Vars{"input": harness.Vars{"currentPassword": "wrong", "newPassword": renewed}}).Want(t, "INVALID_CREDENTIALS")
	s.Ask(t, first.Access, change, harness.Vars{"input": harness.Vars{"currentPassword": harness.AdaPassword, "newPassword": "short"}}).WantField(t,
		"BAD_USER_INPUT", "input.newPassword")

	next := s.Ask(t, first.Access, change, harness.Vars{"input": harness.Vars{"currentPassword": harness.AdaPassword, "newPassword": renewed}}).Must(t).Session("changePassword")
	s.Ask(t, next.Access, harness.MeOperation, nil).Want(t, "")
	for name, old := range map[string]harness.Session{"its earlier tokens": first, "another session": other} {
		t.Run(name, func(t *testing.T) {
			s.Ask(t, old.Access, harness.MeOperation, nil).WantReason(t, "UNAUTHENTICATED", "session_ended")
			s.Ask(t, "", harness.RefreshOperation, harness.Vars{"token": old.Refresh}).Want(t, "REFRESH_TOKEN_INVALID")
		})
	}
	s.Ask(t, "", harness.RefreshOperation, harness.Vars{"token": next.Refresh}).Want(t, "")
	s.Ask(t, "", harness.LoginOperation, harness.Credentials(harness.AdaEmail, harness.AdaPassword)).Want(t, "INVALID_CREDENTIALS")
	s.Login(t, harness.AdaEmail, renewed)
}

// TestLimitedSession follows a session with fewer scopes than its user through
// refresh and changePassword.
func TestLimitedSession(t *testing.T) {
	s := harness.Start(t)
	viewer := `{ viewer { roles scopes } }`
	input := harness.Vars{"email": harness.AdminEmail, "password": harness.AdminPassword, "scopes": []string{"read:users"}}
	limited := s.Ask(t, "", harness.LoginOperation, harness.Vars{"input": input}).Must(t).Session("login")
	check := func(step, token string) {
		t.Helper()
		r := s.Ask(t, token, viewer, nil)
		if !slices.Equal(r.Texts("viewer.scopes"), []string{"read:users"}) || len(r.Texts("viewer.roles")) != 0 {
			t.Errorf("%s: %s", step, r.Body)
		}
		s.Ask(t, token, `{ users { totalCount } }`, nil).Want(t, "")
		s.Ask(t, token, `mutation { setUserRoles(id: "x", roles: []) { id } }`, nil).WantReason(t, "FORBIDDEN", "missing_role")
		s.Ask(t, token, `mutation { deleteUser(id: "x") }`, nil).WantReason(t, "FORBIDDEN", "missing_scope")
	}
	check("login", limited.Access)
	refreshed := s.Refresh(t, limited.Refresh)
	check("refresh", refreshed.Access)
	change := `mutation($input: ChangePasswordInput!) { changePassword(input: $input) { accessToken refreshToken user { id } } }`
	changed := s.Ask(t, refreshed.Access, change,
		harness.Vars{"input": harness.Vars{"currentPassword": harness.AdminPassword, "newPassword": "nine-loud-bitterns-31"}}).Must(t).Session("changePassword")

	check("changePassword", changed.Access)
	check("refresh after it", s.Refresh(t, changed.Refresh).Access)

	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	for _, scope := range []string{"read:users", "no:such", ""} {
		input := harness.Vars{"email": harness.AdaEmail, "password": harness.AdaPassword, "scopes": []string{scope}}
		s.Ask(t, "", harness.LoginOperation, harness.Vars{"input": input}).WantField(t, "BAD_USER_INPUT", "input.scopes")
	}
	s.Ask(t, ada.Access, viewer, nil).Want(t, "")
}

// TestRanks has a support role that may write users change an administrator,
// and the other way round.
func TestRanks(t *testing.T) {
	s := harness.Start(t)
	if err := s.Store().CreateRole(t.Context(), operator.Role{Name: "support", Scopes: []string{"delete:users", "write:users"}}); err != nil {
		t.Fatal(err)
	}
	admin := s.Admin(t)
	support := s.Member(t, "support@example.com", "support")
	user := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	changes := []struct{ name, mutation string }{
		{"rename", `mutation($id: ID!) { updateUser(id: $id, input: { name: "Changed" }) { id } }`},
		{"give an address", `mutation($id: ID!) { updateUser(id: $id, input: { email: "taken-over@example.com" }) { id } }`},
		{"disable", `mutation($id: ID!) { disableUser(id: $id) { id } }`},
		{"enable", `mutation($id: ID!) { enableUser(id: $id) { id } }`},
		{"delete", `mutation($id: ID!) { deleteUser(id: $id) }`},
	}
	for _, c := range changes {
		s.Ask(t, support.Access, c.mutation, harness.Vars{"id": admin.UserID}).WantReason(t, "FORBIDDEN", "rank")
	}
	for _, c := range changes {
		s.Ask(t, support.Access, c.mutation, harness.Vars{"id": user.UserID}).Want(t, "")
	}
	for _, c := range changes {
		s.Ask(t, admin.Access, c.mutation, harness.Vars{"id": support.UserID}).Want(t, "")
	}
}

func TestRolesTakeEffectOnTheNextRequest(t *testing.T) {
	s := harness.Start(t)
	admin, ada := s.Admin(t), s.Register(t, harness.AdaEmail, harness.AdaPassword)
	list := `{ users { totalCount } }`
	set := `mutation($id: ID!, $roles: [String!]!) { setUserRoles(id: $id, roles: $roles) { roles } }`
	s.Ask(t, ada.Access, list, nil).WantReason(t, "FORBIDDEN", "missing_scope")
	s.Ask(t, admin.Access, set, harness.Vars{"id": ada.UserID, "roles": []string{"user", "admin", "user"}}).Want(t, "")
	s.Ask(t, ada.Access, list, nil).Want(t, "")
	s.Ask(t, admin.Access, set, harness.Vars{"id": ada.UserID, "roles": []string{"no-such-role"}}).WantField(t, "BAD_USER_INPUT", "roles")
	s.Ask(t, admin.Access, set, harness.Vars{"id": ada.UserID, "roles": []string{}}).Want(t, "")
	s.Ask(t, ada.Access, list, nil).WantReason(t, "FORBIDDEN", "missing_scope")

	if err := s.Store().CreateRole(t.Context(), operator.Role{Name: "clerk", Scopes: []string{}}); err != nil {
		t.Fatal(err)
	}
	s.Ask(t, admin.Access, set, harness.Vars{"id": ada.UserID, "roles": []string{"clerk"}}).Want(t, "")
	s.Ask(t, ada.Access, list, nil).WantReason(t, "FORBIDDEN", "missing_scope")
	if _, err := s.Store().ChangeRole(t.Context(), "clerk", func([]string) []string { return []string{"read:users"} }); err != nil {
		t.Fatal(err)
	}
	s.Ask(t, ada.Access, list, nil).Want(t, "")
}

func TestDisabledAccount(t *testing.T) {
	s := harness.Start(t)
	admin, ada := s.Admin(t), s.Register(t, harness.AdaEmail, harness.AdaPassword)
	disable := `mutation($id: ID!) { disableUser(id: $id) { disabled } }`
	s.Ask(t, admin.Access, disable, harness.Vars{"id": ada.UserID}).Want(t, "")
	s.Ask(t, admin.Access, disable, harness.Vars{"id": ada.UserID}).Want(t, "")
	s.Ask(t, ada.Access, harness.MeOperation, nil).WantReason(t, "UNAUTHENTICATED", "session_ended")
	s.Ask(t, "", harness.RefreshOperation, harness.Vars{"token": ada.Refresh}).Want(t, "REFRESH_TOKEN_INVALID")
	s.Ask(t, "", harness.LoginOperation, harness.Credentials(harness.AdaEmail, harness.AdaPassword)).Want(t, "INVALID_CREDENTIALS")
	s.Ask(t, admin.Access, `mutation($id: ID!) { enableUser(id: $id) { disabled } }`, harness.Vars{"id": ada.UserID}).Want(t, "")
	s.Ask(t, ada.Access, harness.MeOperation, nil).WantReason(t, "UNAUTHENTICATED", "session_ended")
	s.Ask(t, "", harness.RefreshOperation, harness.Vars{"token": ada.Refresh}).Want(t, "REFRESH_TOKEN_INVALID")
	s.Login(t, harness.AdaEmail, harness.AdaPassword)
}

// TestAdministratorsDisableEachOther has two administrators disable each other
// at the same moment: one of them is left.
func TestAdministratorsDisableEachOther(t *testing.T) {
	s := harness.Start(t)
	first := s.Admin(t)
	second := s.Member(t, harness.AdaEmail, "admin")
	disable := `mutation($id: ID!) { disableUser(id: $id) { id } }`
	for range 30 {
		each := []harness.Session{first, second}
		harness.Together(2, func(i int) { s.Ask(t, each[i].Access, disable, harness.Vars{"id": each[1-i].UserID}) })
		enabled := 0
		for _, id := range []string{first.UserID, second.UserID} {
			u, err := s.Store().ChangeUser(t.Context(), id, func(u *auth.User) error {
				if !u.Disabled {
					enabled++
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if u.Disabled {
				if _, err := s.Store().ChangeUser(t.Context(), id, func(u *auth.User) error { u.Disabled = false; return nil }); err != nil {
					t.Fatal(err)
				}
			}
		}
		if enabled != 1 {
			t.Fatalf("%d of two administrators are left", enabled)
		}
		first, second = s.Login(t, harness.AdminEmail, harness.AdminPassword), s.Login(t, harness.AdaEmail, harness.AdaPassword)
	}
}

func TestSessionsPerUser(t *testing.T) {
	s := harness.Start(t, "SESSIONS_PER_USER=2")
	oldest := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	middle := s.Login(t, harness.AdaEmail, harness.AdaPassword)
	s.Login(t, harness.AdaEmail, harness.AdaPassword)
	s.Ask(t, oldest.Access, harness.MeOperation, nil).WantReason(t, "UNAUTHENTICATED", "session_ended")
	s.Ask(t, middle.Access, harness.MeOperation, nil).Want(t, "")
}

// TestBadCredentials sends invalid credentials with operations that need one and
// with operations that don't.
func TestBadCredentials(t *testing.T) {
	s := harness.Start(t)
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	other := harness.Start(t, "SECRET_KEY=9b2dXoP0mZt7qFv3Kc5yRw8uHsJ1LgNaEiTxUeCzBfk=").Register(t, harness.AdaEmail, harness.AdaPassword)
	headers := map[string][]string{
		"of another scheme":  {"Basic YWRhOnNlY3JldA=="},
		"no token":           {"Bearer"},
		"garbage":            {"Bearer garbage"},
		"of another service": {"Bearer " + other.Access},
		"a refresh token":    {"Bearer " + ada.Refresh},
		"two":                {"Bearer " + ada.Access, "Bearer " + ada.Access},
		"forged":             {"Bearer " + ada.Access[:len(ada.Access)-3] + "AAA"},
	}
	for name, values := range headers {
		t.Run(name, func(t *testing.T) {
			header := http.Header{"Authorization": values}
			r := s.Send(t, header, harness.MeOperation, nil)
			r.WantReason(t, "UNAUTHENTICATED", "token_invalid")
			if r.Status != http.StatusUnauthorized || r.Header.Get("WWW-Authenticate") != `Bearer error="invalid_token"` || r.Data != nil {
				t.Errorf("answer = %d %v %s", r.Status, r.Header, r.Body)
			}
			mixed := s.Send(t, header, `mutation { logout changeEmail(input: { email: "x@example.com", currentPassword: "x" }) { id } }`, nil)
			if mixed.Status != http.StatusUnauthorized {
				t.Errorf("an operation with public and other fields: %d", mixed.Status)
			}
			s.Send(t, header, harness.LoginOperation, harness.Credentials(harness.AdaEmail, harness.AdaPassword)).Want(t, "")
			r = s.Send(t, header, `{ __typename }`, nil)
			r.Want(t, "")
		})
	}
	s.Send(t, http.Header{"Authorization": {"bearer " + ada.Access}}, harness.MeOperation, nil).Want(t, "")
}
