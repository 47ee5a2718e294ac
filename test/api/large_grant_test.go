package api_test

import (
	"strings"
	"testing"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// Roles that were granted more than is allowed now lock no account out: each logs in,
// refreshes, and may do the same as before.
func TestOldGrantsThatAreTooLarge(t *testing.T) {
	dsn := storetest.DSN(t)
	s := harness.StartOn(t, dsn)
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	change := database(t, dsn)
	change(`INSERT INTO roles (name, scopes)
		SELECT 'large', array_agg('read:' || repeat('x', 40) || n ORDER BY n) || '{read:users}' FROM generate_series(1, 300) AS n`)
	change(`INSERT INTO roles (name) SELECT 'role-with-a-rather-long-name-' || n FROM generate_series(1, 200) AS n`)
	change(`UPDATE users SET roles = (SELECT array_agg(name ORDER BY name) FROM roles WHERE name <> 'admin') WHERE id = $1`, ada.UserID)
	s.Close()
	s = harness.StartOn(t, dsn)

	const operation = `{ viewer { id roles scopes } users { totalCount } }`
	for name, user := range map[string]harness.Vars{
		"administrator":                 {"email": harness.AdminEmail, "password": harness.AdminPassword},
		"account with too many roles":   {"email": harness.AdaEmail, "password": harness.AdaPassword},
		"session that is limited to it": {"email": harness.AdaEmail, "password": harness.AdaPassword, "scopes": []string{"read:users"}},
	} {
		session := s.Ask(t, "", harness.LoginOperation, harness.Vars{"input": user}).Must(t).Session("login")
		for step, token := range []string{session.Access, s.Refresh(t, session.Refresh).Access} {
			r := s.Ask(t, token, operation, nil)
			r.Want(t, "")
			scopes := r.Texts("viewer.scopes")
			if limited := user["scopes"] != nil; limited && len(scopes) != 1 || !limited && len(scopes) < 301 {
				t.Errorf("%s, token %d of %d bytes: %d scopes", name, step, len(token), len(scopes))
			}
			s.Ask(t, token, `mutation { deleteUser(id: "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63") }`, nil).
				Want(t, map[bool]string{true: "NOT_FOUND", false: "FORBIDDEN"}[name == "administrator"])
		}
	}
	if n := strings.Count(s.Log.String(), "too large"); n != 1 {
		t.Errorf("logged %d times; want once", n)
	}

	// Fewer roles are accepted, and end it.
	set := `mutation($id: ID!, $roles: [String!]!) { setUserRoles(id: $id, roles: $roles) { roles } }`
	admin := s.Admin(t).Access
	s.Ask(t, admin, set, harness.Vars{"id": ada.UserID, "roles": []string{"user"}}).Want(t, "")
	s.Ask(t, s.Login(t, harness.AdaEmail, harness.AdaPassword).Access, `{ users { totalCount } }`, nil).WantReason(t, "FORBIDDEN", "missing_scope")
	roles := make([]string, 51)
	for i := range roles {
		roles[i] = "role-with-a-rather-long-name-" + strings.Repeat("1", 1+i/26) + string(rune('a'+i%26))
	}
	s.Ask(t, admin, set, harness.Vars{"id": ada.UserID, "roles": roles}).WantField(t, "BAD_USER_INPUT", "roles")
}
