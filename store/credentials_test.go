package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/revocation"
)

const newHash = "the hash of a new password"

// replacing replaces a password that was given.
func replacing(userID, old, next, sessionID string) auth.Replacement {
	now := time.Now()
	return auth.Replacement{UserID: userID, Old: old, Hash: next, SessionID: sessionID, Seed: newSeed(), AuthTime: &now}
}

func TestReplacePassword(t *testing.T) {
	r := newReplica(t)
	id, first, second := r.advanced()
	others := []string{r.login(id).ID, r.login(id).ID}
	bystander := r.login(r.user("bob@example.com", "user").ID)
	before, err := r.User(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	r.changes()
	renewed, u, err := r.ReplacePassword(t.Context(), replacing(id, hash, newHash, second.ID))
	if err != nil {
		t.Fatal(err)
	}
	if renewed.ID != second.ID || renewed.Generation != 1 || string(renewed.Seed) == string(second.Seed) || !renewed.AuthTime.After(second.AuthTime) {
		t.Errorf("session %+v; want a new generation of the same one", renewed)
	}
	if u.ID != id || !u.UpdatedAt.After(before.UpdatedAt) {
		t.Errorf("account %+v", u)
	}
	heard := r.changes()
	if !slices.Equal(ended(heard), slices.Sorted(slices.Values(others))) {
		t.Errorf("recorded the end of %v; want %v", ended(heard), others)
	}
	if !slices.ContainsFunc(heard, func(c revocation.Change) bool { return c.Session == second.ID && c.Generation == 1 }) {
		t.Errorf("changes %+v; want the new generation among them", heard)
	}
	for _, old := range []*auth.Session{first, second} {
		if _, err := r.refresh(old); !errors.Is(err, auth.ErrRefreshInvalid) {
			t.Errorf("the old token of counter %d: %v; want ErrRefreshInvalid", old.Counter, err)
		}
	}
	if _, reason := r.row(second.ID); reason != "" {
		t.Errorf("an old token ended the session: %s", reason)
	}
	if next, err := r.refresh(renewed); err != nil || next.Generation != 1 {
		t.Errorf("the new token: %+v, %v", next, err)
	}
	if _, err := r.refresh(bystander); err != nil {
		t.Errorf("another account's session: %v", err)
	}
	if c, err := r.Credential(t.Context(), id); err != nil || c.Hash != newHash {
		t.Errorf("hash %q, %v", c.Hash, err)
	}
}

// A password that is replaced without the old one does not make its session fresh again.
func TestReplacePasswordWithoutOldOne(t *testing.T) {
	r := newReplica(t)
	id := r.user("ada@example.com", "user").ID
	s := r.login(id)
	in := replacing(id, hash, newHash, s.ID)
	in.AuthTime = nil
	renewed, _, err := r.ReplacePassword(t.Context(), in)
	if err != nil || renewed.Generation != 1 || renewed.AuthTime.Sub(s.AuthTime).Abs() > time.Microsecond {
		t.Errorf("session %+v, %v; want it authenticated at %v", renewed, err, s.AuthTime)
	}
}

func TestReplacePasswordRefuses(t *testing.T) {
	r := newReplica(t)
	id := r.user("ada@example.com", "user").ID
	other := r.login(r.user("bob@example.com", "user").ID)
	gone := r.login(id)
	if err := r.EndSession(t.Context(), gone.ID); err != nil {
		t.Fatal(err)
	}
	session := r.login(id)
	r.changes()
	tests := []struct {
		name, userID, old, session string
		want                       error
	}{
		{"another old hash", id, newHash, session.ID, auth.ErrInvalidCredentials},
		{"ended session", id, hash, gone.ID, auth.ErrSessionEnded},
		{"another account's session", id, hash, other.ID, auth.ErrSessionEnded},
		{"no such session", id, hash, newSession(id).ID, auth.ErrSessionEnded},
		{"unknown account", newSession(id).ID, hash, session.ID, auth.ErrInvalidCredentials},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, u, err := r.ReplacePassword(t.Context(), replacing(tt.userID, tt.old, newHash, tt.session))
			if !errors.Is(err, tt.want) || s != nil || u != nil {
				t.Errorf("%+v, %+v, %v; want %v", s, u, err, tt.want)
			}
			if c, err := r.Credential(t.Context(), id); err != nil || c.Hash != hash || len(r.changes()) > 0 {
				t.Errorf("refused, and yet the hash is %q, %v", c.Hash, err)
			}
		})
	}
	if _, err := r.refresh(session); err != nil {
		t.Errorf("the session after all that: %v", err)
	}
}

// If two requests replace the same password, one of them succeeds.
func TestTwoNewPasswordsAtOnce(t *testing.T) {
	r := newReplica(t)
	for round := range rounds / 4 {
		id := r.user(numbered(round), "user").ID
		sessions := []*auth.Session{r.login(id), r.login(id)}
		renewed, errs := make([]*auth.Session, 2), make([]error, 2)
		together(2, func(i int) {
			renewed[i], _, errs[i] = r.ReplacePassword(t.Context(), replacing(id, hash, newHash, sessions[i].ID))
		})
		if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), auth.ErrInvalidCredentials) {
			t.Fatalf("round %d: %v and %v; want one to win", round, errs[0], errs[1])
		}
		won := slices.Index(errs, nil)
		if _, err := r.refresh(renewed[won]); err != nil || r.living(id) != 1 {
			t.Fatalf("round %d: the winner's session: %v; %d go on", round, err, r.living(id))
		}
	}
}

// A login with the old password, concurrent with its replacement, leaves no session
// behind.
func TestLoginAgainstANewPassword(t *testing.T) {
	r := newReplica(t)
	for round := range rounds / 4 {
		id := r.user(numbered(round), "user").ID
		own, s := r.login(id), newSession(id)
		var opened, replaced error
		both(
			func() { _, opened = r.OpenSession(t.Context(), s, hash, life) },
			func() { _, _, replaced = r.ReplacePassword(t.Context(), replacing(id, hash, newHash, own.ID)) })
		if replaced != nil || opened != nil && !errors.Is(opened, auth.ErrInvalidCredentials) {
			t.Fatalf("round %d: login %v, new password %v", round, opened, replaced)
		}
		if _, err := r.refresh(s); r.living(id) != 1 || !errors.Is(err, auth.ErrRefreshInvalid) {
			t.Fatalf("round %d: a session opened with the old password has not ended: %v", round, err)
		}
	}
}

func TestUpgradeHash(t *testing.T) {
	r := newReplica(t)
	u := r.user("ada@example.com", "user")
	session := r.login(u.ID)
	tests := []struct{ name, old, want string }{
		{"where another stands", "an older hash", hash},
		{"where it stands", hash, newHash},
	}
	for _, tt := range tests {
		if err := r.UpgradeHash(t.Context(), u.ID, tt.old, newHash); err != nil {
			t.Fatal(err)
		}
		if c, err := r.Credential(t.Context(), u.ID); err != nil || c.Hash != tt.want || !c.User.UpdatedAt.Equal(u.UpdatedAt) {
			t.Errorf("%s: %+v, %v; want the hash %q", tt.name, c, err, tt.want)
		}
	}
	if _, err := r.refresh(session); err != nil || len(r.changes()) > 0 {
		t.Errorf("a session after it: %v", err)
	}
}

func TestResetPassword(t *testing.T) {
	r := newReplica(t)
	u := r.user("ada@example.com", "user")
	sessions := []string{r.login(u.ID).ID, r.login(u.ID).ID}
	r.changes()
	if err := r.ResetPassword(t.Context(), u.ID, newHash); err != nil {
		t.Fatal(err)
	}
	if heard := r.changes(); !slices.Equal(ended(heard), slices.Sorted(slices.Values(sessions))) || r.living(u.ID) != 0 {
		t.Errorf("changes %+v; %d sessions have not ended", heard, r.living(u.ID))
	}
	if c, err := r.Credential(t.Context(), u.ID); err != nil || c.Hash != newHash || !c.User.UpdatedAt.After(u.UpdatedAt) {
		t.Errorf("credential %+v, %v", c, err)
	}
}

func TestHasAdmin(t *testing.T) {
	r := newReplica(t)
	r.user("ada@example.com", "user")
	if there, err := r.HasAdmin(t.Context()); there || err != nil {
		t.Errorf("without one: %v, %v", there, err)
	}
	r.user("root@example.com", "admin", "user")
	r.exec(`UPDATE users SET disabled = true`)
	if there, err := r.HasAdmin(t.Context()); !there || err != nil {
		t.Errorf("with a disabled one: %v, %v", there, err)
	}
}
