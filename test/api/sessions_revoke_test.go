package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/test/harness"
)

const revokeOperation = `mutation($id: ID!) { revokeSession(id: $id) }`

// goesOn fails unless the access token is good.
func (s *harness.Service) goesOn(t testing.TB, who string, l harness.Session) {
	t.Helper()
	if r := s.Ask(t, l.Access, harness.MeOperation, nil); r.Code() != "" {
		t.Errorf("%s is out: %s", who, r.Body)
	}
}

// isOut fails unless nothing of a session works: its access token is answered 401, and its refresh token is no good.
func (s *harness.Service) isOut(t testing.TB, l harness.Session) {
	t.Helper()
	r := s.Ask(t, l.Access, harness.MeOperation, nil)
	r.WantReason(t, "UNAUTHENTICATED", "session_ended")
	if r.Status != http.StatusUnauthorized || r.Header.Get("WWW-Authenticate") == "" || r.Data != nil {
		t.Errorf("it answers %d %s", r.Status, r.Body)
	}
	s.Ask(t, "", harness.RefreshOperation, harness.Vars{"token": l.Refresh}).Want(t, "REFRESH_TOKEN_INVALID")
}

// TestRevokeSession ends one session of one's own, and never anybody else's.
func TestRevokeSession(t *testing.T) {
	s := harness.Start(t)
	here, there, third := s.Register(t, harness.AdaEmail, harness.AdaPassword), s.Login(t, harness.AdaEmail, harness.AdaPassword), s.Login(t, harness.AdaEmail, harness.AdaPassword)
	bob := s.Admin(t) // an administrator has no other sessions than their own, either
	mine, theirs, bobs := s.sid(t, here.Access), s.sid(t, there.Access), s.sid(t, bob.Access)
	refusals := []struct{ name, token, id, code, field string }{
		{"by nobody", "", theirs, "UNAUTHENTICATED", ""},
		{"somebody else's", here.Access, bobs, "NOT_FOUND", ""},
		{"somebody else's, as an administrator", bob.Access, theirs, "NOT_FOUND", ""},
		{"nobody's", here.Access, "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63", "NOT_FOUND", ""},
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
				t.Errorf("it answers %s", r.Body)
			}
		})
	}
	for who, l := range map[string]harness.Session{"here": here, "there": there, "third": third, "bob": bob} {
		s.goesOn(t, who, l)
	}
	for _, id := range []string{strings.ToUpper(theirs), theirs} { // the second time it has ended already
		r := s.Ask(t, here.Access, revokeOperation, harness.Vars{"id": id})
		r.Want(t, "")
		if r.Text("revokeSession") != theirs {
			t.Errorf("it answers %s", r.Body)
		}
		s.isOut(t, there)
	}
	for who, l := range map[string]harness.Session{"here": here, "third": third, "bob": bob} {
		s.goesOn(t, who, l)
	}
	s.Ask(t, here.Access, revokeOperation, harness.Vars{"id": mine}).Want(t, "")
	s.isOut(t, here)
	s.goesOn(t, "third", third)
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
			t.Errorf("it answers %s, want %v", r.Body, count)
		}
	}
	s.isOut(t, first)
	s.isOut(t, third)
	s.goesOn(t, "the one that asked", second)
	s.goesOn(t, "somebody else", bob)
	if got := s.living(t, second.Access); !slices.Equal(got, []string{s.sid(t, second.Access)}) {
		t.Errorf("sessions = %q", got)
	}
}

// TestRevokeAllSessions logs an account out everywhere, which only an administrator may.
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
	s.goesOn(t, "ada", ada)
	for _, count := range []float64{2, 0} {
		r := s.Ask(t, admin.Access, revoke, harness.Vars{"id": ada.UserID})
		r.Want(t, "")
		if r.At("revokeAllSessions") != count {
			t.Errorf("it answers %s, want %v", r.Body, count)
		}
	}
	s.isOut(t, ada)
	s.isOut(t, again)
	s.goesOn(t, "ada, logged in again", s.Login(t, harness.AdaEmail, harness.AdaPassword))
	s.goesOn(t, "the administrator", admin)
	s.Ask(t, admin.Access, revoke, harness.Vars{"id": admin.UserID}).Want(t, "") // of one's own, the present one included
	s.isOut(t, admin)
	s.isOut(t, limited)
}

// TestTooManySessions: the oldest ends when one more begins. Those that go on are the ones listed.
func TestTooManySessions(t *testing.T) {
	s := harness.Start(t, "SESSIONS_PER_USER=2")
	first, second := s.Register(t, harness.AdaEmail, harness.AdaPassword), s.Login(t, harness.AdaEmail, harness.AdaPassword)
	second = s.Refresh(t, second.Refresh)
	first = s.Refresh(t, first.Refresh)
	third := s.Login(t, harness.AdaEmail, harness.AdaPassword)
	s.isOut(t, first) // the oldest, although it was used last
	if got, those := s.living(t, third.Access), []string{s.sid(t, third.Access), s.sid(t, second.Access)}; !slices.Equal(got, those) {
		t.Errorf("sessions = %q, want %q", got, those)
	}
	s.Ask(t, third.Access, revokeOperation, harness.Vars{"id": s.sid(t, second.Access)}).Want(t, "")
	fourth := s.Login(t, harness.AdaEmail, harness.AdaPassword) // takes the place that is free
	s.goesOn(t, "the third", third)
	s.goesOn(t, "the fourth", fourth)
}
