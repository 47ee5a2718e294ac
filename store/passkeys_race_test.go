package store_test

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"gatehouse/auth"
	"gatehouse/auth/passkey"
	"gatehouse/auth/proof"
)

// TestCounterRace uses one count at two replicas at once: one is the owner's, the others are
// copies'.
func TestCounterRace(t *testing.T) {
	r := newReplica(t)
	other := replicaOn(t, r.dsn)
	for range 5 {
		p := r.passkey(r.user(uuid.NewString()+"@example.com", "user").ID, 1)
		var accepted, refused atomic.Int32
		together(50, func(i int) {
			at := []*replica{r, other}[i%2]
			switch err := at.LoginByPasskey(t.Context(), use(p, 2), keySession(p.UserID), life); {
			case err == nil:
				accepted.Add(1)
			case errors.Is(err, passkey.ErrRefused):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
		if accepted.Load() != 1 || refused.Load() != 49 || r.living(p.UserID) != 1 || !r.stored(p).Suspended() {
			t.Errorf("%d accepted, %d refused, %d sessions", accepted.Load(), refused.Load(), r.living(p.UserID))
		}
		if n := value[int](r, `SELECT count(*) FROM mails WHERE kind = 'passkey_suspended' AND user_id = $1`, p.UserID); n != 1 {
			t.Errorf("%d mails", n)
		}
	}
}

// TestStateRace answers one ceremony at two replicas at once.
func TestStateRace(t *testing.T) {
	r := newReplica(t)
	other := replicaOn(t, r.dsn)
	other.secrets = r.secrets
	provers := []*prover{r.prover(), other.prover()}
	for range 10 {
		text, expires, err := provers[0].Keep(t.Context(), proof.PasskeyLogin, "", []byte(`{"challenge": "x"}`))
		if err != nil || !expires.Equal(asked.Add(5*time.Minute)) {
			t.Fatal(expires, err)
		}
		var taken atomic.Int32
		together(50, func(i int) {
			data, err := provers[i%2].Redeem(t.Context(), proof.PasskeyLogin, "", text)
			switch {
			case err == nil && string(data) == `{"challenge": "x"}`:
				taken.Add(1)
			case !errors.Is(err, proof.ErrInvalid):
				t.Errorf("%s, %v", data, err)
			}
		})
		if taken.Load() != 1 {
			t.Errorf("taken %d times", taken.Load())
		}
	}
}

// TestStateIsForOneAccountAndPurpose: a wrong call leaves the state for the right one.
func TestStateIsForOneAccountAndPurpose(t *testing.T) {
	p := newReplica(t).prover()
	ada, bob := p.user("ada@example.com", "user"), p.user("bob@example.com", "user")
	text, _, err := p.Keep(t.Context(), proof.PasskeyAdd, ada.ID, []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, take := range map[string]func() ([]byte, error){
		"bob":     func() ([]byte, error) { return p.Redeem(t.Context(), proof.PasskeyAdd, bob.ID, text) },
		"no one":  func() ([]byte, error) { return p.Redeem(t.Context(), proof.PasskeyAdd, "", text) },
		"purpose": func() ([]byte, error) { return p.Redeem(t.Context(), proof.PasskeyVerify, ada.ID, text) },
		"proof": func() ([]byte, error) {
			return p.Redeem(t.Context(), proof.PasskeyAdd, ada.ID, text[:len(text)-8]+strings.Repeat("A", 8))
		},
		"late": func() ([]byte, error) {
			p.now = asked.Add(5 * time.Minute)
			defer func() { p.now = asked }()
			return p.Redeem(t.Context(), proof.PasskeyAdd, ada.ID, text)
		},
	} {
		if data, err := take(); !errors.Is(err, proof.ErrInvalid) {
			t.Errorf("%s: %s, %v", name, data, err)
		}
	}
	if _, err := p.Redeem(t.Context(), proof.PasskeyAdd, ada.ID, text); err != nil {
		t.Error(err)
	}
	if text, _, err = p.Keep(t.Context(), proof.PasskeyAdd, ada.ID, []byte(`{}`)); err != nil {
		t.Fatal(err)
	}
	p.exec(`DELETE FROM users WHERE id = $1`, ada.ID)
	if _, err := p.Redeem(t.Context(), proof.PasskeyAdd, ada.ID, text); !errors.Is(err, proof.ErrInvalid) {
		t.Errorf("a deleted account: %v", err)
	}
}

// TestPurgeStates: anyone may begin a ceremony, so it does not stay once it has ended.
func TestPurgeStates(t *testing.T) {
	p := newReplica(t).prover()
	if _, _, err := p.Keep(t.Context(), proof.PasskeyLogin, "", []byte(`{}`)); err != nil {
		t.Fatal(err)
	}
	p.ask(proof.Login, "ada@example.com") // which lasts for ten minutes
	for _, step := range []struct {
		after time.Duration
		left  int
	}{{4 * time.Minute, 2}, {6 * time.Minute, 1}, {11 * time.Minute, 1}} {
		if err := p.PurgeProofs(t.Context(), asked.Add(step.after)); err != nil {
			t.Fatal(err)
		}
		if n := value[int](p.replica, `SELECT count(*) FROM proofs`); n != step.left {
			t.Errorf("after %v, %d are left, want %d", step.after, n, step.left)
		}
	}
}

// TestLastPasskeyRace removes two passkeys at once from an account that has to keep one.
func TestLastPasskeyRace(t *testing.T) {
	r := newReplica(t)
	last := &auth.ConflictError{Message: "the last one"}
	keep := func(u *auth.User, left []*passkey.Passkey) error {
		if u.HasPassword || len(left) > 0 {
			return nil
		}
		return last
	}
	for range 10 {
		u := r.user(uuid.NewString()+"@example.com", "user")
		two := []*passkey.Passkey{r.passkey(u.ID, 0), r.passkey(u.ID, 0)}
		r.exec(`UPDATE users SET has_password = false WHERE id = $1`, u.ID)
		var refused atomic.Int32
		together(2, func(i int) {
			left, err := r.DeletePasskey(t.Context(), u.ID, two[i].ID, keep)
			switch {
			case errors.Is(err, last):
				refused.Add(1)
			case err != nil || len(left) != 1:
				t.Errorf("%d are left, %v", len(left), err)
			}
		})
		if n := value[int](r, `SELECT count(*) FROM passkeys WHERE user_id = $1`, u.ID); n != 1 || refused.Load() != 1 {
			t.Errorf("%d are left, %d refused", n, refused.Load())
		}
		for _, p := range two {
			r.exec(`UPDATE users SET has_password = true WHERE id = $1`, u.ID)
			if _, err := r.DeletePasskey(t.Context(), u.ID, p.ID, keep); err != nil && !errors.Is(err, passkey.ErrNotFound) {
				t.Error(err)
			}
		}
		if n := value[int](r, `SELECT count(*) FROM passkeys WHERE user_id = $1`, u.ID); n != 0 {
			t.Errorf("%d are left of an account with a password", n)
		}
	}
}

// TestPasskeysOfTakenOverAccounts: when the owner of an address takes an account over, or a change
// of it back, no passkey stays that another may have added.
func TestPasskeysOfTakenOverAccounts(t *testing.T) {
	p := newReplica(t).prover()
	ada, bob := p.user("ada@example.com", "user"), p.user("bob@example.com", "user")
	p.exec(`UPDATE users SET email_verified = true WHERE id = $1`, bob.ID)
	hers, his := p.passkey(ada.ID, 0), p.passkey(bob.ID, 0)
	for _, u := range []*auth.User{ada, bob} {
		c := p.claim(proof.Login, p.link(proof.Login, u.Email))
		opened := newSession(u.ID)
		opened.AMR = []string{"otp", "swk", "mfa"} // which Bob's account asks for
		if err := p.LoginByProof(t.Context(), c, "spare", opened, life); err != nil {
			t.Fatal(err)
		}
	}
	if p.stored(hers) != nil || p.stored(his) == nil {
		t.Errorf("%+v, %+v", p.stored(hers), p.stored(his))
	}
}

// TestPasskeysAreNotTakenBack: a release that does not ask for passkeys does not get an account that
// has one.
func TestPasskeysAreNotTakenBack(t *testing.T) {
	r := newReplica(t)
	p := r.passkey(r.user("ada@example.com", "user").ID, 0)
	if taken, err := r.MigrateDown(t.Context()); taken || err == nil || !strings.Contains(err.Error(), "passkeys") {
		t.Errorf("%t, %v", taken, err)
	}
	if _, err := r.DeletePasskey(t.Context(), p.UserID, p.ID, func(*auth.User, []*passkey.Passkey) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if taken, err := r.MigrateDown(t.Context()); !taken || err != nil {
		t.Errorf("%t, %v", taken, err)
	}
}
