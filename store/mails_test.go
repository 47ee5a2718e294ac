package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"gatehouse/auth"
	"gatehouse/auth/bymail"
	"gatehouse/auth/proof"
)

// TestMailsAreTakenOnce: two replicas share the mails, and one that dies leaves its mail to
// the other.
func TestMailsAreTakenOnce(t *testing.T) {
	r := newReplica(t)
	one, two := r.prover(), replicaOn(t, r.dsn).prover()
	const mails, lease = 40, 2 * time.Minute
	for i := range mails {
		one.ask(proof.Login, numbered(i))
	}
	var mu sync.Mutex
	taken := map[string]int{}
	together(8, func(i int) {
		p := []*prover{one, two}[i%2]
		for {
			m, err := p.Take(t.Context(), asked, lease)
			if err != nil {
				t.Error(err)
			}
			if m == nil {
				return
			}
			mu.Lock()
			taken[m.ID]++
			n := len(taken)
			mu.Unlock()
			if n%4 != 0 { // each fourth is left by a replica that dies
				if err := p.Sent(t.Context(), m.ID, asked); err != nil {
					t.Error(err)
				}
			}
		}
	})
	if len(taken) != mails {
		t.Errorf("%d mails were taken, want %d", len(taken), mails)
	}
	for id, n := range taken {
		if n != 1 {
			t.Errorf("mail %s was taken %d times", id, n)
		}
	}
	left := value[int](r, `SELECT count(*) FROM mails WHERE sent_at IS NULL`)
	for _, at := range []struct {
		now  time.Time
		want int
	}{{asked.Add(lease - time.Second), 0}, {asked.Add(lease), left}} {
		n := 0
		for m, err := two.Take(t.Context(), at.now, lease); m != nil; m, err = two.Take(t.Context(), at.now, lease) {
			if err != nil || m.Tries != 2 {
				t.Errorf("%+v, %v", m, err)
			}
			n++
		}
		if n != at.want || left == 0 {
			t.Errorf("at %v: %d mails are taken again, want %d", at.now, n, at.want)
		}
	}
}

func TestMailsAreNoted(t *testing.T) {
	p := newReplica(t).prover()
	take := func() *bymail.Mail {
		t.Helper()
		m, err := p.Take(t.Context(), p.now, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	p.ask(proof.Login, "ada@example.com")
	if n, since, err := p.Waiting(t.Context(), p.now.Add(time.Hour)); n != 1 || !since.Equal(asked) || err != nil {
		t.Errorf("%d mails wait since %v, %v", n, since, err)
	}
	m := take()
	if m == nil || m.Kind != bymail.MailLogin || m.Address != "ada@example.com" || m.ProofID == "" || m.Tries != 1 {
		t.Fatalf("%+v", m)
	}
	later := asked.Add(5 * time.Minute)
	if err := p.Retry(t.Context(), m.ID, later); err != nil {
		t.Fatal(err)
	}
	p.now = later.Add(-time.Second)
	if m := take(); m != nil {
		t.Errorf("%+v is taken too early", m)
	}
	p.now = later
	if again := take(); again == nil || again.ID != m.ID || again.Tries != 2 {
		t.Errorf("%+v", again)
	}
	if err := p.Drop(t.Context(), m.ID, "it is too late"); err != nil {
		t.Fatal(err)
	}
	p.now = later.Add(time.Hour)
	if m := take(); m != nil {
		t.Errorf("%+v is taken again", m)
	}
	if all, err := p.Mails(t.Context(), 10); err != nil || len(all) != 1 || all[0].Dropped != "it is too late" {
		t.Errorf("%+v, %v", all, err)
	}
	if n, since, err := p.Waiting(t.Context(), p.now); n != 0 || !since.IsZero() || err != nil {
		t.Errorf("%d mails wait since %v, %v", n, since, err)
	}
}

func TestPurgeProofs(t *testing.T) {
	p := newReplica(t).prover()
	p.ask(proof.ResetPassword, "ada@example.com")
	p.ask(proof.Invitation, "bob@example.com")
	m, err := p.Take(t.Context(), asked, time.Minute)
	if err != nil || m == nil {
		t.Fatal(m, err)
	}
	if err := p.Sent(t.Context(), m.ID, asked); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		after         time.Duration
		proofs, mails int
	}{{26 * time.Hour, 2, 2}, {8 * 24 * time.Hour, 1, 1}, {9 * 24 * time.Hour, 0, 0}} {
		if err := p.PurgeProofs(t.Context(), asked.Add(step.after)); err != nil {
			t.Fatal(err)
		}
		proofs, mails := value[int](p.replica, `SELECT count(*) FROM proofs`), value[int](p.replica, `SELECT count(*) FROM mails`)
		if proofs != step.proofs || mails != step.mails {
			t.Errorf("after %v: %d proofs and %d mails, want %d and %d", step.after, proofs, mails, step.proofs, step.mails)
		}
	}
}

// TestNoSecretIsStored: nothing in the tables of proofs and mails is a link or a code, or
// makes one without the secret.
func TestNoSecretIsStored(t *testing.T) {
	p := newReplica(t).prover()
	p.user("ada@example.com", "user")
	link, code := p.mailed(p.ask(proof.Login, "ada@example.com"))
	for _, table := range []string{"proofs", "mails"} {
		for _, secret := range []string{link, code, link[len(link)-20:]} {
			found := value[bool](p.replica, fmt.Sprintf(`SELECT EXISTS (SELECT FROM %s x WHERE x::text LIKE '%%' || $1 || '%%')`, table), secret)
			if found {
				t.Errorf("%s has %q", table, secret)
			}
		}
	}
}

// TestInvitationRaces: of an acceptance, a revocation and a demotion of who invited, at
// once, there is one outcome.
func TestInvitationRaces(t *testing.T) {
	r := newReplica(t)
	p := r.prover()
	r.user("root@example.com", auth.RoleAdmin)
	for i := range rounds / 4 {
		inviter := r.user("i"+numbered(i), auth.RoleAdmin)
		address := numbered(i)
		open, err := p.Request(t.Context(), proof.Request{
			Purpose: proof.Invitation, Key: keyOf(t, address), Address: address,
			Data: map[string]any{"email": address, "roles": []string{auth.RoleAdmin}, "inviter": inviter.ID},
		})
		if err != nil {
			t.Fatal(err)
		}
		link, _ := p.mailed(open)
		c := p.claim(proof.Invitation, link)
		errs := make([]error, 4)
		allow := func(u *auth.User, roles []string) error {
			if len(u.Roles) == 0 || u.Roles[0] != roles[0] {
				return proof.ErrInvalid
			}
			return nil
		}
		register := func() error {
			u := &auth.User{ID: uuid.Must(uuid.NewV7()).String(), Email: address, CreatedAt: asked, UpdatedAt: asked}
			return p.RegisterByProof(t.Context(), c, &auth.Credential{User: u, Hash: hash}, newSession(u.ID), allow)
		}
		together(4, func(n int) {
			switch n {
			case 0, 1:
				errs[n] = register()
			case 2:
				errs[n] = p.RevokeInvitation(t.Context(), open.ID, asked)
			case 3:
				_, errs[n] = r.ChangeUser(t.Context(), inviter.ID, rolesTo("user"))
			}
		})
		accounts := value[int](r, `SELECT count(*) FROM users WHERE email = $1`, address)
		accepted := (errs[0] == nil) != (errs[1] == nil)
		revoked := errs[2] == nil
		switch {
		case errs[3] != nil:
			t.Fatal(errs[3])
		case accepted && accounts == 1 && errors.Is(errs[2], bymail.ErrInvitationNotFound):
		case errs[0] != nil && errs[1] != nil && accounts == 0: // revoked, or its inviter demoted
			for _, err := range errs[:2] {
				if !errors.Is(err, proof.ErrInvalid) {
					t.Fatal(err)
				}
			}
		default:
			t.Fatalf("accepted %v, revoked %v, %d accounts: %v", accepted, revoked, accounts, errs)
		}
	}
}

// TestMailReadsItsProofAlone: to write a mail takes as long among many open proofs.
func TestMailReadsItsProofAlone(t *testing.T) {
	r := newReplica(t)
	r.user("ada@example.com", "user")
	open := r.prover().ask(proof.Login, "ada@example.com")
	mail := value[string](r, `SELECT id FROM mails WHERE proof_id = $1`, open.ID)
	r.exec(`
		INSERT INTO proofs (id, purpose, subject_key, seed, created_at, sent_at, expires_at)
		SELECT gen_random_uuid(), 'login', n || '@example.com', '', $1::timestamptz, $1, $1 + interval '1 day' FROM generate_series(1, 5000) AS n`, asked)
	r.exec(`ANALYZE proofs`)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r.db.SetMaxIdleConns(0) // so that each of its connections counts at once
	read := r.rowsRead("proofs", func(fresh *replica) error {
		o, err := fresh.OpenProof(t.Context(), mail, asked, proof.NewSeed())
		if err == nil && o.ID != open.ID {
			t.Errorf("proof %q, want %q", o.ID, open.ID)
		}
		return err
	})
	if read > 10 {
		t.Errorf("%d proofs are read", read)
	}
}
