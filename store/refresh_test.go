package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"gatehouse/auth"
)

// advanced returns a new account's session before and after its first refresh.
func (r *replica) advanced() (userID string, first, second *auth.Session) {
	r.t.Helper()
	userID = r.user(uuid.NewString()+"@example.com", "user").ID
	first = r.login(userID)
	second, err := r.refresh(first)
	if err != nil {
		r.t.Fatal(err)
	}
	r.changes()
	return userID, first, second
}

func TestRefreshAdvances(t *testing.T) {
	r := newReplica(t)
	u := r.user("ada@example.com", "user")
	session := newSession(u.ID)
	session.Limit = &auth.Limit{Scopes: []string{"read:items"}}
	if _, err := r.OpenSession(t.Context(), session, hash, life); err != nil {
		t.Fatal(err)
	}
	r.change(u.ID, rolesTo("admin"))
	r.changes()
	next, user, err := r.RefreshSession(t.Context(), r.token(session), "", browser, life)
	if err != nil {
		t.Fatal(err)
	}
	if next.Counter != 1 || string(next.Seed) != string(session.Seed) || next.ID != session.ID || next.UserID != u.ID {
		t.Errorf("session %+v; want the same one, advanced by one", next)
	}
	if next.Limit == nil || len(next.Limit.Scopes) != 1 || next.Generation != 0 || next.CreatedAt.IsZero() || next.IP != session.IP {
		t.Errorf("session %+v; want its limit and its past to stay", next)
	}
	if user.ID != u.ID || len(user.Roles) != 1 || user.Roles[0] != "admin" {
		t.Errorf("account %+v; want the roles of now", user)
	}
	if heard := r.changes(); len(heard) > 0 {
		t.Errorf("changes %+v; want none, because a refresh invalidates no claim", heard)
	}
	if counter, _ := r.row(session.ID); counter != 1 {
		t.Errorf("the row's counter is %d; want 1", counter)
	}
}

func TestReplacedTokenIsForgiven(t *testing.T) {
	r := newReplica(t)
	tests := []struct {
		name   string
		age    time.Duration // of the refresh that replaced it
		window time.Duration
		used   bool // the successor was
		want   error
	}{
		{"at once", 0, 10 * time.Second, false, nil},
		{"within the window", 8 * time.Second, 10 * time.Second, false, nil},
		{"after the window", 11 * time.Second, 10 * time.Second, false, auth.ErrRefreshReused},
		{"within a window with a fraction", 8 * time.Second, 9500 * time.Millisecond, false, nil},
		{"after a window with a fraction", 10 * time.Second, 9500 * time.Millisecond, false, auth.ErrRefreshReused},
		{"within a longer window", 11 * time.Second, time.Minute, false, nil},
		{"the window is switched off", 0, 0, false, auth.ErrRefreshReused},
		{"its successor was used", 0, 10 * time.Second, true, auth.ErrRefreshReused},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, first, second := r.advanced()
			if tt.used {
				if _, err := r.refresh(second); err != nil {
					t.Fatal(err)
				}
			}
			r.exec(`UPDATE sessions SET refreshed_at = refreshed_at - make_interval(secs => $1)`, tt.age.Seconds())
			const row = `SELECT s::text FROM sessions s WHERE id = $1`
			before := value[string](r, row, first.ID)
			window := life
			window.Replay = tt.window
			for range 3 { // as often as one likes
				next, _, err := r.RefreshSession(t.Context(), r.token(first), "", browser, window)
				if !errors.Is(err, tt.want) {
					t.Fatalf("error %v; want %v", err, tt.want)
				}
				if err != nil {
					break
				}
				if r.text(next) != r.text(second) {
					t.Error("another successor")
				}
				if after := value[string](r, row, first.ID); after != before {
					t.Errorf("the row changed from %s to %s", before, after)
				}
			}
			if tt.want != nil {
				r.checkReuseRevoked(t, first, second)
				return
			}
			if next, err := r.refresh(second); err != nil || next.Counter != 2 {
				t.Errorf("the successor: %+v, %v; want it to work", next, err)
			}
		})
	}
}

// checkReuseRevoked makes sure that a session was ended for reuse, that replicas learn of
// it, and that none of its tokens works.
func (r *replica) checkReuseRevoked(t *testing.T, states ...*auth.Session) {
	t.Helper()
	id := states[0].ID
	counter, reason := r.row(id)
	if reason != "refresh_token_reused" {
		t.Errorf("the session ended for %q; want reuse", reason)
	}
	if heard := r.changes(); len(heard) != 1 || heard[0].Session != id || heard[0].Generation != 0 {
		t.Errorf("changes %+v; want the end of the session", heard)
	}
	for _, s := range states {
		if _, err := r.refresh(s); !errors.Is(err, auth.ErrRefreshInvalid) || errors.Is(err, auth.ErrRefreshReused) {
			t.Errorf("the token of counter %d afterwards: %v; want ErrRefreshInvalid", s.Counter, err)
		}
	}
	if after, _ := r.row(id); after != counter || len(r.changes()) > 0 {
		t.Error("the ended session changed once more")
	}
}

func TestOlderTokenEndsTheSession(t *testing.T) {
	r := newReplica(t)
	for _, generations := range []int{2, 3, 7} {
		_, first, latest := r.advanced()
		states := []*auth.Session{first, latest}
		for range generations - 1 {
			next, err := r.refresh(latest)
			if err != nil {
				t.Fatal(err)
			}
			latest, states = next, append(states, next)
		}
		if _, err := r.refresh(first); !errors.Is(err, auth.ErrRefreshReused) {
			t.Errorf("%d generations old: %v; want ErrRefreshReused", generations, err)
		}
		r.checkReuseRevoked(t, states...)
	}
}

func TestRefreshRefuses(t *testing.T) {
	r := newReplica(t)
	tests := []struct {
		name  string
		spoil func(r *replica, userID string, s *auth.Session) // s is the session as the client has it
	}{
		{"wrong proof", func(_ *replica, _ string, s *auth.Session) { s.Seed = newSeed() }},
		{"wrong proof of the token before", func(_ *replica, _ string, s *auth.Session) { s.Seed, s.Counter = newSeed(), 0 }},
		{"wrong proof ahead of the row", func(_ *replica, _ string, s *auth.Session) { s.Seed, s.Counter = newSeed(), 2 }},
		{"ahead of the row by one", func(_ *replica, _ string, s *auth.Session) { s.Counter++ }},
		{"ahead of the row by far", func(_ *replica, _ string, s *auth.Session) { s.Counter += 1 << 40 }},
		{"the highest counter", func(_ *replica, _ string, s *auth.Session) { s.Counter = 1<<63 - 1 }},
		{"another session's id", func(r *replica, userID string, s *auth.Session) { s.ID = r.login(userID).ID }},
		{"an unknown session", func(_ *replica, userID string, s *auth.Session) { s.ID = newSession(userID).ID }},
		{"idle for too long", func(r *replica, _ string, _ *auth.Session) {
			r.exec(`UPDATE sessions SET refreshed_at = now() - interval '1 hour 1 second'`)
		}},
		{"too old", func(r *replica, _ string, _ *auth.Session) {
			r.exec(`UPDATE sessions SET created_at = now() - interval '24 hours 1 second'`)
		}},
		{"replaced, idle for too long", func(r *replica, _ string, s *auth.Session) {
			s.Counter--
			r.exec(`UPDATE sessions SET refreshed_at = now() - interval '1 hour 1 second'`)
		}},
		{"replaced, too old", func(r *replica, _ string, s *auth.Session) {
			s.Counter--
			r.exec(`UPDATE sessions SET created_at = now() - interval '24 hours 1 second'`)
		}},
		{"logged out", func(r *replica, _ string, s *auth.Session) {
			if err := r.EndSession(r.t.Context(), s.ID); err != nil {
				r.t.Fatal(err)
			}
		}},
		{"replaced, logged out", func(r *replica, _ string, s *auth.Session) {
			s.Counter--
			if err := r.EndSession(r.t.Context(), s.ID); err != nil {
				r.t.Fatal(err)
			}
		}},
		{"account disabled", func(r *replica, userID string, _ *auth.Session) { r.change(userID, disable) }},
		{"account disabled behind our back", func(r *replica, _ string, _ *auth.Session) { r.exec(`UPDATE users SET disabled = true`) }},
		{"replaced, account disabled behind our back", func(r *replica, _ string, s *auth.Session) {
			s.Counter--
			r.exec(`UPDATE users SET disabled = true`)
		}},
		{"account enabled again", func(r *replica, userID string, _ *auth.Session) {
			r.change(userID, disable)
			r.change(userID, enable)
		}},
		{"account deleted", func(r *replica, userID string, _ *auth.Session) {
			if err := r.DeleteUser(r.t.Context(), userID, allow); err != nil {
				r.t.Fatal(err)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			userID, _, second := r.advanced()
			presented := *second
			tt.spoil(r, userID, &presented)
			r.changes()
			const rows = `SELECT coalesce(string_agg(s::text, ' ' ORDER BY id), '') FROM sessions s`
			before := value[string](r, rows)
			next, user, err := r.RefreshSession(t.Context(), r.token(&presented), "", browser, life)
			if !errors.Is(err, auth.ErrRefreshInvalid) || errors.Is(err, auth.ErrRefreshReused) || next != nil || user != nil {
				t.Errorf("%+v, %+v, %v; want ErrRefreshInvalid", next, user, err)
			}
			if after := value[string](r, rows); after != before || len(r.changes()) > 0 {
				t.Errorf("the rows changed from %s to %s", before, after)
			}
		})
	}
}

// Just before each limit, the same tokens work.
func TestRefreshWithinTheLifetimes(t *testing.T) {
	r := newReplica(t)
	for name, past := range map[string]string{
		"idle":     `UPDATE sessions SET refreshed_at = now() - interval '59 minutes'`,
		"absolute": `UPDATE sessions SET created_at = now() - interval '23 hours 59 minutes'`,
	} {
		_, _, second := r.advanced()
		r.exec(past)
		if next, err := r.refresh(second); err != nil || next.Counter != 2 {
			t.Errorf("%s: %+v, %v", name, next, err)
		}
		if name == "idle" && value[bool](r, `SELECT refreshed_at < now() - interval '1 minute' FROM sessions WHERE id = $1`, second.ID) {
			t.Error("a refresh does not count as use")
		}
	}
}

// A refresh does not extend a session's absolute lifetime.
func TestRefreshLeavesTheBeginningAlone(t *testing.T) {
	r := newReplica(t)
	_, _, second := r.advanced()
	const begun = `SELECT created_at FROM sessions`
	before := value[time.Time](r, begun)
	next, err := r.refresh(second)
	if err != nil || !next.CreatedAt.Equal(before) || !value[time.Time](r, begun).Equal(before) {
		t.Errorf("%+v, %v; want it to have begun at %v", next, err, before)
	}
}
