package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"gatehouse/auth"
	"gatehouse/auth/factor"
	"gatehouse/auth/factor/desk"
	"gatehouse/auth/proof"
	"gatehouse/store/changes"
	"gatehouse/store/factors"
)

// enrolled gives an account an authenticator app.
func (p *prover) enrolled(u *auth.User, s *auth.Session) {
	p.t.Helper()
	ask := p.New(proof.Request{Purpose: proof.TOTP, UserID: u.ID, SessionID: s.ID})
	if err := p.Factors.AskTOTP(p.t.Context(), ask, []byte("sealed")); err != nil {
		p.t.Fatal(err)
	}
	text, err := p.Issue(ask)
	if err != nil {
		p.t.Fatal(err)
	}
	app := desk.TOTP{UserID: u.ID, Sealed: []byte("sealed"), Step: 100}
	after, err := p.Factors.ConfirmTOTP(p.t.Context(), p.claim(proof.TOTP, text), app, s.ID, desk.Notice{})
	if err != nil || !after.SecondFactor {
		p.t.Fatal(after, err)
	}
}

// count changes how many second factors an account has, as adding and removing a passkey does.
func (r *replica) count(userID string, more int) (left int, err error) {
	r.t.Helper()
	err = r.Factors.Transact(r.t.Context(), func(tx *changes.Tx) error {
		left, err = factors.Count(r.t.Context(), tx, userID, more)
		return err
	})
	return left, err
}

// TestOneFactorIsRefused: the database itself lets no account with a second factor log in without
// it, whichever release asks.
func TestOneFactorIsRefused(t *testing.T) {
	p := newReplica(t).prover()
	ada := p.user("ada@example.com", "user")
	s := p.login(ada.ID)
	p.enrolled(ada, s)
	// The releases before note a log-in, and store a session in the same transaction.
	for _, statement := range []string{
		`UPDATE users SET last_login_at = now() WHERE id = $1`,
		`UPDATE users u SET last_login_at = now() WHERE u.id = $1 AND NOT u.disabled RETURNING u.id`,
	} {
		_, err := p.db.ExecContext(t.Context(), statement, ada.ID)
		if answer := pq.As(err, pqerror.CheckViolation); answer == nil || answer.Constraint != "users_second_factor" {
			t.Errorf("%s: %v", statement, err)
		}
	}
	one := newSession(ada.ID)
	if _, err := p.OpenSession(t.Context(), one, hash, life); !errors.Is(err, factor.ErrMissing) {
		t.Errorf("a session with one factor: %v", err)
	}
	both := newSession(ada.ID)
	both.AMR = []string{"pwd", "otp", "mfa"}
	if u, err := p.OpenSession(t.Context(), both, hash, life); err != nil || u.LastLoginAt == nil || !u.SecondFactor {
		t.Errorf("a session with both: %+v, %v", u, err)
	}
	if n := p.living(ada.ID); n != 2 {
		t.Errorf("%d sessions; want that of before and that with both factors", n)
	}
	p.change(ada.ID, func(u *auth.User) error { u.EmailVerified = true; return nil }) // as ever
	if left, err := p.count(ada.ID, -1); left != 0 || err != nil {
		t.Error(left, err)
	}
	if _, err := p.OpenSession(t.Context(), newSession(ada.ID), hash, life); err != nil {
		t.Errorf("without a second factor: %v", err)
	}
	p.exec(`UPDATE users SET last_login_at = now() WHERE id = $1`, ada.ID)
}

// TestCountFactors: the first factor ends sign-in sessions without it, and the last one takes the
// recovery codes with it.
func TestCountFactors(t *testing.T) {
	r := newReplica(t)
	ada := r.user("ada@example.com", "user")
	r.login(ada.ID)
	r.signIn(ada.ID)
	living := func() int {
		return value[int](r, `SELECT count(*) FROM sessions WHERE user_id = $1 AND kind = 'sign_in' AND ended_at IS NULL`, ada.ID)
	}
	if living() != 1 {
		t.Fatal("there is no session of the sign-in page")
	}
	if n, err := r.count(ada.ID, 1); n != 1 || err != nil || living() != 0 || r.living(ada.ID) == 0 {
		t.Errorf("%d factors, %v; %d sign-in sessions, %d sessions", n, err, living(), r.living(ada.ID))
	}
	allowed := func(*auth.User) error { return nil }
	if err := r.Factors.ReplaceCodes(t.Context(), ada.ID, [][]byte{[]byte("a"), []byte("b")}, allowed, desk.Notice{}); err != nil {
		t.Fatal(err)
	}
	refusal := errors.New("refused")
	err := r.Factors.ReplaceCodes(t.Context(), ada.ID, [][]byte{[]byte("c")}, func(*auth.User) error { return refusal }, desk.Notice{})
	if !errors.Is(err, refusal) {
		t.Errorf("%v; want that of allow", err)
	}
	for _, step := range []struct{ more, factors, codes int }{{1, 2, 2}, {-1, 1, 2}, {-1, 0, 0}} {
		n, err := r.count(ada.ID, step.more)
		f, fault := r.Factors.Factors(t.Context(), ada.ID)
		if err != nil || fault != nil || n != step.factors || f.Count != step.factors || f.RecoveryCodes != step.codes {
			t.Errorf("%+v: %d factors, %v; %+v, %v", step, n, err, f, fault)
		}
	}
	if _, err := r.count(ada.ID, -1); err == nil {
		t.Error("an account has fewer than no factors")
	}
	if _, err := r.Factors.Factors(t.Context(), "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63"); !errors.Is(err, auth.ErrUserNotFound) {
		t.Errorf("an unknown account: %v", err)
	}
}

// TestLastFactorRemovedTwice: of many who remove the last factor, one does.
func TestLastFactorRemovedTwice(t *testing.T) {
	one := newReplica(t)
	stores := []*replica{one, replicaOn(t, one.dsn)}
	p := one.prover()
	ada := p.user("ada@example.com", "user")
	p.enrolled(ada, p.login(ada.ID))
	required := errors.New("required")
	keep := func(*auth.User) error { return required }
	if _, err := one.Factors.DeleteTOTP(t.Context(), ada.ID, keep, desk.Notice{}); !errors.Is(err, required) {
		t.Errorf("%v; want that of last", err)
	}
	if f, err := one.Factors.Factors(t.Context(), ada.ID); err != nil || !f.TOTP || f.Count != 1 {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err := one.count(ada.ID, 1); err != nil { // a passkey
		t.Fatal(err)
	}
	errs := make([]error, 20)
	together(len(errs), func(i int) {
		_, errs[i] = stores[i%2].Factors.DeleteTOTP(t.Context(), ada.ID, keep, desk.Notice{})
	})
	f, err := one.Factors.Factors(t.Context(), ada.ID)
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	if err != nil || f.TOTP || f.Count != 1 {
		t.Errorf("%+v, %v; want the passkey", f, err)
	}
}

// TestMigrateDownWithFactors: the release before is not given accounts whose second factor it would
// not ask for.
func TestMigrateDownWithFactors(t *testing.T) {
	p := newReplica(t).prover()
	ada := p.user("ada@example.com", "user")
	p.enrolled(ada, p.login(ada.ID))
	down := func() (err error) {
		return p.Exclusively(t.Context(), func(ctx context.Context) error {
			for { // newer migrations first
				if value[int](p.replica, `SELECT max(version_id) FROM gatehouse_migrations`) < 8 {
					return nil
				}
				if _, err := p.MigrateDown(ctx); err != nil {
					return err
				}
			}
		})
	}
	if err := down(); err == nil || !strings.Contains(err.Error(), "user reset-factors") {
		t.Errorf("rolled back: %v", err)
	}
	if n := value[int](p.replica, `SELECT count(*) FROM totp`); n != 1 {
		t.Errorf("%d authenticator apps are left", n)
	}
	if err := p.Exclusively(t.Context(), p.MigrateUp); err != nil { // what had been taken back by then
		t.Fatal(err)
	}
	if _, err := p.Factors.Reset(t.Context(), ada.ID, func(*auth.User) error { return nil }, desk.Notice{}); err != nil {
		t.Fatal(err)
	}
	if err := down(); err != nil {
		t.Errorf("without factors: %v", err)
	}
}

// TestReseal: a secret is sealed again once.
func TestReseal(t *testing.T) {
	p := newReplica(t).prover()
	ada := p.user("ada@example.com", "user")
	p.enrolled(ada, p.login(ada.ID))
	apps, err := p.Factors.SealedOther(t.Context(), []byte("1234"), 10)
	if err != nil || len(apps) != 1 || apps[0].UserID != ada.ID || string(apps[0].Sealed) != "sealed" {
		t.Fatal(apps, err)
	}
	if apps, err := p.Factors.SealedOther(t.Context(), []byte("eale"), 10); err != nil || len(apps) != 0 {
		t.Errorf("sealed with that secret: %v, %v", apps, err)
	}
	for _, step := range [][2]string{{"another", "sealed"}, {"sealed", "again"}, {"sealed", "again"}} {
		if err := p.Factors.Reseal(t.Context(), ada.ID, []byte(step[0]), []byte("again")); err != nil {
			t.Error(err)
		}
		if sealed, err := p.Factors.TOTP(t.Context(), ada.ID); err != nil || string(sealed) != step[1] {
			t.Errorf("in place of %s: %s, %v", step[0], sealed, err)
		}
	}
}
