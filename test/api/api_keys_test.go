package api_test

import (
	"database/sql"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/auth/operator"
	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

const (
	createKey = `mutation($input: CreateApiKeyInput!) {
		createApiKey(input: $input) { key apiKey { id name hint scopes createdAt expiresAt lastUsedAt lastUsedIp rotated } } }`
	createServiceKey = `mutation($id: ID!, $input: CreateApiKeyInput!) {
		createServiceKey(userId: $id, input: $input) { key apiKey { id } } }`
	createService = `mutation($input: CreateServiceAccountInput!) {
		createServiceAccount(input: $input) { id kind email name roles emailVerified lastLoginAt sessions { id } apiKeys { id } } }`
	viewer = `{ viewer { id roles scopes delegated sessionId } }`
)

// newKey makes a key of the session's account, and returns it with its id.
func newKey(t testing.TB, s *harness.Service, who harness.Session, scopes ...string) (key, id string) {
	t.Helper()
	r := s.Ask(t, who.Access, createKey, harness.Vars{"input": harness.Vars{"name": "a test", "scopes": append([]string{}, scopes...)}}).Must(t)
	return r.Text("createApiKey.key"), r.Text("createApiKey.apiKey.id")
}

// newService makes a service account with the roles, and a key of it.
func newService(t testing.TB, s *harness.Service, admin harness.Session, scopes []string, roles ...string) (id, key, keyID string) {
	t.Helper()
	id = s.Ask(t, admin.Access, createService, harness.Vars{"input": harness.Vars{"name": "billing", "roles": roles}}).
		Must(t).Text("createServiceAccount.id")
	r := s.Ask(t, admin.Access, createServiceKey, harness.Vars{"id": id, "input": harness.Vars{"name": "a test", "scopes": scopes}}).Must(t)
	return id, r.Text("createServiceKey.key"), r.Text("createServiceKey.apiKey.id")
}

// withKey is the header with an API key.
func withKey(key string) http.Header { return http.Header{"X-API-Key": {key}} }

// wantKeyInvalid fails unless an answer refuses the key.
func wantKeyInvalid(t testing.TB, r harness.Reply) {
	t.Helper()
	r.WantReason(t, "UNAUTHENTICATED", "key_invalid")
	if r.Status != http.StatusUnauthorized || r.Header.Get("WWW-Authenticate") == "" || r.Data != nil {
		t.Errorf("answer = %d %v %s", r.Status, r.Header, r.Body)
	}
}

// TestAPIKey takes a key from its making to its end.
func TestAPIKey(t *testing.T) {
	s := harness.Start(t)
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	r := s.Ask(t, ada.Access, createKey, harness.Vars{"input": harness.Vars{"name": " nightly export ", "scopes": []string{"profile", "openid", "profile"}}}).Must(t)
	key, id := r.Text("createApiKey.key"), r.Text("createApiKey.apiKey.id")
	hint := r.Text("createApiKey.apiKey.hint")
	if r.Text("createApiKey.apiKey.name") != "nightly export" || !slices.Equal(r.Texts("createApiKey.apiKey.scopes"), []string{"openid", "profile"}) ||
		!strings.HasPrefix(key, hint) || r.At("createApiKey.apiKey.lastUsedAt") != nil || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v %s", r.Header, r.Body)
	}
	if end, err := time.Parse(time.RFC3339, r.Text("createApiKey.apiKey.expiresAt")); err != nil || time.Until(end) < 364*24*time.Hour || time.Until(end) > 365*24*time.Hour {
		t.Errorf("the key ends at %v, %v", end, err)
	}
	for name, header := range map[string]http.Header{"X-API-Key": withKey(key), "Bearer": harness.Bearer(key)} {
		got := s.Send(t, header, viewer, nil).Must(t)
		if got.Text("viewer.id") != ada.UserID || got.At("viewer.delegated") != true || got.At("viewer.sessionId") != nil ||
			!slices.Equal(got.Texts("viewer.scopes"), []string{"openid", "profile"}) || len(got.Texts("viewer.roles")) != 0 {
			t.Errorf("%s: %s", name, got.Body)
		}
	}
	s.Send(t, withKey(key), `{ me { id name } }`, nil).Must(t)
	s.Send(t, withKey(key), `{ me { email } }`, nil).WantReason(t, "FORBIDDEN", "missing_scope")

	const list = `{ me { apiKeys { id hint rotated lastUsedAt lastUsedIp } } }`
	if got := s.Ask(t, ada.Access, list, nil).Must(t); strings.Contains(got.Body, key) || !strings.Contains(got.Body, hint) {
		t.Errorf("%s", got.Body)
	}
	const rotate = `mutation($id: ID!, $overlap: String!) { rotateApiKey(id: $id, overlap: $overlap) { key apiKey { id name scopes } } }`
	s.Ask(t, ada.Access, rotate, harness.Vars{"id": id, "overlap": "169h"}).WantField(t, "BAD_USER_INPUT", "overlap")
	s.Ask(t, ada.Access, rotate, harness.Vars{"id": id, "overlap": "-1s"}).WantField(t, "BAD_USER_INPUT", "overlap")
	s.Ask(t, ada.Access, rotate, harness.Vars{"id": ada.UserID, "overlap": "1h"}).Want(t, "NOT_FOUND")
	r = s.Ask(t, ada.Access, rotate, harness.Vars{"id": id, "overlap": "1h"}).Must(t)
	next, nextID := r.Text("rotateApiKey.key"), r.Text("rotateApiKey.apiKey.id")
	if next == key || nextID == id || r.Text("rotateApiKey.apiKey.name") != "nightly export" || !slices.Equal(r.Texts("rotateApiKey.apiKey.scopes"), []string{"openid", "profile"}) {
		t.Errorf("%s", r.Body)
	}
	firstNext := nextID
	s.Send(t, withKey(next), viewer, nil).Must(t)
	s.Send(t, withKey(key), viewer, nil).Must(t) // until the overlap ends
	s.Ask(t, ada.Access, rotate, harness.Vars{"id": id, "overlap": "1h"}).WantField(t, "CONFLICT", "id")
	r = s.Ask(t, ada.Access, rotate, harness.Vars{"id": nextID, "overlap": "0s"}).Must(t)
	wantKeyInvalid(t, s.Send(t, withKey(next), viewer, nil)) // at once
	next, nextID = r.Text("rotateApiKey.key"), r.Text("rotateApiKey.apiKey.id")

	s.Ask(t, ada.Access, `mutation($id: ID!) { revokeApiKey(id: $id) }`, harness.Vars{"id": id}).Must(t)
	wantKeyInvalid(t, s.Send(t, withKey(key), viewer, nil))
	s.Ask(t, s.Admin(t).Access, `mutation($id: ID!) { revokeApiKey(id: $id) }`, harness.Vars{"id": nextID}).Want(t, "NOT_FOUND")
	s.Send(t, withKey(next), viewer, nil).Must(t)
	for range 2 {
		s.Ask(t, ada.Access, `mutation($id: ID!) { revokeApiKey(id: $id) }`, harness.Vars{"id": nextID}).Must(t)
		wantKeyInvalid(t, s.Send(t, withKey(next), viewer, nil))
	}
	if got := s.Ask(t, ada.Access, list, nil).Must(t); len(got.At("me.apiKeys").([]any)) != 0 {
		t.Errorf("%s", got.Body)
	}
	for _, line := range []string{
		`"event":"createApiKey","outcome":"ok","actor":"` + ada.UserID + `","actor_session":"` + s.SessionID(t, ada.Access) + `","new_key":"` + id + `"`,
		`"key":"` + id + `","new_key":"` + firstNext + `"`, `"event":"revokeApiKey","outcome":"ok"`, `"caller":"` + ada.UserID + `","key":"` + id + `"`,
	} {
		if !strings.Contains(s.Log.String(), line) {
			t.Errorf("the log lacks %s", line)
		}
	}
}

// TestCreateAPIKeyRefuses tries bad input, beside the same request done right.
func TestCreateAPIKeyRefuses(t *testing.T) {
	dsn := storetest.DSN(t)
	s := harness.StartOn(t, dsn)
	s.Member(t, harness.AdaEmail, "admin")
	ada := s.Login(t, harness.AdaEmail, harness.AdaPassword)
	limited := s.Login(t, harness.AdaEmail, harness.AdaPassword, "read:users")
	bob := s.Register(t, "bob@example.com", harness.AdaPassword)
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `UPDATE sessions SET auth_time = now() - interval '11 minutes' WHERE user_id = $1`, bob.UserID); err != nil {
		t.Fatal(err)
	}
	bob = s.Refresh(t, bob.Refresh)
	past, soon, late := time.Now().Add(-time.Second), time.Now().Add(time.Hour), time.Now().Add(366*24*time.Hour)
	type input = harness.Vars
	tests := []struct {
		name  string
		who   harness.Session
		input input
		code  string
		field string
		says  string
	}{
		{"anonymous", harness.Session{}, input{"name": "x", "scopes": []string{}}, "UNAUTHENTICATED", "", ""},
		{"no name", ada, input{"name": "", "scopes": []string{}}, "BAD_USER_INPUT", "name", "nightly backup"},
		{"a blank name", ada, input{"name": " \t ", "scopes": []string{}}, "BAD_USER_INPUT", "name", ""},
		{"a name of 10 KB", ada, input{"name": strings.Repeat("n", 10<<10), "scopes": []string{}}, "BAD_USER_INPUT", "name", "200 characters"},
		{"a line break in the name", ada, input{"name": "a\nb", "scopes": []string{}}, "BAD_USER_INPUT", "name", ""},
		{"an unknown scope", ada, input{"name": "x", "scopes": []string{"read:users", "read:user"}}, "BAD_USER_INPUT", "scopes", "number 2 does not exist"},
		{"an empty scope", ada, input{"name": "x", "scopes": []string{""}}, "BAD_USER_INPUT", "scopes", ""},
		{"a scope in capitals", ada, input{"name": "x", "scopes": []string{"READ:USERS"}}, "BAD_USER_INPUT", "scopes", ""},
		{"a scope that the owner lacks", bob, input{"name": "x", "scopes": []string{"read:users"}, "currentPassword": harness.AdaPassword}, "BAD_USER_INPUT", "scopes", `"read:users"`},
		{"a scope that the session lacks", limited, input{"name": "x", "scopes": []string{"write:users"}}, "BAD_USER_INPUT", "scopes", ""},
		{"a past end", ada, input{"name": "x", "scopes": []string{}, "expiresAt": past}, "BAD_USER_INPUT", "expiresAt", "in the future"},
		{"a late end", ada, input{"name": "x", "scopes": []string{}, "expiresAt": late}, "BAD_USER_INPUT", "expiresAt", "or leave expiresAt out"},
		{"no password, long after the login", bob, input{"name": "x", "scopes": []string{}}, "STEP_UP_REQUIRED", "", "prove again"},
		{"a wrong password", bob, input{"name": "x", "scopes": []string{}, "currentPassword": "not-the-password"}, "INVALID_CREDENTIALS", "", ""},
		{"a wrong password, soon after the login", ada, input{"name": "x", "scopes": []string{}, "currentPassword": ""}, "INVALID_CREDENTIALS", "", ""},

		{"soon after the login", ada, input{"name": "x", "scopes": []string{"read:users", "write:users"}, "expiresAt": soon}, "", "", ""},
		{"no scopes", ada, input{"name": strings.Repeat("ü", 200), "scopes": []string{}}, "", "", ""},
		{"in a limited session", limited, input{"name": "x", "scopes": []string{"read:users"}}, "", "", ""},
		{"with the password", bob, input{"name": "x", "scopes": []string{"email"}, "currentPassword": harness.AdaPassword}, "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := s.Ask(t, tt.who.Access, createKey, harness.Vars{"input": tt.input})
			if tt.field != "" {
				tt.field = "input." + tt.field
			}
			r.WantField(t, tt.code, tt.field)
			if !strings.Contains(r.Body, strings.ReplaceAll(tt.says, `"`, `\"`)) {
				t.Errorf("%s does not say %q", r.Body, tt.says)
			}
			if tt.code == "" {
				s.Send(t, withKey(r.Text("createApiKey.key")), viewer, nil).Must(t)
			}
		})
	}
	const rotate = `mutation($id: ID!) { rotateApiKey(id: $id) { key } }`
	_, id := newKey(t, s, ada, "read:users", "write:users")
	s.Ask(t, limited.Access, rotate, harness.Vars{"id": id}).WantField(t, "BAD_USER_INPUT", "id")
	s.Ask(t, ada.Access, rotate, harness.Vars{"id": id}).Want(t, "")
}

// TestKeyMakesNoCredential sends everything that makes, changes or ends a credential with
// the keys of a person and of a service.
func TestKeyMakesNoCredential(t *testing.T) {
	s := harness.Start(t)
	s.Member(t, harness.AdaEmail, "admin")
	ada := s.Login(t, harness.AdaEmail, harness.AdaPassword)
	scopes := []string{"delete:users", "email", "openid", "profile", "read:users", "write:profile", "write:users"}
	person, personID := newKey(t, s, ada, scopes...)
	serviceUser, service, serviceID := newService(t, s, ada, scopes, "admin")
	const input = `input: {name: "x", scopes: [], currentPassword: "` + harness.AdaPassword + `"}`
	for who, caller := range map[string]struct{ key, id, user string }{"person": {person, personID, ada.UserID}, "service": {service, serviceID, serviceUser}} {
		for name, query := range map[string]string{
			"createApiKey":         `mutation { createApiKey(` + input + `) { key } }`,
			"rotateApiKey":         `mutation { rotateApiKey(id: "` + caller.id + `", currentPassword: "` + harness.AdaPassword + `") { key } }`,
			"revokeApiKey":         `mutation { revokeApiKey(id: "` + caller.id + `") }`,
			"revokeAnyApiKey":      `mutation { revokeAnyApiKey(id: "` + caller.id + `") }`,
			"revokeAllApiKeys":     `mutation { revokeAllApiKeys(userId: "` + caller.user + `") }`,
			"createServiceAccount": `mutation { createServiceAccount(input: {name: "x"}) { id } }`,
			"createServiceKey":     `mutation { createServiceKey(userId: "` + serviceUser + `", ` + input + `) { key } }`,
			"changePassword":       `mutation { changePassword(input: {currentPassword: "` + harness.AdaPassword + `", newPassword: "eleven-loud-herons-42"}) { accessToken } }`,
			"changeEmail":          `mutation { changeEmail(input: {email: "x@example.com", currentPassword: "` + harness.AdaPassword + `"}) { id } }`,
			"deleteMe":             `mutation { deleteMe(currentPassword: "` + harness.AdaPassword + `") }`,
			"setUserRoles":         `mutation { setUserRoles(id: "` + caller.user + `", roles: ["admin"]) { id } }`,
			"revokeAllSessions":    `mutation { revokeAllSessions(userId: "` + ada.UserID + `") }`,
		} {
			r := s.Send(t, withKey(caller.key), query, nil)
			if r.Code() != "FORBIDDEN" || r.At(name) != nil {
				t.Errorf("%s of a %s: %s", name, who, r.Body)
			}
		}
		if who == "person" {
			s.Send(t, withKey(caller.key), `mutation { revokeOtherSessions }`, nil).WantReason(t, "FORBIDDEN", "not_delegable")
			s.Send(t, withKey(caller.key), `{ me { apiKeys { id } sessions { id } } }`, nil).Want(t, "FORBIDDEN")
		}
		s.Send(t, withKey(caller.key), `mutation { logout }`, nil).Must(t) // which ends no key
		s.Send(t, withKey(caller.key), `{ users(first: 1) { nodes { id email } } me { id email } }`, nil).Must(t)
	}
	s.WantAlive(t, "ada", ada)
}

// TestKeyEndsOnEveryReplica takes what a key needs, and gives it back, over and over: it is
// refused by the next request where that happened, and by the other replica within a second.
func TestKeyEndsOnEveryReplica(t *testing.T) {
	dsn := storetest.DSN(t)
	a, b := harness.StartOn(t, dsn), harness.StartOn(t, dsn)
	if err := a.Store().CreateRole(t.Context(), operator.Role{Name: "support", Scopes: []string{"read:users"}}); err != nil {
		t.Fatal(err)
	}
	admin, ada := a.Admin(t), a.Member(t, harness.AdaEmail, "support")
	key, _ := newKey(t, a, ada, "read:users")
	const read = `{ users(first: 1) { nodes { id } } }`
	var worst time.Duration
	await := func(round int, code string) {
		t.Helper()
		began := time.Now()
		for b.Send(t, withKey(key), read, nil).Code() != code {
			if time.Since(began) > 5*time.Second {
				t.Fatalf("round %d: the other replica does not answer %q", round, code)
			}
		}
		worst = max(worst, time.Since(began))
	}
	await(0, "")
	for round := range 100 {
		for _, step := range []struct {
			roles []string
			code  string
		}{{[]string{"user"}, "FORBIDDEN"}, {[]string{"support"}, ""}} {
			a.Ask(t, admin.Access, `mutation($id: ID!, $roles: [String!]!) { setUserRoles(id: $id, roles: $roles) { id } }`,
				harness.Vars{"id": ada.UserID, "roles": step.roles}).Must(t)
			a.Send(t, withKey(key), read, nil).Want(t, step.code)
			await(round, step.code)
		}
	}
	for round := range 100 { // with the 100 above, 200 ends
		fresh, id := newKey(t, a, ada, "read:users")
		b.Send(t, withKey(fresh), read, nil).Must(t)
		a.Ask(t, ada.Access, `mutation($id: ID!) { revokeApiKey(id: $id) }`, harness.Vars{"id": id}).Must(t)
		wantKeyInvalid(t, a.Send(t, withKey(fresh), read, nil))
		key, fresh = fresh, key
		await(round, "UNAUTHENTICATED")
		key = fresh
	}
	if worst > time.Second {
		t.Errorf("the other replica took up to %v", worst)
	}
	t.Logf("the other replica took up to %v", worst)
	b.Close() // which writes when keys were used last
	r := a.Ask(t, ada.Access, `{ me { apiKeys { lastUsedAt lastUsedIp } } }`, nil).Must(t)
	if !strings.Contains(r.Body, `"lastUsedAt":"`+time.Now().UTC().Format("2006-")) || !strings.Contains(r.Body, `"lastUsedIp":"127.0.0.1"`) {
		t.Errorf("%s", r.Body)
	}
}
