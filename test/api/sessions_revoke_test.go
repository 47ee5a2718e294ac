package api_test

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/test/harness"
)

const revokeOperation = `mutation($id: ID!) { revokeSession(id: $id) }`

// TestRevokeSession ends one of the caller's own sessions, and never another
// user's.
func TestRevokeSession(t *testing.T) {
	s := harness.Start(t)
	here, there, third := s.Register(t, harness.AdaEmail, harness.AdaPassword), s.Login(t, harness.AdaEmail, harness.AdaPassword), s.Login(t, harness.AdaEmail, harness.AdaPassword)
	bob := s.Admin(t) // even an administrator may only end their own
	mine, theirs, bobs := s.SessionID(t, here.Access), s.SessionID(t, there.Access), s.SessionID(t, bob.Access)
	refusals := []struct{ name, token, id, code, field string }{
		{"anonymous", "", theirs, "UNAUTHENTICATED", ""},
		{"another user's", here.Access, bobs, "NOT_FOUND", ""},
		{"another user's, as an administrator", bob.Access, theirs, "NOT_FOUND", ""},
		{"unknown", here.Access, "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63", "NOT_FOUND", ""},
		{"an account", here.Access, here.UserID, "NOT_FOUND", ""},
		{"no id", here.Access, "", "BAD_USER_INPUT", "id"},
		{"a malformed id", here.Access, theirs[:35] + "g", "BAD_USER_INPUT", "id"},
		{"an id in another form", here.Access, "{" + theirs + "}", "BAD_USER_INPUT", "id"},
	}
	for _, tt := range refusals {
		t.Run(tt.name, func(t *testing.T) {
			r := s.Ask(t, tt.token, revokeOperation, harness.Vars{"id": tt.id})
			r.Want(t, tt.code)
			if tt.field != "" {
				r.WantField(t, tt.code, tt.field)
			}
			if r.At("revokeSession") != nil {
				t.Errorf("answer = %s", r.Body)
			}
		})
	}
	for who, l := range map[string]harness.Session{"here": here, "there": there, "third": third, "bob": bob} {
		s.WantAlive(t, who, l)
	}
	for _, id := range []string{strings.ToUpper(theirs), theirs} { // the second time it has already ended
		r := s.Ask(t, here.Access, revokeOperation, harness.Vars{"id": id})
		r.Want(t, "")
		if r.Text("revokeSession") != theirs {
			t.Errorf("answer = %s", r.Body)
		}
		s.WantEnded(t, there)
	}
	for who, l := range map[string]harness.Session{"here": here, "third": third, "bob": bob} {
		s.WantAlive(t, who, l)
	}
	s.Ask(t, here.Access, revokeOperation, harness.Vars{"id": mine}).Want(t, "")
	s.WantEnded(t, here)
	s.WantAlive(t, "third", third)
}

// TestRevokeOtherSessions ends all of the caller's sessions but the one that asks.
func TestRevokeOtherSessions(t *testing.T) {
	s := harness.Start(t)
	const revoke = `mutation { revokeOtherSessions }`
	first, second, third := s.Register(t, harness.AdaEmail, harness.AdaPassword), s.Login(t, harness.AdaEmail, harness.AdaPassword), s.Login(t, harness.AdaEmail, harness.AdaPassword)
	bob := s.Admin(t)
	s.Ask(t, "", revoke, nil).WantReason(t, "UNAUTHENTICATED", "no_credential")
	for _, count := range []float64{2, 0} {
		r := s.Ask(t, second.Access, revoke, nil)
		r.Want(t, "")
		if r.At("revokeOtherSessions") != count {
			t.Errorf("answer = %s, want %v", r.Body, count)
		}
	}
	s.WantEnded(t, first)
	s.WantEnded(t, third)
	s.WantAlive(t, "the one that asked", second)
	s.WantAlive(t, "another user", bob)
	if got := sessionIDs(t, s, second.Access); !slices.Equal(got, []string{s.SessionID(t, second.Access)}) {
		t.Errorf("sessions = %q", got)
	}
}

// TestRevokeAllSessions logs an account out everywhere. Only an administrator
// may.
func TestRevokeAllSessions(t *testing.T) {
	s := harness.Start(t)
	const revoke = `mutation($id: ID!) { revokeAllSessions(userId: $id) }`
	ada, again, admin := s.Register(t, harness.AdaEmail, harness.AdaPassword), s.Login(t, harness.AdaEmail, harness.AdaPassword), s.Admin(t)
	limited := s.Login(t, harness.AdminEmail, harness.AdminPassword, "read:users", "write:users", "delete:users")
	s.Ask(t, "", revoke, harness.Vars{"id": ada.UserID}).WantReason(t, "UNAUTHENTICATED", "no_credential")
	s.Ask(t, ada.Access, revoke, harness.Vars{"id": ada.UserID}).WantReason(t, "FORBIDDEN", "missing_role")
	s.Ask(t, ada.Access, revoke, harness.Vars{"id": "nonsense"}).WantReason(t, "FORBIDDEN", "missing_role")
	s.Ask(t, limited.Access, revoke, harness.Vars{"id": ada.UserID}).WantReason(t, "FORBIDDEN", "missing_role")
	s.Ask(t, admin.Access, revoke, harness.Vars{"id": "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63"}).Want(t, "NOT_FOUND")
	s.Ask(t, admin.Access, revoke, harness.Vars{"id": "nonsense"}).WantField(t, "BAD_USER_INPUT", "userId")
	s.WantAlive(t, "ada", ada)
	for _, count := range []float64{2, 0} {
		r := s.Ask(t, admin.Access, revoke, harness.Vars{"id": ada.UserID})
		r.Want(t, "")
		if r.At("revokeAllSessions") != count {
			t.Errorf("answer = %s, want %v", r.Body, count)
		}
	}
	s.WantEnded(t, ada)
	s.WantEnded(t, again)
	s.WantAlive(t, "ada, logged in again", s.Login(t, harness.AdaEmail, harness.AdaPassword))
	s.WantAlive(t, "the administrator", admin)
	s.Ask(t, admin.Access, revoke, harness.Vars{"id": admin.UserID}).Want(t, "") // all of the caller's own, this one included
	s.WantEnded(t, admin)
	s.WantEnded(t, limited)
}

// TestSessionLimit opens more sessions than an account may have: the oldest one
// ends, and the list shows the others.
func TestSessionLimit(t *testing.T) {
	s := harness.Start(t, "SESSIONS_PER_USER=2")
	first, second := s.Register(t, harness.AdaEmail, harness.AdaPassword), s.Login(t, harness.AdaEmail, harness.AdaPassword)
	second = s.Refresh(t, second.Refresh)
	first = s.Refresh(t, first.Refresh)
	third := s.Login(t, harness.AdaEmail, harness.AdaPassword)
	s.WantEnded(t, first) // the oldest, although it was the last one used
	if got, those := sessionIDs(t, s, third.Access), []string{s.SessionID(t, third.Access), s.SessionID(t, second.Access)}; !slices.Equal(got, those) {
		t.Errorf("sessions = %q, want %q", got, those)
	}
	s.Ask(t, third.Access, revokeOperation, harness.Vars{"id": s.SessionID(t, second.Access)}).Want(t, "")
	fourth := s.Login(t, harness.AdaEmail, harness.AdaPassword) // takes the free place
	s.WantAlive(t, "the third", third)
	s.WantAlive(t, "the fourth", fourth)
}
