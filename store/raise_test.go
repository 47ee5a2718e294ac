package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/proof"
	"gatehouse/auth/reauth"
)

// twoFactors is how a person is authenticated who has raised a session here.
var twoFactors = []string{"pwd", "otp", "mfa"}

// stale makes the session one of a person who proved who they are long ago.
func (r *replica) stale(s *auth.Session) *auth.Session {
	r.t.Helper()
	r.exec(`UPDATE sessions SET auth_time = now() - interval '1 hour' WHERE id = $1`, s.ID)
	return s
}

func raising(s *auth.Session) reauth.Raise {
	return reauth.Raise{UserID: s.UserID, SessionID: s.ID, Generation: s.Generation, AMR: twoFactors, AuthTime: time.Now()}
}

// A raised session is fresh, and its refresh token is the same one, for as long as before.
func TestRaiseSession(t *testing.T) {
	r := newReplica(t)
	s := newSession(r.user("ada@example.com", "user").ID)
	s.Limit = &auth.Limit{Scopes: []string{"read:users"}}
	if _, err := r.OpenSession(t.Context(), s, hash, life); err != nil {
		t.Fatal(err)
	}
	other := r.stale(r.login(s.UserID))
	r.stale(s)
	const used = `SELECT refreshed_at FROM sessions WHERE id = $1`
	before := value[time.Time](r, used, s.ID)
	in := raising(s)
	in.Hash = hash
	raised, u, err := r.RaiseSession(t.Context(), in, life)
	if err != nil {
		t.Fatal(err)
	}
	if time.Since(raised.AuthTime).Abs() > time.Minute || !slices.Equal(raised.AMR, twoFactors) || u.ID != s.UserID {
		t.Errorf("session %+v of %+v", raised, u)
	}
	if raised.Limit == nil || !slices.Equal(raised.Limit.Scopes, s.Limit.Scopes) || raised.Counter != s.Counter || raised.Generation != s.Generation {
		t.Errorf("session %+v; want nothing else to change", raised)
	}
	if r.text(raised) != r.text(s) || !value[time.Time](r, used, s.ID).Equal(before) {
		t.Error("the refresh token is another one, or lasts longer")
	}
	if next, err := r.refresh(s); err != nil || !next.AuthTime.Equal(raised.AuthTime) || !slices.Equal(next.AMR, twoFactors) {
		t.Errorf("a refresh gives %+v, %v", next, err)
	}
	if next, err := r.refresh(other); err != nil || time.Since(next.AuthTime) < 50*time.Minute || !slices.Equal(next.AMR, other.AMR) {
		t.Errorf("another session of the account: %+v, %v", next, err)
	}
}

func TestRaiseSessionRefuses(t *testing.T) {
	r := newReplica(t)
	ada, bob := r.user("ada@example.com", "user").ID, r.user("bob@example.com", "user").ID
	session := func(userID string, change string) *auth.Session {
		s := r.stale(r.login(userID))
		r.exec(`UPDATE sessions SET `+change+` WHERE id = $1`, s.ID)
		return s
	}
	tests := []struct {
		name   string
		change string
		in     func(reauth.Raise) reauth.Raise
		want   error
	}{
		{"ended", `ended_at = now(), end_reason = 'logout'`, nil, auth.ErrSessionEnded},
		{"not used for too long", `refreshed_at = now() - interval '61 minutes'`, nil, auth.ErrSessionEnded},
		{"too old", `created_at = now() - interval '25 hours'`, nil, auth.ErrSessionEnded},
		{"of the sign-in page", `kind = 'sign_in'`, nil, auth.ErrSessionEnded},
		{"of a later generation", `generation = 1`, nil, auth.ErrSessionEnded},
		{"of another account", `counter = 0`, func(r reauth.Raise) reauth.Raise { r.UserID = bob; return r }, auth.ErrSessionEnded},
		{"another hash", `counter = 0`, func(r reauth.Raise) reauth.Raise { r.Hash = newHash; return r }, auth.ErrInvalidCredentials},
		{"the hash", `counter = 0`, func(r reauth.Raise) reauth.Raise { r.Hash = hash; return r }, nil},
		{"no hash", `counter = 0`, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := session(ada, tt.change)
			in := raising(s)
			if tt.in != nil {
				in = tt.in(in)
			}
			got, u, err := r.RaiseSession(t.Context(), in, life)
			if !errors.Is(err, tt.want) || (got == nil) != (tt.want != nil) || (u == nil) != (tt.want != nil) {
				t.Errorf("%+v, %+v, %v; want %v", got, u, err, tt.want)
			}
			fresh := value[bool](r, `SELECT auth_time > now() - interval '1 minute' FROM sessions WHERE id = $1`, s.ID)
			if fresh != (tt.want == nil) {
				t.Errorf("the session is fresh: %v", fresh)
			}
		})
	}
	s := session(bob, `counter = 0`)
	r.exec(`UPDATE users SET factors = 1, factor_login_at = last_login_at WHERE id = $1`, bob)
	one := raising(s)
	one.AMR = []string{"pwd"}
	if _, _, err := r.RaiseSession(t.Context(), one, life); !errors.Is(err, auth.ErrInvalidCredentials) {
		t.Errorf("by one factor of an account with two: %v", err)
	}
	if _, _, err := r.RaiseSession(t.Context(), raising(s), life); err != nil {
		t.Errorf("by two factors: %v", err)
	}
	s = session(ada, `counter = 0`)
	if _, err := r.ChangeUser(t.Context(), ada, disable); err != nil {
		t.Fatal(err)
	}
	r.exec(`UPDATE sessions SET ended_at = NULL, end_reason = NULL WHERE id = $1`, s.ID)
	if _, _, err := r.RaiseSession(t.Context(), raising(s), life); !errors.Is(err, auth.ErrInvalidCredentials) {
		t.Errorf("of a disabled account: %v", err)
	}
}

// A mail raises a session of its own account, once.
func TestRaiseSessionByMail(t *testing.T) {
	p := newReplica(t).prover()
	ada, bob := p.user("ada@example.com", "user"), p.user("bob@example.com", "user")
	mine, his := p.stale(p.login(ada.ID)), p.stale(p.login(bob.ID))
	raise := func(s *auth.Session, c *proof.Claim) error {
		in := raising(s)
		in.Claim = c
		_, _, err := p.RaiseSession(t.Context(), in, life)
		return err
	}
	link := p.link(proof.Login, "ada@example.com")
	if err := raise(his, p.claim(proof.Login, link)); !errors.Is(err, proof.ErrInvalid) {
		t.Errorf("with another account's mail: %v", err)
	}
	if err := p.EndSession(t.Context(), p.login(ada.ID).ID); err != nil {
		t.Fatal(err)
	}
	if err := raise(mine, p.claim(proof.Login, link)); err != nil {
		t.Errorf("with the same mail, of its account: %v", err)
	}
	if err := raise(mine, p.claim(proof.Login, link)); !errors.Is(err, proof.ErrInvalid) {
		t.Errorf("with the mail once more: %v", err)
	}
}

// Of 50 requests at two replicas that refresh a session or raise it, all succeed, no one ends
// it, and all have the refresh token from before or its successor.
func TestRaiseAgainstRefresh(t *testing.T) {
	one := newReplica(t)
	two := replicaOn(t, one.dsn)
	two.secrets = one.secrets
	s := one.login(one.user("ada@example.com", "user").ID)
	for round := range rounds / 4 {
		one.stale(s)
		got, errs := make([]*auth.Session, 50), make([]error, 50)
		together(50, func(i int) {
			r := []*replica{one, two}[i%2]
			if i/2%2 == 0 {
				got[i], errs[i] = r.refresh(s)
			} else {
				got[i], _, errs[i] = r.RaiseSession(t.Context(), raising(s), life)
			}
		})
		if err := errors.Join(errs...); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		for i, next := range got {
			raised := i/2%2 == 1
			if c := next.Counter - s.Counter; c != 1 && (!raised || c != 0) {
				t.Fatalf("round %d: request %d has the token of counter %d after %d", round, i, next.Counter, s.Counter)
			}
			if raised && time.Since(next.AuthTime).Abs() > time.Minute {
				t.Fatalf("round %d: request %d has raised the session to %v", round, i, next.AuthTime)
			}
		}
		next, err := two.refresh(got[0])
		if err != nil || time.Since(next.AuthTime).Abs() > time.Minute || !slices.Equal(next.AMR, twoFactors) {
			t.Fatalf("round %d: then %+v, %v", round, next, err)
		}
		s = next
	}
}

// When a session is raised with a password and that password is replaced at once, either the
// session is raised first, or the old password is refused.
func TestRaiseAgainstANewPassword(t *testing.T) {
	r := newReplica(t)
	for round := range rounds / 4 {
		id := r.user(numbered(round), "user").ID
		own, s := r.login(id), r.stale(r.login(id))
		in := raising(s)
		in.Hash = hash
		var raised, replaced error
		both(
			func() { _, _, raised = r.RaiseSession(t.Context(), in, life) },
			func() { _, _, replaced = r.ReplacePassword(t.Context(), replacing(id, hash, newHash, own.ID)) })
		if replaced != nil || raised != nil && !errors.Is(raised, auth.ErrInvalidCredentials) {
			t.Fatalf("round %d: raised %v, new password %v", round, raised, replaced)
		}
		if _, err := r.refresh(s); !errors.Is(err, auth.ErrRefreshInvalid) {
			t.Fatalf("round %d: the session goes on after the new password: %v", round, err)
		}
	}
}
