package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/test/harness"
)

// events returns the events that a service has logged since the last call.
func events(t *testing.T, s *harness.Service, seen *int) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(s.Log.String()[*seen:]) {
		var event map[string]any
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatal(err)
		}
		if event["msg"] == "event" {
			all = append(all, event)
		}
	}
	*seen = len(s.Log.String())
	return all
}

// TestEvents: the log has the caller, the account, the network and the outcome,
// with ids only.
func TestEvents(t *testing.T) {
	s := harness.Start(t, "TRUSTED_PROXIES=127.0.0.1", "REFRESH_REPLAY_WINDOW=0s", "RATE_LIMITS=on")
	from := func(token string) http.Header {
		h := harness.Bearer(token)
		h.Set("X-Forwarded-For", "203.0.113.77")
		return h
	}
	admin := s.Send(t, from(""), harness.LoginOperation, harness.Credentials(harness.AdminEmail, harness.AdminPassword)).Must(t).Session("login")
	ada := s.Send(t, from(""), harness.RegisterOperation, harness.Credentials(harness.AdaEmail, harness.AdaPassword)).Must(t).Session("register")
	mine, hers := s.SessionID(t, admin.Access), s.SessionID(t, ada.Access)
	second := s.Send(t, from(""), harness.LoginOperation, harness.Credentials(harness.AdaEmail, harness.AdaPassword)).Must(t).Session("login")
	third := s.SessionID(t, second.Access)
	id := harness.Vars{"id": ada.UserID}
	const stranger = "0190b0a5-3c4f-7d2e-8a11-0000000000ff"
	seen := 0
	events(t, s, &seen)
	for _, tt := range []struct {
		name, token, query string
		vars               harness.Vars
		want               map[string]any // besides the network
	}{
		{"a login", "", harness.LoginOperation, harness.Credentials(harness.AdminEmail, harness.AdminPassword),
			map[string]any{"event": "login", "outcome": "ok", "actor": admin.UserID}},
		{"a failed login", "", harness.LoginOperation, harness.Credentials(harness.AdaEmail, "canary-of-otters-17"),
			map[string]any{"event": "login", "outcome": "INVALID_CREDENTIALS"}},
		{"a failed login of no account", "", harness.LoginOperation, harness.Credentials("canary@example.com", "canary-of-otters-17"),
			map[string]any{"event": "login", "outcome": "INVALID_CREDENTIALS"}},
		{"under an alias", "", `mutation { canary: refresh(refreshToken: "canary") { expiresIn } }`, nil,
			map[string]any{"event": "refresh", "outcome": "REFRESH_TOKEN_INVALID"}},
		{"a change of roles, refused", ada.Access, `mutation($id: ID!) { setUserRoles(id: $id, roles: ["admin"]) { id } }`, id,
			map[string]any{"event": "setUserRoles", "outcome": "FORBIDDEN", "reason": "missing_role", "actor": ada.UserID, "actor_session": hers, "account": ada.UserID}},
		{"a change of roles by no one", "", `mutation { setUserRoles(id: "canary", roles: ["canary"]) { id } }`, nil,
			map[string]any{"event": "setUserRoles", "outcome": "UNAUTHENTICATED", "reason": "no_credential"}},
		{"a change of roles", admin.Access, `mutation($id: ID!) { setUserRoles(id: $id, roles: ["user"]) { id } }`, id,
			map[string]any{"event": "setUserRoles", "outcome": "ok", "actor": admin.UserID, "actor_session": mine, "account": ada.UserID}},
		{"of an unknown account", admin.Access, `mutation { disableUser(id: "` + strings.ToUpper(stranger) + `") { id } }`, nil,
			map[string]any{"event": "disableUser", "outcome": "NOT_FOUND", "actor": admin.UserID, "account": stranger}},
		{"of no id", admin.Access, `mutation { disableUser(id: "canary") { id } }`, nil,
			map[string]any{"event": "disableUser", "outcome": "BAD_USER_INPUT", "actor": admin.UserID}},
		{"a session, revoked", ada.Access, `mutation($id: ID!) { revokeSession(id: $id) }`, harness.Vars{"id": third},
			map[string]any{"event": "revokeSession", "outcome": "ok", "actor": ada.UserID, "actor_session": hers, "session": third}},
		{"a refresh", "", harness.RefreshOperation, harness.Vars{"token": ada.Refresh},
			map[string]any{"event": "refresh", "outcome": "ok", "actor": ada.UserID, "actor_session": hers}},
		{"a refresh token used again", "", harness.RefreshOperation, harness.Vars{"token": ada.Refresh},
			map[string]any{"event": "refresh", "outcome": "REFRESH_TOKEN_REUSED", "session": hers, "level": "WARN"}},
		{"a logout by its refresh token", "", `mutation($token: String) { logout(refreshToken: $token) }`, harness.Vars{"token": second.Refresh},
			map[string]any{"event": "logout", "outcome": "ok", "sessions": third}},
		{"a logout", admin.Access, `mutation { logout }`, nil,
			map[string]any{"event": "logout", "outcome": "ok", "actor": admin.UserID, "actor_session": mine}},
	} {
		s.Send(t, from(tt.token), tt.query, tt.vars)
		got := events(t, s, &seen)
		if len(got) != 1 {
			t.Errorf("%s: %d events, want 1: %v", tt.name, len(got), got)
			continue
		}
		tt.want["network"] = "203.0.113.0/24"
		for name, want := range tt.want {
			if list, ok := got[0][name].([]any); ok && len(list) == 1 {
				got[0][name] = list[0]
			}
			if got[0][name] != want {
				t.Errorf("%s: %s = %v, want %v: %v", tt.name, name, got[0][name], want, got[0])
			}
		}
		for _, name := range []string{"account", "session", "sessions", "reason"} {
			if _, wanted := tt.want[name]; !wanted && got[0][name] != nil {
				t.Errorf("%s: says %s = %v", tt.name, name, got[0][name])
			}
		}
	}
	s.Send(t, from(""), `{ __typename }`, nil)
	s.Send(t, from(""), `mutation { a: logout b: logout }`, nil)
	if got := events(t, s, &seen); len(got) != 2 {
		t.Errorf("two root fields of a mutation, and a query: %v", got)
	}
	limited := false
	for began := time.Now(); !limited && time.Since(began) < time.Minute; {
		s.Send(t, from(""), harness.LoginOperation, harness.Credentials("canary@example.com", "canary-of-otters-17"))
		got := events(t, s, &seen)
		limited = got[0]["outcome"] == "RATE_LIMITED" && got[0]["network"] == "203.0.113.0/24"
	}
	if !limited {
		t.Error("no event of too many logins")
	}
	if log := s.Log.String(); strings.Contains(log, "canary") || strings.Contains(log, "203.0.113.77") || strings.Contains(log, "@example.com\"") && strings.Contains(log, harness.AdaEmail) {
		t.Error("the log has what a client sent")
	}
}
