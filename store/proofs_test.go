package store_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/proof"
)

// asked is when proofs are asked for here.
var asked = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// A prover asks for proofs, at a time that the test sets.
type prover struct {
	*replica
	*proof.Proofs
	now time.Time
}

func (r *replica) prover() *prover {
	p := &prover{replica: r, now: asked}
	p.Proofs = &proof.Proofs{Secrets: r.secrets, Store: r.Store, Now: func() time.Time { return p.now }}
	return p
}

// ask asks for a proof about an address.
func (p *prover) ask(purpose proof.Purpose, address string) *proof.Open {
	p.t.Helper()
	open, err := p.Request(p.t.Context(), proof.Request{
		Purpose: purpose, Key: keyOf(p.t, address), Address: address, Data: map[string]any{"email": address, "roles": []string{"user"}},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return open
}

// mailed writes the mail of a proof, as the worker does, and returns its link and code.
func (p *prover) mailed(open *proof.Open) (link, code string) {
	p.t.Helper()
	mail := value[string](p.replica, `SELECT id FROM mails WHERE proof_id = $1 AND address_key = (SELECT subject_key FROM proofs WHERE id = $1) ORDER BY created_at DESC LIMIT 1`, open.ID)
	o, err := p.OpenProof(p.t.Context(), mail, p.now, proof.NewSeed())
	if err != nil {
		p.t.Fatal(err)
	}
	if link, code, err = p.Text(o.Purpose, open.ID, o.Seed); err != nil {
		p.t.Fatal(err)
	}
	return link, code
}

// link asks for a link, and returns what is sent.
func (p *prover) link(purpose proof.Purpose, address string) string {
	p.t.Helper()
	link, _ := p.mailed(p.ask(purpose, address))
	return link
}

// claim reads a link.
func (p *prover) claim(purpose proof.Purpose, link string) *proof.Claim {
	p.t.Helper()
	c, err := p.Link(link, purpose)
	if err != nil {
		p.t.Fatal(err)
	}
	return c
}

// mails returns how many mails of a kind were queued.
func (p *prover) mails(kind string) int {
	p.t.Helper()
	return value[int](p.replica, `SELECT count(*) FROM mails WHERE kind = $1`, kind)
}

func TestSameLinkIsSentAgain(t *testing.T) {
	p := newReplica(t).prover()
	p.user("ada@example.com", "user")
	first := p.ask(proof.ResetPassword, "ada@example.com")
	link, _ := p.mailed(first)
	steps := []struct {
		after time.Duration // the first
		same  bool
		mails int
		life  time.Duration
	}{
		{0, true, 1, 30 * time.Minute}, {59 * time.Second, true, 1, 30 * time.Minute}, {61 * time.Second, true, 2, 30 * time.Minute},
		{25 * time.Minute, true, 3, 30 * time.Minute}, // an earlier mail's link still works
		{44 * time.Minute, true, 4, 16 * time.Minute},
		{46 * time.Minute, false, 5, 30 * time.Minute},             // its end would come too soon
		{47*time.Minute + time.Second, false, 5, 30 * time.Minute}, // five within an hour
	}
	for _, step := range steps {
		p.now = asked.Add(step.after)
		open := p.ask(proof.ResetPassword, "Ada@Example.com")
		again, _ := p.mailed(open)
		if same := again == link; same != step.same || open.ID != first.ID {
			t.Errorf("after %v: the same link: %v, want %v (%s)", step.after, same, step.same, open.ID)
		}
		if got := open.ExpiresAt.Sub(p.now); got < step.life-time.Minute-2*time.Second || got > step.life {
			t.Errorf("after %v: it works for %v, want %v", step.after, got, step.life)
		}
		if got := p.mails("reset_password"); got != step.mails {
			t.Errorf("after %v: %d mails, want %d", step.after, got, step.mails)
		}
	}
	if _, err := p.Look(t.Context(), p.claim(proof.ResetPassword, link)); !errors.Is(err, proof.ErrInvalid) {
		t.Errorf("the first link, whose time has passed: %v", err)
	}
}

// TestNoLinkDiesUnmailed: one who asks too often does not kill the link of the last mail.
func TestNoLinkDiesUnmailed(t *testing.T) {
	p := newReplica(t).prover()
	p.user("ada@example.com", "user")
	var link string
	for minute := range 8 {
		p.now = asked.Add(time.Duration(minute) * time.Minute)
		open := p.ask(proof.Login, "ada@example.com")
		if again, _ := p.mailed(open); minute == 0 {
			link = again
		}
	}
	if got := p.mails("login"); got != 5 {
		t.Errorf("%d mails, want 5", got)
	}
	if _, err := p.Look(t.Context(), p.claim(proof.Login, link)); err != nil {
		t.Errorf("the link that was sent: %v", err)
	}
}

func TestManyAskForOneAddress(t *testing.T) {
	r := newReplica(t)
	r.user("ada@example.com", "user")
	one, two := r.prover(), replicaOn(t, r.dsn).prover()
	together(100, func(i int) {
		p := []*prover{one, two}[i%2]
		_, err := p.Request(t.Context(), proof.Request{Purpose: proof.Login, Key: "ada@example.com", Address: "ada@example.com"})
		if err != nil {
			t.Error(err)
		}
	})
	if proofs, mails := value[int](r, `SELECT count(*) FROM proofs`), one.mails("login"); proofs != 1 || mails != 1 {
		t.Errorf("%d proofs and %d mails, want one each", proofs, mails)
	}
}

// TestClaimIsUsedOnce presses the same link, and types its code, at two replicas at once.
func TestClaimIsUsedOnce(t *testing.T) {
	r := newReplica(t)
	one, two := r.prover(), replicaOn(t, r.dsn).prover()
	two.Secrets = one.Secrets
	u := r.user("ada@example.com", "user")
	r.exec(`UPDATE users SET email_verified = true`)
	for range 5 {
		open := one.ask(proof.Login, "ada@example.com")
		handle, err := one.Handle(proof.Login, open.ID)
		if err != nil {
			t.Fatal(err)
		}
		link, code := one.mailed(open)
		typed, err := two.Code(t.Context(), proof.Login, handle, code)
		if err != nil {
			t.Fatal(err)
		}
		var done atomic.Int32
		together(50, func(i int) {
			p, c := one, one.claim(proof.Login, link)
			if i%2 == 1 {
				p, c = two, typed
			}
			switch err := p.LoginByProof(t.Context(), c, "", newSession(u.ID), life); {
			case err == nil:
				done.Add(1)
			case !errors.Is(err, proof.ErrInvalid):
				t.Error(err)
			}
		})
		if done.Load() != 1 {
			t.Fatalf("it opened %d sessions, want 1", done.Load())
		}
	}
	if got := r.living(u.ID); got != 5 {
		t.Errorf("%d sessions, want 5", got)
	}
}

func TestCodesAreCountedFirst(t *testing.T) {
	p := newReplica(t).prover()
	p.user("ada@example.com", "user")
	open := p.ask(proof.Login, "ada@example.com")
	handle, err := p.Handle(proof.Login, open.ID)
	if err != nil {
		t.Fatal(err)
	}
	link, code := p.mailed(open)
	var compared atomic.Int32
	together(50, func(int) {
		if _, err := p.Try(t.Context(), proof.Login, open.ID, 5, p.now); err == nil {
			compared.Add(1)
		}
	})
	if compared.Load() != 5 {
		t.Errorf("%d codes were compared, want 5", compared.Load())
	}
	if _, err := p.Code(t.Context(), proof.Login, handle, code); !errors.Is(err, proof.ErrInvalid) {
		t.Errorf("the sixth, which is right: %v", err)
	}
	if _, err := p.Look(t.Context(), p.claim(proof.Login, link)); err != nil {
		t.Errorf("the link, which can't be guessed: %v", err)
	}
	p.now = asked.Add(11 * time.Minute)
	_, code = p.mailed(p.ask(proof.Login, "ada@example.com"))
	if _, err := p.Code(t.Context(), proof.Login, handle, code); err != nil {
		t.Errorf("another code: %v", err)
	}
}

func TestLinkDies(t *testing.T) {
	r := newReplica(t)
	tests := []struct {
		name string
		of   func(p *prover, u *auth.User) error // what happens to the account
		dies bool
	}{
		{"nothing", func(*prover, *auth.User) error { return nil }, false},
		{"a login", func(p *prover, u *auth.User) error { p.login(u.ID); return nil }, false},
		{"a new name", func(p *prover, u *auth.User) error {
			name := "Ada"
			p.change(u.ID, func(u *auth.User) error { u.Name = &name; return nil })
			return nil
		}, false},
		{"a new password", func(p *prover, u *auth.User) error { return p.ResetPassword(t.Context(), u.ID, "another hash") }, true},
		{"a new password by the release before", func(p *prover, u *auth.User) error {
			p.exec(`UPDATE users SET password_hash = 'another' WHERE id = $1`, u.ID)
			return nil
		}, true},
		{"another address", func(p *prover, u *auth.User) error {
			p.change(u.ID, func(c *auth.User) error { c.Email = "b-" + u.Email; return nil })
			return nil
		}, true},
		{"another address and back", func(p *prover, u *auth.User) error {
			p.change(u.ID, func(c *auth.User) error { c.Email = "b-" + u.Email; return nil })
			p.change(u.ID, func(c *auth.User) error { c.Email = u.Email; return nil })
			return nil
		}, false}, // the mailbox and the account are the same again
		{"disabled", func(p *prover, u *auth.User) error { p.change(u.ID, disable); return nil }, true},
		{"disabled and enabled", func(p *prover, u *auth.User) error { p.change(u.ID, disable); p.change(u.ID, enable); return nil }, true},
		{"deleted", func(p *prover, u *auth.User) error {
			return p.DeleteUser(t.Context(), u.ID, func(*auth.User) error { return nil })
		}, true},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := r.prover()
			u := p.user(numbered(i), "user")
			c := p.claim(proof.ResetPassword, p.link(proof.ResetPassword, u.Email))
			if err := tt.of(p, u); err != nil {
				t.Fatal(err)
			}
			_, err := p.ResetByProof(t.Context(), c, "the hash of the new one")
			if dead := errors.Is(err, proof.ErrInvalid); dead != tt.dies || err != nil && !dead {
				t.Errorf("the link is refused: %v, want %v: %v", dead, tt.dies, err)
			}
		})
	}
}

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
			func() { _, _, change = r.ReplacePassword(t.Context(), u.ID, hash, "changed", s.ID, newSeed()) },
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
	s, key := r.login(u.ID), r.apiKey(u.ID)
	if err := r.ResetPassword(t.Context(), u.ID, "the thief's"); err != nil {
		t.Fatal(err)
	}
	s = newSession(u.ID)
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
	if r.living(u.ID) != 0 || slices.Contains(r.apiKeys(u.ID), key.ID) {
		t.Error("a session or a key is left")
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
