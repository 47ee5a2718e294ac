package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/auth"
	"gatehouse/auth/token"
)

func TestSealedKeys(t *testing.T) {
	r := newReplica(t)
	if keys, err := r.SealedKeys(t.Context()); err != nil || len(keys) != 0 {
		t.Fatalf("before any: %v, %v", keys, err)
	}
	b, a := auth.SealedKey{ID: "b", Algorithm: "EdDSA", Sealed: []byte{0, 1, 255}}, auth.SealedKey{ID: "a", Algorithm: "ES256", Sealed: []byte{2}}
	anew := b
	anew.Sealed = []byte{3}
	for _, k := range []auth.SealedKey{b, a, anew} {
		if err := r.KeepKey(t.Context(), k); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := r.SealedKeys(t.Context())
	if diff := cmp.Diff([]auth.SealedKey{anew, a}, keys); diff != "" || err != nil {
		t.Errorf("error %v, want the older first, sealed anew: %s", err, diff)
	}
}

func TestSecretCheck(t *testing.T) {
	r := newReplica(t)
	if check, err := r.SecretCheck(t.Context()); !errors.Is(err, auth.ErrNotFound) {
		t.Errorf("before any: %q, %v; want ErrNotFound", check, err)
	}
	for _, want := range []string{"first", "second"} {
		if err := r.KeepSecretCheck(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		if check, err := r.SecretCheck(t.Context()); err != nil || check != want {
			t.Errorf("kept %q, %v; want %q", check, err, want)
		}
	}
}

// Replicas that start together make one key between them.
func TestReplicasShareAKey(t *testing.T) {
	one := newReplica(t)
	ids := make([]string, 4)
	errs := make([]error, len(ids))
	together(len(ids), func(i int) {
		errs[i] = one.Exclusively(t.Context(), func(ctx context.Context) error {
			ring, err := auth.OpenKeyring(ctx, one, one.secrets, token.EdDSA)
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
