package keys

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"gatehouse/auth/token"
)

// A new key is published before it signs. The old key is deleted when the last
// token it signed has expired.
func TestRotation(t *testing.T) {
	store, secrets := newFakeStore(), newSecrets()
	ring := store.open(t, secrets, token.EdDSA)
	keys, old := store.with(secrets, token.EdDSA), ring.Signing().ID
	text := sign(t, ring)
	store.clock.advance(time.Hour)
	next := rotate(t, keys, false)
	reload(t, ring)

	for _, step := range []struct {
		name   string
		after  time.Duration
		signs  string
		phases []Phase
	}{
		{"at once", 0, old, []Phase{Signing, Announced}},
		{"just before the announcement ends", announce - time.Second, old, []Phase{Signing, Announced}},
		{"after the announcement", time.Second, next, []Phase{Verifying, Signing}},
		{"while tokens of the old key live", ttl + clockMargin - time.Second, next, []Phase{Verifying, Signing}},
		{"afterwards", time.Second, next, []Phase{Expired, Signing}},
	} {
		store.clock.advance(step.after)
		if got := ring.Signing().ID; got != step.signs {
			t.Errorf("%s: %s signs; want %s (old %s)", step.name, got, step.signs, old)
		}
		if got := phases(t, keys); !slices.Equal(got, step.phases) {
			t.Errorf("%s: phases %v; want %v", step.name, got, step.phases)
		}
		there := bytes.Contains(published(t, ring), []byte(old))
		if err := verify(ring, text); (err == nil) != there || there != (step.phases[0] != Expired) {
			t.Errorf("%s: the old key is published: %t; its token: %v", step.name, there, err)
		}
		if !bytes.Contains(published(t, ring), []byte(next)) {
			t.Errorf("%s: the new key is not published", step.name)
		}
	}
	if err := keys.Upkeep(t.Context()); err != nil || !slices.Equal(phases(t, keys), []Phase{Signing}) {
		t.Errorf("%v, %v; want the old key to be gone", err, phases(t, keys))
	}
}

// Upkeep keeps a key that a replica still signs with, whatever algorithm the
// replica that does the upkeep is configured for.
func TestUpkeepKeepsSigningKeys(t *testing.T) {
	store, secrets := newFakeStore(), newSecrets()
	other := store.open(t, secrets, token.ES256)
	mine := store.open(t, secrets, token.EdDSA)
	keys := store.with(secrets, token.EdDSA)
	for range 100 {
		store.clock.advance(time.Minute)
		for _, ring := range []*Keyring{other, mine} {
			if err := store.MarkSigning(t.Context(), ring.Signing().ID); err != nil {
				t.Fatal(err)
			}
		}
		if err := keys.Upkeep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := phases(t, keys); len(got) != 2 {
		t.Fatalf("phases %v; want both keys", got)
	}
	store.clock.advance(ttl + noteMargin + time.Second)
	if err := keys.Upkeep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := phases(t, keys); !slices.Equal(got, []Phase{Signing}) {
		t.Errorf("phases %v; want the one that signs", got)
	}
}

func TestRotationByAge(t *testing.T) {
	store, secrets := newFakeStore(), newSecrets()
	store.open(t, secrets, token.EdDSA)
	keys := store.with(secrets, token.EdDSA)
	for _, step := range []struct {
		after  time.Duration
		phases []Phase
	}{
		{maxAge - announce - time.Second, []Phase{Signing}},
		{time.Second, []Phase{Signing, Announced}},
		{time.Second, []Phase{Signing, Announced}}, // not a second one
		{announce - time.Second, []Phase{Verifying, Signing}},
		{ttl + clockMargin, []Phase{Signing}},
		{maxAge, []Phase{Signing, Announced}},
	} {
		store.clock.advance(step.after)
		if err := keys.Upkeep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := phases(t, keys); !slices.Equal(got, step.phases) {
			t.Errorf("after %s: phases %v; want %v", step.after, got, step.phases)
		}
	}
	keys.MaxAge = 0
	store.clock.advance(100 * maxAge)
	writes := store.writes
	if err := keys.Upkeep(t.Context()); err != nil || store.writes > writes+1 { // the old key is deleted
		t.Errorf("without a maximum age: %v, %d writes", err, store.writes-writes)
	}
}

func TestRetire(t *testing.T) {
	store, secrets := newFakeStore(), newSecrets()
	ring := store.open(t, secrets, token.EdDSA)
	keys, first := store.with(secrets, token.EdDSA), ring.Signing().ID
	text := sign(t, ring)
	if _, err := keys.Retire(t.Context(), "unknown"); !errors.Is(err, ErrNotFound) {
		t.Fatalf("unknown id: %v; want ErrNotFound", err)
	}
	store.clock.advance(time.Second)
	announced := rotate(t, keys, false)
	successor, err := keys.Retire(t.Context(), first)
	if err != nil || successor == "" || successor == announced {
		t.Fatalf("successor %q, %v; want a new key, because the next one is only announced", successor, err)
	}
	reload(t, ring)
	if got := ring.Signing().ID; got != successor {
		t.Errorf("%s signs; want %s", got, successor)
	}
	if err := verify(ring, text); !errors.Is(err, token.ErrInvalid) {
		t.Errorf("a token signed with the retired key: %v; want ErrInvalid", err)
	}
	text = sign(t, ring)
	if successor, err := keys.Retire(t.Context(), announced); err != nil || successor != "" {
		t.Errorf("retired a key that never signed: successor %q, %v; want none", successor, err)
	}
	reload(t, ring)
	if err := verify(ring, text); err != nil {
		t.Errorf("a token signed with the signing key: %v", err)
	}
}

func TestReplaceEndsEveryToken(t *testing.T) {
	store, secrets := newFakeStore(), newSecrets()
	other := store.open(t, secrets, token.ES256)
	ring := store.open(t, secrets, token.EdDSA)
	texts := []string{sign(t, other), sign(t, ring)}
	id, err := store.with(secrets, token.EdDSA).Replace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	reload(t, ring)
	for _, text := range texts {
		if err := verify(ring, text); !errors.Is(err, token.ErrInvalid) {
			t.Errorf("an old token: %v; want ErrInvalid", err)
		}
	}
	if ring.Signing().ID != id || verify(ring, sign(t, ring)) != nil || len(store.keys) != 1 {
		t.Errorf("%s signs, %d keys; want %s alone", ring.Signing().ID, len(store.keys), id)
	}
}

func TestImport(t *testing.T) {
	store, secrets := newFakeStore(), newSecrets()
	ring := store.open(t, secrets, token.EdDSA)
	keys := store.with(secrets, token.EdDSA)
	imported, otherAlg := newKey(t, token.EdDSA), newKey(t, token.RS256)
	store.clock.advance(time.Second)
	for _, key := range []*token.Key{imported, otherAlg} {
		if err := keys.Import(t.Context(), key, false); err != nil {
			t.Fatal(err)
		}
		if err := keys.Import(t.Context(), key, false); !errors.Is(err, ErrTaken) {
			t.Errorf("the same key again: %v; want ErrTaken", err)
		}
	}
	reload(t, ring)
	if ring.Signing().ID == imported.ID {
		t.Error("it signs before the announcement ends")
	}
	store.clock.advance(announce)
	if ring.Signing().ID != imported.ID {
		t.Error("it does not sign after the announcement")
	}
	store.clock.advance(maxAge / 2)
	if err := keys.Upkeep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := phases(t, keys); !slices.Equal(got, []Phase{Signing, Ready}) {
		t.Errorf("phases %v; want to keep the key whose algorithm is not in use yet", got)
	}
}

func TestKeysOfAnotherDeployment(t *testing.T) {
	store := newFakeStore()
	store.open(t, newSecrets(), token.EdDSA)
	keys, writes := store.with(newSecrets(), token.EdDSA), store.writes
	_, rotated := keys.Rotate(t.Context(), token.EdDSA, false)
	_, retired := keys.Retire(t.Context(), store.keys[0].ID)
	_, replaced := keys.Replace(t.Context())
	for name, err := range map[string]error{
		"rotate": rotated, "retire": retired, "replace": replaced,
		"import": keys.Import(t.Context(), newKey(t, token.EdDSA), false),
	} {
		if !errors.Is(err, ErrOtherSecret) {
			t.Errorf("%s: %v; want ErrOtherSecret", name, err)
		}
	}
	if store.writes != writes {
		t.Errorf("wrote although it refused")
	}
}

// A first start that was interrupted stored a key but no check value yet.
func TestKeysOfAnotherSecretWithoutACheck(t *testing.T) {
	store, secrets := newFakeStore(), newSecrets()
	store.open(t, secrets, token.EdDSA)
	store.check = ""
	if _, err := store.with(newSecrets(), token.EdDSA).Open(t.Context()); !errors.Is(err, ErrOtherSecret) || store.check != "" {
		t.Errorf("%v; want ErrOtherSecret", err)
	}
	store.open(t, secrets, token.EdDSA)
}

// A replica leaves out a key sealed under a secret it was not given yet, and goes
// on with the others.
func TestKeySealedElsewhere(t *testing.T) {
	store, before, after := newFakeStore(), newSecrets(), newSecrets()
	ring := store.open(t, before, token.EdDSA)
	text := sign(t, ring)
	changing := token.Secrets{Current: after.Current, Previous: &before.Current}
	if err := store.with(changing, token.EdDSA).save(t.Context(), newKey(t, token.EdDSA), 0, changing); err != nil {
		t.Fatal(err)
	}
	if err := store.with(changing, token.EdDSA).reseal(t.Context(), store.keys); err != nil { // the keys that the replica knows
		t.Fatal(err)
	}
	reload(t, ring)
	if err := verify(ring, text); err != nil || len(store.faults) != 1 || !errors.Is(store.faults[0], token.ErrOtherSecret) {
		t.Errorf("a token whose key can be opened: %v; faults %v", err, store.faults)
	}
}
