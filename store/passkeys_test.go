package store_test

import (
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"gatehouse/auth"
	"gatehouse/auth/passkey"
)

// passkey adds a passkey of the account, whose device has signed so often.
func (r *replica) passkey(userID string, count uint32) *passkey.Passkey {
	r.t.Helper()
	id := uuid.Must(uuid.NewV7())
	p := &passkey.Passkey{
		ID: id.String(), UserID: userID, Name: "Phone", CreatedAt: time.Now().UTC().Truncate(time.Microsecond), RPID: "example.com",
		CredentialID: id[:], PublicKey: []byte("public"), SignCount: count, Transports: []string{"internal"}, AAGUID: make([]byte, 16),
	}
	if err := r.AddPasskey(r.t.Context(), p, "", true); err != nil {
		r.t.Fatal(err)
	}
	return p
}

// use is a use of the passkey that was counted so often.
func use(p *passkey.Passkey, count uint32) *passkey.Use {
	return &passkey.Use{ID: p.ID, UserID: p.UserID, SignCount: count, At: time.Now().UTC().Truncate(time.Microsecond), Mail: true}
}

// stored returns the passkey as it is in the database.
func (r *replica) stored(p *passkey.Passkey) *passkey.Passkey {
	r.t.Helper()
	all, err := r.PasskeysOf(r.t.Context(), p.UserID)
	if err != nil {
		r.t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(other *passkey.Passkey) bool { return other.ID == p.ID })
	if i < 0 {
		return nil
	}
	return all[i]
}

// keySession is a session that a passkey opens.
func keySession(userID string) *auth.Session {
	s := newSession(userID)
	s.AMR = []string{"hwk", "user", "mfa"}
	return s
}

func (r *replica) mailed(kind string) int {
	r.t.Helper()
	return value[int](r, `SELECT count(*) FROM mails WHERE kind = $1`, kind)
}

func TestAddPasskey(t *testing.T) {
	r := newReplica(t)
	ada, bob := r.user("ada@example.com", "user"), r.user("bob@example.com", "user")
	p := r.passkey(ada.ID, 3)
	got := r.stored(p)
	if got == nil || got.Name != "Phone" || got.SignCount != 3 || string(got.PublicKey) != "public" || got.AAGUID != nil || got.LastUsedAt != nil ||
		!slices.Equal(got.Transports, []string{"internal"}) || !got.CreatedAt.Equal(p.CreatedAt) || got.Suspended() {
		t.Errorf("%+v", got)
	}
	if r.mailed("passkey_added") != 1 {
		t.Error("its owner is not told")
	}
	again := *p
	again.ID, again.UserID = uuid.Must(uuid.NewV7()).String(), bob.ID
	var conflict *auth.ConflictError
	if err := r.AddPasskey(t.Context(), &again, "", true); !errors.As(err, &conflict) || conflict.Field != "credential" {
		t.Errorf("a credential of another account: %v", err)
	}
	again.RPID = "example.org"
	if err := r.AddPasskey(t.Context(), &again, "", false); err != nil {
		t.Errorf("the same credential for another domain: %v", err)
	}
	if r.mailed("passkey_added") != 1 {
		t.Error("a mail is queued, and none is sent")
	}
	if n, other, err := r.ForeignPasskeys(t.Context(), "example.com"); n != 1 || other != "example.org" || err != nil {
		t.Errorf("%d of %q, %v", n, other, err)
	}
	r.exec(`UPDATE users SET disabled = true WHERE id = $1`, bob.ID)
	again.ID, again.CredentialID = uuid.Must(uuid.NewV7()).String(), []byte("other")
	if err := r.AddPasskey(t.Context(), &again, "", true); !errors.Is(err, auth.ErrUserNotFound) {
		t.Errorf("a disabled account: %v", err)
	}
	r.exec(`UPDATE users SET disabled = false WHERE id = $1`, bob.ID)
	if err := r.AddPasskey(t.Context(), &again, "", true); err != nil {
		t.Error(err)
	}
}

// TestMostPasskeys adds more at once than an account may have.
func TestMostPasskeys(t *testing.T) {
	r := newReplica(t)
	ada := r.user("ada@example.com", "user")
	var refused atomic.Int32
	together(passkey.MaxPerUser+5, func(int) {
		id := uuid.Must(uuid.NewV7())
		err := r.AddPasskey(t.Context(), &passkey.Passkey{
			ID: id.String(), UserID: ada.ID, Name: "Phone", CreatedAt: time.Now(), RPID: "example.com", CredentialID: id[:], PublicKey: []byte("public"),
		}, "", false)
		switch conflict := (*auth.ConflictError)(nil); {
		case errors.As(err, &conflict):
			refused.Add(1)
		case err != nil:
			t.Error(err)
		}
	})
	if n := value[int](r, `SELECT count(*) FROM passkeys`); n != passkey.MaxPerUser || refused.Load() != 5 {
		t.Errorf("%d passkeys, %d refused", n, refused.Load())
	}
}

func TestRenamePasskey(t *testing.T) {
	r := newReplica(t)
	ada, bob := r.user("ada@example.com", "user"), r.user("bob@example.com", "user")
	p := r.passkey(ada.ID, 0)
	if _, err := r.RenamePasskey(t.Context(), bob.ID, p.ID, "Bob's"); !errors.Is(err, passkey.ErrNotFound) {
		t.Errorf("another's: %v", err)
	}
	if got, err := r.RenamePasskey(t.Context(), ada.ID, p.ID, "Tablet"); err != nil || got.Name != "Tablet" || r.stored(p).Name != "Tablet" {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestDeletePasskey: an account deletes its own only, and one that must stay is not deleted.
func TestDeletePasskey(t *testing.T) {
	r := newReplica(t)
	ada, bob := r.user("ada@example.com", "user"), r.user("bob@example.com", "user")
	p, last := r.passkey(ada.ID, 0), errors.New("the last one")
	yes := func(*auth.User, []*passkey.Passkey) error { return nil }
	if _, err := r.DeletePasskey(t.Context(), bob.ID, p.ID, yes); !errors.Is(err, passkey.ErrNotFound) {
		t.Errorf("another's: %v", err)
	}
	if _, err := r.DeletePasskey(t.Context(), ada.ID, p.ID, func(*auth.User, []*passkey.Passkey) error { return last }); !errors.Is(err, last) || r.stored(p) == nil {
		t.Errorf("the last one: %v", err)
	}
	if left, err := r.DeletePasskey(t.Context(), ada.ID, p.ID, yes); err != nil || len(left) != 0 || r.stored(p) != nil {
		t.Errorf("%d are left, %v", len(left), err)
	}
}

func TestUsePasskey(t *testing.T) {
	r := newReplica(t)
	ada, bob := r.user("ada@example.com", "user"), r.user("bob@example.com", "user")
	p, uncounted := r.passkey(ada.ID, 3), r.passkey(ada.ID, 0)
	wrong := use(p, 4)
	wrong.UserID = bob.ID
	if err := r.UsePasskey(t.Context(), wrong); !errors.Is(err, passkey.ErrRefused) || r.stored(p).Suspended() {
		t.Errorf("another account's: %v", err)
	}
	u := use(p, 4)
	u.BackupEligible, u.BackedUp = true, true
	if err := r.UsePasskey(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	if got := r.stored(p); got.SignCount != 4 || !got.BackupEligible || !got.BackedUp || got.LastUsedAt == nil || !got.LastUsedAt.Equal(u.At) {
		t.Errorf("%+v", got)
	}
	if err := r.UsePasskey(t.Context(), use(p, 5)); err != nil || !r.stored(p).BackupEligible || r.stored(p).BackedUp {
		t.Errorf("%+v, %v", r.stored(p), err)
	}
	for range 2 {
		if err := r.UsePasskey(t.Context(), use(uncounted, 0)); err != nil {
			t.Errorf("a device that does not count: %v", err)
		}
	}
	r.exec(`UPDATE users SET disabled = true WHERE id = $1`, ada.ID)
	if err := r.UsePasskey(t.Context(), use(p, 6)); !errors.Is(err, passkey.ErrRefused) {
		t.Errorf("a disabled account: %v", err)
	}
	r.exec(`UPDATE users SET disabled = false WHERE id = $1`, ada.ID)
	if err := r.UsePasskey(t.Context(), use(p, 6)); err != nil {
		t.Error(err)
	}
	for _, id := range []string{p.ID, uncounted.ID} {
		r.exec(`DELETE FROM passkeys WHERE id = $1`, id)
	}
	if err := r.UsePasskey(t.Context(), use(p, 7)); !errors.Is(err, passkey.ErrRefused) {
		t.Errorf("one that is gone: %v", err)
	}
	if r.mailed("passkey_suspended") != 0 {
		t.Error("a mail tells of a copy, and there is none")
	}
}

// TestCopiedPasskey: a count that is not higher is that of a copy. The passkey works no more, for
// neither, and its owner is told once.
func TestCopiedPasskey(t *testing.T) {
	for _, count := range []uint32{0, 1, 6, 7} {
		r := newReplica(t)
		p := r.passkey(r.user("ada@example.com", "user").ID, 7)
		s := keySession(p.UserID)
		if err := r.LoginByPasskey(t.Context(), use(p, count), s, life); !errors.Is(err, passkey.ErrRefused) {
			t.Errorf("%d after 7: %v", count, err)
		}
		for range 2 {
			if err := r.LoginByPasskey(t.Context(), use(p, 8), keySession(p.UserID), life); !errors.Is(err, passkey.ErrRefused) {
				t.Errorf("the owner's after the copy's: %v", err)
			}
		}
		if got := r.stored(p); !got.Suspended() || got.SignCount != 7 || r.living(p.UserID) != 0 || r.mailed("passkey_suspended") != 1 {
			t.Errorf("%+v, %d sessions, %d mails", got, r.living(p.UserID), r.mailed("passkey_suspended"))
		}
	}
}

func TestLoginByPasskey(t *testing.T) {
	r := newReplica(t)
	p := r.passkey(r.user("ada@example.com", "user").ID, 0)
	s := keySession(p.UserID)
	r.exec(`UPDATE users SET disabled = true`)
	if err := r.LoginByPasskey(t.Context(), use(p, 1), s, life); !errors.Is(err, passkey.ErrRefused) || r.stored(p).SignCount != 0 {
		t.Errorf("a disabled account: %v", err)
	}
	r.exec(`UPDATE users SET disabled = false`)
	if err := r.LoginByPasskey(t.Context(), use(p, 1), s, life); err != nil || r.living(p.UserID) != 1 || r.stored(p).SignCount != 1 {
		t.Errorf("%d sessions, %v", r.living(p.UserID), err)
	}
	if u, err := r.User(t.Context(), p.UserID); err != nil || u.LastLoginAt == nil {
		t.Errorf("%+v, %v", u, err)
	}
	if _, err := r.refresh(s); err != nil {
		t.Error(err)
	}
}
