package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/oauth/authorization"
	"gatehouse/auth/revocation"
)

func TestSignedIn(t *testing.T) {
	r := newReplica(t)
	ada := r.user("ada@example.com", "user")
	ask := func(s *auth.Session) (*authorization.SignedIn, error) {
		return r.OAuth.SignedIn(t.Context(), r.cookie(s), signInLife)
	}
	s := r.signIn(ada.ID)
	in, err := ask(s)
	if err != nil || in.SessionID != s.ID || in.UserID != ada.ID || in.Email != ada.Email || !slices.Equal(in.Roles, ada.Roles) ||
		!slices.Equal(in.AMR, s.AMR) || in.AuthTime.Sub(s.AuthTime).Abs() > time.Microsecond {
		t.Fatalf("%+v, %v", in, err)
	}
	forged := *s
	forged.Seed = newSeed()
	own := r.login(ada.ID)
	idle, aged, ended := r.signIn(ada.ID), r.signIn(ada.ID), r.signIn(ada.ID)
	r.exec(`UPDATE sessions SET refreshed_at = now() - interval '61 seconds' WHERE id = $1`, idle.ID)
	r.exec(`UPDATE sessions SET created_at = now() - interval '25 hours' WHERE id = $1`, aged.ID)
	if err := r.RevokeSession(t.Context(), ada.ID, ended.ID); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*auth.Session{"forged": &forged, "of GraphQL": own, "idle": idle, "old": aged, "ended": ended} {
		if in, err := ask(s); !errors.Is(err, auth.ErrSessionNotFound) {
			t.Errorf("a session that is %s: %+v, %v", name, in, err)
		}
	}
	r.exec(`UPDATE sessions SET refreshed_at = now() - interval '59 seconds' WHERE id = $1`, s.ID)
	for range 2 { // the first use makes it live on
		if _, err := ask(s); err != nil {
			t.Error(err)
		}
	}
	if got := value[bool](r, `SELECT refreshed_at > now() - interval '30 seconds' FROM sessions WHERE id = $1`, s.ID); !got {
		t.Error("the use is not noted")
	}
	r.change(ada.ID, func(u *auth.User) error { u.Disabled = true; return nil })
	if in, err := ask(s); !errors.Is(err, auth.ErrSessionNotFound) {
		t.Errorf("a disabled account: %+v, %v", in, err)
	}
}

// TestSignInIsListed with the person's sessions, until it has been idle for too long.
func TestSignInIsListed(t *testing.T) {
	r := newReplica(t)
	ada := r.user("ada@example.com")
	r.login(ada.ID)
	r.signIn(ada.ID)
	all := auth.Lifetimes{Idle: time.Hour, SignIn: time.Minute, Absolute: 24 * time.Hour, PerUser: 50}
	count := func() int {
		listed, err := r.LivingSessions(t.Context(), ada.ID, all, 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(listed) == 2 && (listed[0].Kind != auth.SignInSession || listed[1].Kind != auth.OwnSession) {
			t.Errorf("they are %s and %s", listed[0].Kind, listed[1].Kind)
		}
		return len(listed)
	}
	if got := count(); got != 2 {
		t.Errorf("%d sessions", got)
	}
	r.exec(`UPDATE sessions SET refreshed_at = now() - interval '61 seconds'`)
	if got := count(); got != 1 {
		t.Errorf("after a minute %d sessions", got)
	}
}

// TestOnlyOwnSessionsAreRefreshed without a client, whatever text is presented for another one.
func TestOnlyOwnSessionsAreRefreshed(t *testing.T) {
	r := newReplica(t)
	ada := r.user("ada@example.com")
	page := r.signIn(ada.ID)
	application := newSession(ada.ID)
	application.Kind, application.ClientID, application.Parent = auth.ApplicationSession, r.application().ID, page.ID
	if _, err := r.OpenSession(t.Context(), application, hash, life); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*auth.Session{page, application} {
		if _, err := r.refresh(s); !errors.Is(err, auth.ErrRefreshInvalid) {
			t.Errorf("%s: %v", s.Kind, err)
		}
		if _, reason := r.row(s.ID); reason != "" {
			t.Errorf("%s ended as %q", s.Kind, reason)
		}
	}
	if _, err := r.refresh(r.login(ada.ID)); err != nil {
		t.Errorf("the person's own: %v", err)
	}
}

// TestReplaceSignIn: applications go on in the new session, if the person is the same.
func TestReplaceSignIn(t *testing.T) {
	r := newReplica(t)
	ada, bob, app := r.user("ada@example.com"), r.user("bob@example.com"), r.application()
	first, second, his := r.signIn(ada.ID), r.signIn(ada.ID), r.signIn(bob.ID)
	session := r.opened(app, first, "email")
	r.changes()
	if err := r.OAuth.ReplaceSignIn(t.Context(), first.ID, second); err != nil {
		t.Fatal(err)
	}
	if _, reason := r.row(first.ID); reason != "logout" {
		t.Errorf("the first ended as %q", reason)
	}
	if got := r.changes(); !slices.EqualFunc(got, []string{first.ID}, func(c revocation.Change, id string) bool { return c.Session == id }) {
		t.Errorf("heard %+v", got)
	}
	if err := r.OAuth.ReplaceSignIn(t.Context(), second.ID, his); err != nil {
		t.Fatal(err)
	}
	if got := value[string](r, `SELECT parent FROM sessions WHERE id = $1 AND ended_at IS NULL`, session); got != second.ID {
		t.Errorf("the application's session is in %s, want %s", got, second.ID)
	}
}

// TestEndSignIn: logging out ends the sessions of applications that were allowed there,
// and no others.
func TestEndSignIn(t *testing.T) {
	r := newReplica(t)
	ada, bob, app := r.user("ada@example.com"), r.user("bob@example.com"), r.application()
	here, there, his := r.signIn(ada.ID), r.signIn(ada.ID), r.signIn(bob.ID)
	in, elsewhere, bobs, own := r.opened(app, here, "email"), r.opened(app, there, "email"), r.opened(app, his, "email"), r.login(ada.ID)
	r.changes()
	if err := r.OAuth.EndSignIn(t.Context(), ada.ID, here.ID, bobs); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{here.ID: "logout", in: "logout", there.ID: "", elsewhere: "", his.ID: "", bobs: "", own.ID: ""} {
		if _, reason := r.row(id); reason != want {
			t.Errorf("%s ended as %q, want %q", id, reason, want)
		}
	}
	if got := r.changes(); len(got) != 2 {
		t.Errorf("heard %+v", got)
	}
}
