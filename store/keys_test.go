package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gatehouse/auth"
	"gatehouse/auth/clock"
	"gatehouse/auth/keys"
	"gatehouse/auth/token"
)

func TestSealedKeys(t *testing.T) {
	r := newReplica(t)
	if sealed, err := r.SealedKeys(t.Context()); err != nil || len(sealed) != 0 {
		t.Fatalf("before any: %v, %v", sealed, err)
	}
	b, a := keys.SealedKey{ID: "b", Algorithm: "EdDSA", Sealed: []byte{0, 1, 255}}, keys.SealedKey{ID: "a", Algorithm: "ES256", Sealed: []byte{2}}
	anew := b
	anew.Sealed = []byte{3}
	for _, k := range []keys.SealedKey{b, a, anew} {
		if err := r.SaveKey(t.Context(), k, 0); err != nil {
			t.Fatal(err)
		}
	}
	r.hasKeys(t, anew, a)
	if heard := r.changes(); len(heard) != 3 || !heard[0].Keys {
		t.Errorf("changes %+v; want one of the keys each time", heard)
	}
	if err := r.DeleteKey(t.Context(), "b"); err != nil {
		t.Fatal(err)
	}
	r.hasKeys(t, a)
	if heard := r.changes(); len(heard) != 1 || !heard[0].Keys {
		t.Errorf("changes %+v; want one of the keys", heard)
	}
	if err := r.DeleteKey(t.Context(), "b"); !errors.Is(err, keys.ErrNotFound) || len(r.changes()) != 0 {
		t.Errorf("dropped twice: %v; want ErrNotFound", err)
	}
}

// hasKeys makes sure that exactly these keys are stored, in this order.
func (r *replica) hasKeys(t *testing.T, want ...keys.SealedKey) {
	t.Helper()
	sealed, err := r.SealedKeys(t.Context())
	if diff := cmp.Diff(want, sealed, cmpopts.IgnoreFields(keys.SealedKey{}, "CreatedAt", "SignsFrom")); diff != "" || err != nil {
		t.Errorf("error %v, other keys, or another order: %s", err, diff)
	}
}

// Keys are in the order in which they sign, by the database's clock.
func TestAnnouncedKeys(t *testing.T) {
	r := newReplica(t)
	for id, announce := range map[string]time.Duration{"later": time.Hour, "now": 0, "soon": time.Minute} {
		if err := r.SaveKey(t.Context(), keys.SealedKey{ID: id, Algorithm: "EdDSA", Sealed: []byte{1}}, announce); err != nil {
			t.Fatal(err)
		}
	}
	sealed, err := r.SealedKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		id    string
		after time.Duration
	}{{"now", 0}, {"soon", time.Minute}, {"later", time.Hour}} {
		if got := sealed[i]; got.ID != want.id || got.SignsFrom.Sub(got.CreatedAt) != want.after || got.SignedAt != nil {
			t.Errorf("key %d is %+v; want %q, which signs %v after it was made", i, got, want.id, want.after)
		}
	}
	for range 2 {
		if err := r.MarkSigning(t.Context(), "now"); err != nil {
			t.Fatal(err)
		}
	}
	first := value[time.Time](r, `SELECT signed_at FROM signing_keys WHERE id = 'now'`)
	if writes := value[int](r, `SELECT count(*) FROM signing_keys WHERE signed_at IS NOT NULL`); writes != 1 {
		t.Errorf("%d keys sign; want one", writes)
	}
	r.exec(`UPDATE signing_keys SET signed_at = signed_at - interval '2 minutes'`)
	if err := r.MarkSigning(t.Context(), "now"); err != nil {
		t.Fatal(err)
	}
	if again := value[time.Time](r, `SELECT signed_at FROM signing_keys WHERE id = 'now'`); again.Before(first) {
		t.Errorf("it was said to sign at %v, after %v: that is not noted", again, first)
	}
}

func TestSecretCheck(t *testing.T) {
	r := newReplica(t)
	if check, err := r.SecretCheck(t.Context()); !errors.Is(err, auth.ErrNotFound) {
		t.Errorf("before any: %q, %v; want ErrNotFound", check, err)
	}
	for _, want := range []string{"first", "second"} {
		if err := r.SaveSecretCheck(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		if check, err := r.SecretCheck(t.Context()); err != nil || check != want {
			t.Errorf("stored %q, %v; want %q", check, err, want)
		}
	}
}

// Replicas that start at the same time make one key in all.
func TestReplicasShareAKey(t *testing.T) {
	one := newReplica(t)
	ids := make([]string, 4)
	errs := make([]error, len(ids))
	together(len(ids), func(i int) {
		errs[i] = one.Exclusively(t.Context(), func(ctx context.Context) error {
			k := &keys.Keys{Store: one, Secrets: one.secrets, Algorithm: token.EdDSA, Clock: clock.New(time.Now)}
			ring, err := k.Open(ctx)
			if err == nil {
				ids[i] = ring.Signing().ID
			}
			return err
		})
	})
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if id != ids[0] {
			t.Errorf("keys %v; want one", ids)
		}
	}
}
