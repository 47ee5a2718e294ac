package keys

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"gatehouse/auth/token"
)

func TestKeyringAtTheSecondStart(t *testing.T) {
	store, secrets := newFakeStore(), newSecrets()
	first := store.open(t, secrets, token.EdDSA)
	text, writes := sign(t, first), store.writes
	second := store.open(t, secrets, token.EdDSA)
	if second.Signing().ID != first.Signing().ID || len(store.keys) != 1 {
		t.Errorf("after the second start another key signs; %d keys are stored", len(store.keys))
	}
	if err := verify(second, text); err != nil {
		t.Errorf("a token issued before the restart: %v", err)
	}
	if store.writes > writes+1 { // the check value
		t.Errorf("the second start wrote %d times", store.writes-writes)
	}
	if jwks := published(t, second); !bytes.Contains(jwks, []byte(first.Signing().ID)) {
		t.Errorf("JWKS %s; want the key in it", jwks)
	}
}

func TestKeyringOfAnotherAlgorithm(t *testing.T) {
	store, secrets := newFakeStore(), newSecrets()
	old := store.open(t, secrets, token.EdDSA)
	text := sign(t, old)
	changed := store.open(t, secrets, token.ES256)
	if err := verify(changed, text); err != nil {
		t.Errorf("a token issued before the change: %v", err)
	}
	back := store.open(t, secrets, token.EdDSA)
	if back.Signing().ID != old.Signing().ID || len(store.keys) != 2 {
		t.Errorf("changed back, another key signs; %d keys are stored", len(store.keys))
	}
	if err := verify(back, sign(t, changed)); err != nil {
		t.Errorf("changed back, a token issued in between: %v", err)
	}
}

func TestKeyringSignsWithTheNewest(t *testing.T) {
	store, secrets := newFakeStore(), newSecrets()
	older := store.open(t, secrets, token.EdDSA)
	store.clock.advance(time.Second)
	newer, err := store.with(secrets, token.EdDSA).Rotate(t.Context(), token.EdDSA, true)
	if err != nil {
		t.Fatal(err)
	}
	both := store.open(t, secrets, token.EdDSA)
	if both.Signing().ID != newer {
		t.Error("the older of two keys signs")
	}
	if err := verify(both, sign(t, older)); err != nil {
		t.Errorf("a token signed with the older key: %v", err)
	}
}

func TestKeyringRefusesAnotherSecret(t *testing.T) {
	mine, other, third := newSecrets(), newSecrets(), newSecrets()
	tests := []struct {
		name    string
		secrets token.Secrets
		want    error
	}{
		{"another", other, ErrOtherSecret},
		{"another, with a third as the previous one", token.Secrets{Current: other.Current, Previous: &third.Current}, ErrOtherSecret},
		{"the same", mine, nil},
		{"the same, with another as the previous one", token.Secrets{Current: mine.Current, Previous: &other.Current}, nil},
		{"another, with this one as the previous one", token.Secrets{Current: other.Current, Previous: &mine.Current}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store := newFakeStore()
			store.open(t, mine, token.EdDSA)
			keys, check, writes := slices.Clone(store.keys), store.check, store.writes
			_, err := store.with(tt.secrets, token.EdDSA).Open(t.Context())
			if !errors.Is(err, tt.want) {
				t.Fatalf("error %v; want %v", err, tt.want)
			}
			if err != nil && (store.writes != writes || store.check != check || !bytes.Equal(store.keys[0].Sealed, keys[0].Sealed)) {
				t.Error("wrote although it refused")
			}
		})
	}
}

func TestChangeOfTheSecret(t *testing.T) {
	before, after := newSecrets(), newSecrets()
	changing := token.Secrets{Current: after.Current, Previous: &before.Current}
	made := newFakeStore()
	text := sign(t, made.open(t, before, token.EdDSA))
	made.open(t, before, token.ES256)
	// The change writes two keys and the check value. It may be interrupted before
	// each of the three writes, or not at all.
	for crash := range 4 {
		t.Run(fmt.Sprintf("crash at write %d", crash), func(t *testing.T) {
			store := &fakeStore{clock: &clock{start}, keys: slices.Clone(made.keys), check: made.check, crash: crash}
			_, err := store.with(changing, token.EdDSA).Open(t.Context())
			if want := map[bool]error{true: errCrash}[crash > 0]; !errors.Is(err, want) {
				t.Fatalf("error %v; want %v", err, want)
			}
			if crash > 0 {
				if _, err := store.with(after, token.EdDSA).Open(t.Context()); !errors.Is(err, ErrOtherSecret) {
					t.Fatalf("interrupted, and the previous secret removed: error %v; want ErrOtherSecret", err)
				}
			}
			store.open(t, changing, token.EdDSA)
			ring := store.open(t, after, token.EdDSA) // the previous secret may be removed now
			if err := verify(ring, text); err != nil {
				t.Errorf("a token issued before the change: %v", err)
			}
			if len(store.keys) != 2 {
				t.Errorf("%d keys are stored; want the same 2", len(store.keys))
			}
			if _, err := store.with(before, token.EdDSA).Open(t.Context()); !errors.Is(err, ErrOtherSecret) {
				t.Errorf("with the old secret alone: error %v; want ErrOtherSecret", err)
			}
		})
	}
}

func TestKeyringRefusesDamagedKeys(t *testing.T) {
	store, secrets := newFakeStore(), newSecrets()
	store.open(t, secrets, token.EdDSA)
	good := slices.Clone(store.keys)
	damage := map[string]func(k *SealedKey){
		"a bit":           func(k *SealedKey) { k.Sealed = slices.Clone(k.Sealed); k.Sealed[len(k.Sealed)-1] ^= 1 },
		"cut short":       func(k *SealedKey) { k.Sealed = k.Sealed[:10] },
		"another id":      func(k *SealedKey) { k.ID = "other" },
		"other algorithm": func(k *SealedKey) { k.Algorithm = token.HS256 },
	}
	for name, do := range damage {
		t.Run(name, func(t *testing.T) {
			store.keys = slices.Clone(good)
			do(&store.keys[0])
			if ring, err := store.with(secrets, token.EdDSA).Open(t.Context()); err == nil || ring != nil {
				t.Errorf("opened %+v", ring)
			}
			store.keys = good
			store.open(t, secrets, token.EdDSA)
		})
	}
}

// Read opens the keys and writes nothing.
func TestReadChangesNothing(t *testing.T) {
	store, secrets := newFakeStore(), newSecrets()
	if ring, err := store.with(secrets, token.EdDSA).Read(t.Context()); err != nil || ring.Signing() != nil || store.writes != 0 {
		t.Fatalf("without keys: %v, %d writes; want a keyring without keys", err, store.writes)
	}
	text := sign(t, store.open(t, secrets, token.EdDSA))
	writes := store.writes
	ring, err := store.with(token.Secrets{Current: newSecrets().Current, Previous: &secrets.Current}, token.ES256).Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := verify(ring, text); err != nil {
		t.Errorf("a token of the deployment: %v", err)
	}
	if _, err := store.with(newSecrets(), token.EdDSA).Read(t.Context()); !errors.Is(err, ErrOtherSecret) {
		t.Errorf("with another secret: %v; want ErrOtherSecret", err)
	}
	store.keys[0].Sealed = store.keys[0].Sealed[:10]
	if _, err := store.with(secrets, token.EdDSA).Read(t.Context()); err == nil {
		t.Error("a damaged key is left out; want an error")
	}
	if store.writes != writes {
		t.Errorf("%d writes; want none", store.writes-writes)
	}
}
