package store_test

import (
	"errors"
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
