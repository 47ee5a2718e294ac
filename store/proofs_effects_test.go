package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/proof"
)

// TestResetOrChangePassword: of a reset and a change of the password at once, one wins,
// and the link is of no use after the other.
func TestResetOrChangePassword(t *testing.T) {
	r := newReplica(t)
	p := r.prover()
	for i := range rounds / 4 {
		u := r.user(numbered(i), "user")
		s := r.login(u.ID)
		c := p.claim(proof.ResetPassword, p.link(proof.ResetPassword, u.Email))
		var reset, change error
		both(
			func() { _, reset = p.ResetByProof(t.Context(), c, "reset") },
			func() { _, _, change = r.ReplacePassword(t.Context(), replacing(u.ID, hash, "changed", s.ID)) },
		)
		now := value[string](r, `SELECT password_hash FROM users WHERE id = $1`, u.ID)
		switch {
		case reset == nil && errors.Is(change, auth.ErrInvalidCredentials) && now == "reset":
		case errors.Is(reset, proof.ErrInvalid) && change == nil && now == "changed":
		default:
			t.Fatalf("reset: %v, change: %v, and the password is %q", reset, change, now)
		}
	}
}

func TestTwoAccountsGetOneAddress(t *testing.T) {
	r := newReplica(t)
	p := r.prover()
	for i := range rounds / 4 {
		var claims []*proof.Claim
		for _, name := range []string{"a", "b"} {
			u := r.user(name+numbered(i), "user")
			r.exec(`UPDATE users SET email_verified = true WHERE id = $1`, u.ID)
			claims = append(claims, p.changeTo(u, "new"+numbered(i)))
		}
		errs := make([]error, 2)
		together(2, func(i int) {
			_, errs[i] = p.ChangeByProof(context.WithoutCancel(t.Context()), claims[i], p.New(proof.Request{Purpose: proof.UndoEmail}))
		})
		conflict := new(auth.ConflictError)
		if (errs[0] == nil) == (errs[1] == nil) || !errors.As(errors.Join(errs...), &conflict) {
			t.Fatalf("both ended as %v", errs)
		}
		for _, c := range claims {
			if _, err := p.Look(t.Context(), c); !errors.Is(err, proof.ErrInvalid) {
				t.Errorf("the link works again: %v", err)
			}
		}
	}
}

// changeTo asks for the change of an account's address, and returns the link's claim.
func (p *prover) changeTo(u *auth.User, address string) *proof.Claim {
	p.t.Helper()
	ask := p.New(proof.Request{
		Purpose: proof.ChangeEmail, Key: keyOf(p.t, address), Address: address, UserID: u.ID,
		Data: map[string]any{"email": address, "old_key": keyOf(p.t, u.Email)},
	})
	if err := p.AskChange(p.t.Context(), ask, u); err != nil {
		p.t.Fatal(err)
	}
	open := &proof.Open{ID: value[string](p.replica, `SELECT id FROM proofs WHERE user_id = $1 AND purpose = 'change_email' AND used_at IS NULL`, u.ID)}
	link, _ := p.mailed(open)
	return p.claim(proof.ChangeEmail, link)
}

// TestLinkGoesToItsAddress: a mail that waits does not get the link to another address,
// which the account has asked for since.
func TestLinkGoesToItsAddress(t *testing.T) {
	p := newReplica(t).prover()
	u := p.user("mallory@example.com", "user")
	p.changeTo(u, "mallory@example.org")
	p.changeTo(u, "victim@example.com")
	for address, want := range map[string]error{"mallory@example.org": proof.ErrInvalid, "victim@example.com": nil} {
		mail := value[string](p.replica, `SELECT id FROM mails WHERE kind = 'change_email' AND address = $1`, address)
		if _, err := p.OpenProof(t.Context(), mail, p.now, proof.NewSeed()); !errors.Is(err, want) {
			t.Errorf("the mail to %s: %v, want %v", address, err, want)
		}
	}
}

func TestChangeAndUndo(t *testing.T) {
	r := newReplica(t)
	p := r.prover()
	u := r.user("ada@example.com", "user")
	r.exec(`UPDATE users SET email_verified = true`)
	old := p.changeTo(u, "typo@example.com")
	c := p.changeTo(u, "new@example.com")
	if got, err := r.User(t.Context(), u.ID); err != nil || got.Email != u.Email || got.PendingEmail == nil || *got.PendingEmail != "new@example.com" {
		t.Errorf("while it waits: %+v, %v", got, err)
	}
	if _, err := p.Look(t.Context(), old); !errors.Is(err, proof.ErrInvalid) {
		t.Errorf("the link to the address before: %v", err)
	}
	reset := p.claim(proof.ResetPassword, p.link(proof.ResetPassword, "ada@example.com"))
	if _, err := p.ChangeByProof(t.Context(), c, p.New(proof.Request{Purpose: proof.UndoEmail})); err != nil {
		t.Fatal(err)
	}
	if got, err := r.User(t.Context(), u.ID); err != nil || got.Email != "new@example.com" || !got.EmailVerified || got.PendingEmail != nil {
		t.Errorf("changed: %+v, %v", got, err)
	}
	if _, err := p.Look(t.Context(), reset); !errors.Is(err, proof.ErrInvalid) {
		t.Errorf("a link for a new password that was sent to the old address: %v", err)
	}
	key, thiefs := r.apiKey(u.ID), r.passkey(u.ID, 0)
	if err := r.ResetPassword(t.Context(), u.ID, "the thief's"); err != nil {
		t.Fatal(err)
	}
	s := newSession(u.ID)
	s.AMR = []string{"pwd", "hwk", "mfa"}
	if _, err := r.OpenSession(t.Context(), s, "the thief's", life); err != nil {
		t.Fatal(err)
	}
	p.now = asked.Add(71 * time.Hour)
	id := value[string](r, `SELECT id FROM proofs WHERE purpose = 'undo_email'`)
	link, _ := p.mailed(&proof.Open{ID: id})
	if _, err := p.UndoByProof(t.Context(), p.claim(proof.UndoEmail, link), "spare"); err != nil {
		t.Fatal(err)
	}
	got, err := r.Credential(t.Context(), u.ID)
	if err != nil || got.User.Email != "ada@example.com" || !got.User.EmailVerified || got.Hash != "spare" || got.User.HasPassword {
		t.Errorf("taken back: %+v, %v", got, err)
	}
	if r.living(u.ID) != 0 || slices.Contains(r.apiKeys(u.ID), key.ID) || r.stored(thiefs) != nil {
		t.Error("a session, a key or a passkey is left")
	}
}

// TestReclaim: who proves an address that was never proved gets the account without what
// another person has set up.
func TestReclaim(t *testing.T) {
	r := newReplica(t)
	r.user("root@example.com", auth.RoleAdmin)
	take := map[string]func(p *prover, u *auth.User, c *proof.Claim) error{
		"verify": func(p *prover, _ *auth.User, c *proof.Claim) error {
			_, err := p.VerifyByProof(t.Context(), c, false, "spare")
			return err
		},
		"reset": func(p *prover, _ *auth.User, c *proof.Claim) error {
			_, err := p.ResetByProof(t.Context(), c, "spare")
			return err
		},
		"login": func(p *prover, u *auth.User, c *proof.Claim) error {
			return p.LoginByProof(t.Context(), c, "spare", newSession(u.ID), life)
		},
	}
	for name, purpose := range map[string]proof.Purpose{"verify": proof.VerifyEmail, "reset": proof.ResetPassword, "login": proof.Login} {
		for _, verified := range []bool{false, true} {
			p := r.prover()
			u := r.user(name+map[bool]string{true: "-verified"}[verified]+"@example.com", "user", auth.RoleAdmin)
			r.exec(`UPDATE users SET email_verified = $2, name = 'Mallory', name_folded = 'mallory' WHERE id = $1`, u.ID, verified)
			mallory, key := r.login(u.ID), r.apiKey(u.ID)
			if err := take[name](p, u, p.claim(purpose, p.link(purpose, u.Email))); err != nil {
				t.Fatal(err)
			}
			got, err := r.Credential(t.Context(), u.ID)
			if err != nil {
				t.Fatal(err)
			}
			_, ended := r.row(mallory.ID)
			if !got.User.EmailVerified {
				t.Errorf("%s: the address is not verified", name)
			}
			kept := got.User.Name != nil && len(got.User.Roles) == 2 && slices.Contains(r.apiKeys(u.ID), key.ID)
			lost := got.User.Name == nil && slices.Equal(got.User.Roles, []string{"user"}) && !slices.Contains(r.apiKeys(u.ID), key.ID) &&
				ended == "reclaimed" && got.Hash == "spare"
			if verified && !kept || !verified && !lost {
				t.Errorf("%s, verified before: %v: %+v, session %q", name, verified, got, ended)
			}
		}
	}
}

func TestReclaimKeepsAnAdministrator(t *testing.T) {
	p := newReplica(t).prover()
	root := p.user("root@example.com", auth.RoleAdmin)
	c := p.claim(proof.ResetPassword, p.link(proof.ResetPassword, root.Email))
	if _, err := p.ResetByProof(t.Context(), c, "spare"); !errors.Is(err, auth.ErrLastAdmin) {
		t.Errorf("the last administrator: %v", err)
	}
	p.user("other@example.com", auth.RoleAdmin)
	if _, err := p.ResetByProof(t.Context(), c, "spare"); err != nil {
		t.Errorf("beside another: %v", err)
	}
}
