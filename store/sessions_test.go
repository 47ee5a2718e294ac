package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"gatehouse/auth"
)

func TestOpenSession(t *testing.T) {
	r := newReplica(t)
	id := r.user("ada@example.com", "user").ID
	tests := []struct {
		name   string
		userID string
		hash   string
		spoil  func()
		want   error
	}{
		{"another hash", id, "the hash of another password", nil, auth.ErrInvalidCredentials},
		{"no hash", id, "", nil, auth.ErrInvalidCredentials},
		{"unknown account", newSession(id).ID, hash, nil, auth.ErrInvalidCredentials},
		{"disabled", id, hash, func() { r.change(id, disable) }, auth.ErrInvalidCredentials},
		{"enabled again", id, hash, func() { r.change(id, enable) }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.spoil != nil {
				tt.spoil()
			}
			before, err := r.User(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			s := newSession(tt.userID)
			u, err := r.OpenSession(t.Context(), s, tt.hash, life)
			if !errors.Is(err, tt.want) {
				t.Fatalf("error %v; want %v", err, tt.want)
			}
			if err != nil {
				if u != nil || r.living(id) != 0 {
					t.Errorf("refused, and yet %+v with %d sessions", u, r.living(id))
				}
				after, err := r.User(t.Context(), id)
				if err != nil || after.LastLoginAt != before.LastLoginAt {
					t.Errorf("refused, and yet last_login_at is %v, %v", after.LastLoginAt, err)
				}
				return
			}
			if u.ID != id || time.Since(*u.LastLoginAt) > time.Minute || !u.UpdatedAt.Equal(before.UpdatedAt) || r.living(id) != 1 {
				t.Errorf("account %+v with %d sessions", u, r.living(id))
			}
			if _, err := r.refresh(s); err != nil {
				t.Errorf("its refresh token: %v", err)
			}
		})
	}
}

func TestSessionKeepsItsLimit(t *testing.T) {
	r := newReplica(t)
	id := r.user("ada@example.com", "user").ID
	tests := []struct {
		name  string
		limit *auth.Limit
	}{
		{"none", nil},
		{"nothing", &auth.Limit{Scopes: []string{}}},
		{"some", &auth.Limit{Scopes: []string{"read:items", "write:items"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSession(id)
			s.Limit = tt.limit
			if _, err := r.OpenSession(t.Context(), s, hash, life); err != nil {
				t.Fatal(err)
			}
			next, err := r.refresh(s)
			if err != nil {
				t.Fatal(err)
			}
			renewed, _, err := r.ReplacePassword(t.Context(), replacing(id, hash, hash, s.ID))
			if err != nil {
				t.Fatal(err)
			}
			for what, got := range map[string]*auth.Limit{"refresh": next.Limit, "new password": renewed.Limit} {
				if (got == nil) != (tt.limit == nil) || got != nil && !slices.Equal(got.Scopes, tt.limit.Scopes) {
					t.Errorf("after a %s the limit is %#v; want %#v", what, got, tt.limit)
				}
			}
		})
	}
}

func TestSessionKeepsWhatAHeaderSays(t *testing.T) {
	r := newReplica(t)
	id := r.user("ada@example.com", "user").ID
	tests := []struct{ name, sent, kept string }{
		{"plain", "curl/8.9", "curl/8.9"},
		{"empty", "", ""},
		{"NUL", "curl\x00/8", "curl/8"},
		{"invalid UTF-8", "curl\xff", "curl\ufffd"},
		{"long", strings.Repeat("a", 10_000), strings.Repeat("a", 512)},
		{"cut within a letter", strings.Repeat("a", 511) + "\u00fc", strings.Repeat("a", 511) + "\ufffd"},
		{"override of the direction", "Firefox \u202e7.0 swodniW", "Firefox \ufffd7.0 swodniW"},
		{"invisible characters", "curl\u200b/8\u2069\U000e0041", "curl\ufffd/8\ufffd\ufffd"},
		{"another script", "\u0645\u062a\u0635\u0641\u062d/8", "\u0645\u062a\u0635\u0641\u062d/8"},
		{"markup", "<script>' OR 1=1 --", "<script>' OR 1=1 --"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSession(id)
			s.UserAgent, s.IP = tt.sent, tt.sent
			if _, err := r.OpenSession(t.Context(), s, hash, life); err != nil {
				t.Fatal(err)
			}
			next, _, err := r.RefreshSession(t.Context(), r.token(s), "", s.Client, life)
			if err != nil || next.UserAgent != tt.kept || next.IP != tt.kept || !utf8.ValidString(next.UserAgent) {
				t.Errorf("stored %q and %q, %v; want %q", next.UserAgent, next.IP, err, tt.kept)
			}
		})
	}
}

func TestOldestSessionEnds(t *testing.T) {
	r := newReplica(t)
	id, other := r.user("ada@example.com", "user").ID, r.user("bob@example.com", "user").ID
	three := life
	three.PerUser = 3
	bystander := r.login(other)
	var opened []*auth.Session
	open := func() {
		s := newSession(id)
		if _, err := r.OpenSession(t.Context(), s, hash, three); err != nil {
			t.Fatal(err)
		}
		opened = append(opened, s)
	}
	for range 3 {
		open()
	}
	if heard := r.changes(); r.living(id) != 3 || len(heard) > 0 {
		t.Fatalf("%d of 3 have not ended, changes %+v", r.living(id), heard)
	}
	if _, err := r.refresh(opened[0]); err != nil { // used last, and yet the oldest
		t.Fatal(err)
	}
	for i := range 3 {
		open()
		if heard := r.changes(); !slices.Equal(ended(heard), []string{opened[i].ID}) {
			t.Errorf("session %d ended %+v; want the oldest, %s", i+4, heard, opened[i].ID)
		}
	}
	if _, reason := r.row(opened[0].ID); reason != "too_many_sessions" {
		t.Errorf("it ended for %q", reason)
	}
	if _, err := r.refresh(opened[0]); !errors.Is(err, auth.ErrRefreshInvalid) {
		t.Errorf("its refresh token: %v; want ErrRefreshInvalid", err)
	}
	if _, err := r.refresh(opened[5]); err != nil || r.living(id) != 3 {
		t.Errorf("the newest: %v; %d go on", err, r.living(id))
	}
	if _, err := r.refresh(bystander); err != nil {
		t.Errorf("another account's: %v", err)
	}
	r.exec(`UPDATE sessions SET refreshed_at = now() - interval '2 hours' WHERE id = $1`, opened[4].ID)
	if open(); len(r.changes()) > 0 {
		t.Error("one ended for a fourth, although one of the three was not refreshed in time")
	}
}

func TestManyLoginsAtOnceKeepTheCap(t *testing.T) {
	r := newReplica(t)
	id := r.user("ada@example.com", "user").ID
	three := life
	three.PerUser = 3
	errs := make([]error, 16)
	together(len(errs), func(i int) { _, errs[i] = r.OpenSession(t.Context(), newSession(id), hash, three) })
	if err := errors.Join(errs...); err != nil || r.living(id) != 3 {
		t.Errorf("%d sessions go on, %v; want 3", r.living(id), err)
	}
}

// A login concurrent with disabling the account is refused, or its session ends.
func TestLoginAgainstDisable(t *testing.T) {
	r := newReplica(t)
	id := r.user("ada@example.com", "user").ID
	for round := range rounds {
		s := newSession(id)
		var opened, disabled error
		both(
			func() { _, opened = r.OpenSession(t.Context(), s, hash, life) },
			func() { _, disabled = r.ChangeUser(t.Context(), id, disable) })
		if disabled != nil || opened != nil && !errors.Is(opened, auth.ErrInvalidCredentials) {
			t.Fatalf("round %d: login %v, disable %v", round, opened, disabled)
		}
		if n := r.living(id); n != 0 {
			t.Fatalf("round %d: %d sessions of a disabled account go on", round, n)
		}
		if heard := r.changes(); len(heard) > 0 != (opened == nil) {
			t.Fatalf("round %d: login %v, but changes %+v", round, opened, heard)
		}
		r.change(id, enable)
		if _, err := r.refresh(s); r.living(id) != 0 || !errors.Is(err, auth.ErrRefreshInvalid) {
			t.Fatalf("round %d: enabling brought a session back: %v", round, err)
		}
	}
}

func TestEndSession(t *testing.T) {
	r := newReplica(t)
	id := r.user("ada@example.com", "user").ID
	one, two := r.login(id), r.login(id)
	for range 2 { // a second time does nothing
		if err := r.EndSession(t.Context(), one.ID); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.EndSession(t.Context(), newSession(id).ID); err != nil {
		t.Errorf("an unknown session: %v", err)
	}
	if heard := r.changes(); !slices.Equal(ended(heard), []string{one.ID}) {
		t.Errorf("changes %+v; want the end of one session, once", heard)
	}
	if _, reason := r.row(one.ID); reason != "logout" {
		t.Errorf("it ended for %q", reason)
	}
	if _, err := r.refresh(two); err != nil {
		t.Errorf("the other: %v", err)
	}
}

func TestEndSessionOf(t *testing.T) {
	tests := []struct {
		name  string
		state func(first, second *auth.Session) auth.Session // whose token is presented
		ends  bool
	}{
		{"ahead of the row", func(_, s *auth.Session) auth.Session { n := *s; n.Counter++; return n }, false},
		{"wrong proof", func(_, s *auth.Session) auth.Session { n := *s; n.Seed = newSeed(); return n }, false},
		{"another session's id", func(_, s *auth.Session) auth.Session { n := *s; n.ID = newSession("").ID; return n }, false},
		{"current", func(_, s *auth.Session) auth.Session { return *s }, true},
		{"replaced", func(f, _ *auth.Session) auth.Session { return *f }, true},
	}
	r := newReplica(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, first, second := r.advanced()
			presented := tt.state(first, second)
			if err := r.EndSessionOf(t.Context(), r.token(&presented)); err != nil {
				t.Fatal(err)
			}
			if heard := r.changes(); slices.Equal(ended(heard), []string{first.ID}) != tt.ends {
				t.Errorf("changes %+v", heard)
			}
			_, err := r.refresh(second)
			if (err == nil) == tt.ends {
				t.Errorf("the current token: %v; want the session ended: %v", err, tt.ends)
			}
		})
	}
}
