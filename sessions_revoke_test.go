package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

const revokeOperation = `mutation($id: ID!) { revokeSession(id: $id) }`

// goesOn fails unless the access token is good.
func (s *service) goesOn(t testing.TB, who string, l login) {
	t.Helper()
	if r := s.ask(t, l.access, meOperation, nil); r.code() != "" {
		t.Errorf("%s is out: %s", who, r.body)
	}
}

// isOut fails unless nothing of a session works: its access token is answered 401, and its refresh token is no good.
func (s *service) isOut(t testing.TB, l login) {
	t.Helper()
	r := s.ask(t, l.access, meOperation, nil)
	wantReason(t, r, "UNAUTHENTICATED", "session_ended")
	if r.status != http.StatusUnauthorized || r.header.Get("WWW-Authenticate") == "" || r.data != nil {
		t.Errorf("it answers %d %s", r.status, r.body)
	}
	want(t, s.ask(t, "", refreshOperation, vars{"token": l.refresh}), "REFRESH_TOKEN_INVALID")
}

// TestRevokeSession ends one session of one's own, and never anybody else's.
func TestRevokeSession(t *testing.T) {
	s := start(t)
	here, there, third := s.register(t, adaEmail, adaPassword), s.login(t, adaEmail, adaPassword), s.login(t, adaEmail, adaPassword)
	bob := s.admin(t) // an administrator has no other sessions than their own, either
	mine, theirs, bobs := s.sid(t, here.access), s.sid(t, there.access), s.sid(t, bob.access)
	refusals := []struct{ name, token, id, code, field string }{
		{"by nobody", "", theirs, "UNAUTHENTICATED", ""},
		{"somebody else's", here.access, bobs, "NOT_FOUND", ""},
		{"somebody else's, as an administrator", bob.access, theirs, "NOT_FOUND", ""},
		{"nobody's", here.access, "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63", "NOT_FOUND", ""},
		{"an account", here.access, here.id, "NOT_FOUND", ""},
		{"no id", here.access, "", "BAD_USER_INPUT", "id"},
		{"a malformed id", here.access, theirs[:35] + "g", "BAD_USER_INPUT", "id"},
		{"an id in another form", here.access, "{" + theirs + "}", "BAD_USER_INPUT", "id"},
	}
	for _, tt := range refusals {
		t.Run(tt.name, func(t *testing.T) {
			r := s.ask(t, tt.token, revokeOperation, vars{"id": tt.id})
			want(t, r, tt.code)
			if tt.field != "" {
				wantField(t, r, tt.code, tt.field)
			}
			if r.at("revokeSession") != nil {
				t.Errorf("it answers %s", r.body)
			}
		})
	}
	for who, l := range map[string]login{"here": here, "there": there, "third": third, "bob": bob} {
		s.goesOn(t, who, l)
	}
	for _, id := range []string{strings.ToUpper(theirs), theirs} { // the second time it has ended already
		r := s.ask(t, here.access, revokeOperation, vars{"id": id})
		want(t, r, "")
		if r.str("revokeSession") != theirs {
			t.Errorf("it answers %s", r.body)
		}
		s.isOut(t, there)
	}
	for who, l := range map[string]login{"here": here, "third": third, "bob": bob} {
		s.goesOn(t, who, l)
	}
	want(t, s.ask(t, here.access, revokeOperation, vars{"id": mine}), "")
	s.isOut(t, here)
	s.goesOn(t, "third", third)
}

// TestRevokeOtherSessions ends all of the caller's sessions but the one that asks.
func TestRevokeOtherSessions(t *testing.T) {
	s := start(t)
	const revoke = `mutation { revokeOtherSessions }`
	first, second, third := s.register(t, adaEmail, adaPassword), s.login(t, adaEmail, adaPassword), s.login(t, adaEmail, adaPassword)
	bob := s.admin(t)
	wantReason(t, s.ask(t, "", revoke, nil), "UNAUTHENTICATED", "no_credential")
	for _, count := range []float64{2, 0} {
		r := s.ask(t, second.access, revoke, nil)
		want(t, r, "")
		if r.at("revokeOtherSessions") != count {
			t.Errorf("it answers %s, want %v", r.body, count)
		}
	}
	s.isOut(t, first)
	s.isOut(t, third)
	s.goesOn(t, "the one that asked", second)
	s.goesOn(t, "somebody else", bob)
	if got := s.living(t, second.access); !slices.Equal(got, []string{s.sid(t, second.access)}) {
		t.Errorf("sessions = %q", got)
	}
}

// TestRevokeAllSessions logs an account out everywhere, which only an administrator may.
func TestRevokeAllSessions(t *testing.T) {
	s := start(t)
	const revoke = `mutation($id: ID!) { revokeAllSessions(userId: $id) }`
	ada, again, admin := s.register(t, adaEmail, adaPassword), s.login(t, adaEmail, adaPassword), s.admin(t)
	limited := s.login(t, adminEmail, adminPassword, "read:users", "write:users", "delete:users")
	wantReason(t, s.ask(t, "", revoke, vars{"id": ada.id}), "UNAUTHENTICATED", "no_credential")
	wantReason(t, s.ask(t, ada.access, revoke, vars{"id": ada.id}), "FORBIDDEN", "missing_role")
	wantReason(t, s.ask(t, ada.access, revoke, vars{"id": "nonsense"}), "FORBIDDEN", "missing_role")
	wantReason(t, s.ask(t, limited.access, revoke, vars{"id": ada.id}), "FORBIDDEN", "missing_role")
	want(t, s.ask(t, admin.access, revoke, vars{"id": "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63"}), "NOT_FOUND")
	wantField(t, s.ask(t, admin.access, revoke, vars{"id": "nonsense"}), "BAD_USER_INPUT", "userId")
	s.goesOn(t, "ada", ada)
	for _, count := range []float64{2, 0} {
		r := s.ask(t, admin.access, revoke, vars{"id": ada.id})
		want(t, r, "")
		if r.at("revokeAllSessions") != count {
			t.Errorf("it answers %s, want %v", r.body, count)
		}
	}
	s.isOut(t, ada)
	s.isOut(t, again)
	s.goesOn(t, "ada, logged in again", s.login(t, adaEmail, adaPassword))
	s.goesOn(t, "the administrator", admin)
	want(t, s.ask(t, admin.access, revoke, vars{"id": admin.id}), "") // of one's own, the present one included
	s.isOut(t, admin)
	s.isOut(t, limited)
}

// TestTooManySessions: the oldest ends when one more begins. Those that go on are the ones listed.
func TestTooManySessions(t *testing.T) {
	s := start(t, "SESSIONS_PER_USER=2")
	first, second := s.register(t, adaEmail, adaPassword), s.login(t, adaEmail, adaPassword)
	second = session1(t, "refresh", s.ask(t, "", refreshOperation, vars{"token": second.refresh}))
	first = session1(t, "refresh", s.ask(t, "", refreshOperation, vars{"token": first.refresh}))
	third := s.login(t, adaEmail, adaPassword)
	s.isOut(t, first) // the oldest, although it was used last
	if got, those := s.living(t, third.access), []string{s.sid(t, third.access), s.sid(t, second.access)}; !slices.Equal(got, those) {
		t.Errorf("sessions = %q, want %q", got, those)
	}
	want(t, s.ask(t, third.access, revokeOperation, vars{"id": s.sid(t, second.access)}), "")
	fourth := s.login(t, adaEmail, adaPassword) // takes the place that is free
	s.goesOn(t, "the third", third)
	s.goesOn(t, "the fourth", fourth)
}
