package auth

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"gatehouse/auth/token"
)

// rotate makes the next key.
func (k *Keys) rotate(t *testing.T, atOnce bool) string {
	t.Helper()
	id, err := k.Rotate(t.Context(), k.Algorithm, atOnce)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func reload(t *testing.T, r *Keyring) {
	t.Helper()
	if err := r.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A new key is published before it signs; the one before it goes when the last token that it signed has expired.
func TestRotation(t *testing.T) {
	store, secrets := newChest(), newSecrets()
	ring := store.open(t, secrets, token.EdDSA)
	keys, old := store.with(secrets, token.EdDSA), ring.Signing().ID
	text := sign(t, ring)
	store.clock.advance(time.Hour)
	next := keys.rotate(t, false)
	reload(t, ring)

	for _, step := range []struct {
		name   string
		after  time.Duration
		signs  string
		phases []KeyPhase
	}{
		{"at once", 0, old, []KeyPhase{KeySigning, KeyAnnounced}},
		{"announced almost long enough", announce - time.Second, old, []KeyPhase{KeySigning, KeyAnnounced}},
		{"announced", time.Second, next, []KeyPhase{KeyVerifying, KeySigning}},
		{"while tokens of the old one live", ttl + clockMargin - time.Second, next, []KeyPhase{KeyVerifying, KeySigning}},
		{"afterwards", time.Second, next, []KeyPhase{KeyExpired, KeySigning}},
	} {
		store.clock.advance(step.after)
		if got := ring.Signing().ID; got != step.signs {
			t.Errorf("%s: %s signs; want %s (old %s)", step.name, got, step.signs, old)
		}
		if got := phases(t, keys); !slices.Equal(got, step.phases) {
			t.Errorf("%s: phases %v; want %v", step.name, got, step.phases)
		}
		there := bytes.Contains(published(t, ring), []byte(old))
		if err := ring.verifies(text); (err == nil) != there || there != (step.phases[0] != KeyExpired) {
			t.Errorf("%s: the old key is published: %t; its token: %v", step.name, there, err)
		}
		if !bytes.Contains(published(t, ring), []byte(next)) {
			t.Errorf("%s: the new key is not published", step.name)
		}
	}
	if err := keys.Upkeep(t.Context()); err != nil || !slices.Equal(phases(t, keys), []KeyPhase{KeySigning}) {
		t.Errorf("%v, %v; want the old key to be gone", err, phases(t, keys))
	}
}

func phases(t *testing.T, keys *Keys) []KeyPhase {
	t.Helper()
	ages, err := keys.Ages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var all []KeyPhase
	for _, age := range ages {
		all = append(all, age.Phase)
	}
	return all
}

// A key that a replica still signs with is not dropped, whatever another replica's settings say.
func TestUpkeepLeavesWhatSigns(t *testing.T) {
	store, secrets := newChest(), newSecrets()
	other := store.open(t, secrets, token.ES256)
	mine := store.open(t, secrets, token.EdDSA)
	keys := store.with(secrets, token.EdDSA)
	for range 100 {
		store.clock.advance(time.Minute)
		for _, ring := range []*Keyring{other, mine} {
			if err := store.KeySigns(t.Context(), ring.Signing().ID); err != nil {
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
	if got := phases(t, keys); !slices.Equal(got, []KeyPhase{KeySigning}) {
		t.Errorf("phases %v; want the one that signs", got)
	}
}

func TestRotationByAge(t *testing.T) {
	store, secrets := newChest(), newSecrets()
	store.open(t, secrets, token.EdDSA)
	keys := store.with(secrets, token.EdDSA)
	for _, step := range []struct {
		after  time.Duration
		phases []KeyPhase
	}{
		{maxAge - announce - time.Second, []KeyPhase{KeySigning}},
		{time.Second, []KeyPhase{KeySigning, KeyAnnounced}},
		{time.Second, []KeyPhase{KeySigning, KeyAnnounced}}, // and not a second one
		{announce - time.Second, []KeyPhase{KeyVerifying, KeySigning}},
		{ttl + clockMargin, []KeyPhase{KeySigning}},
		{maxAge, []KeyPhase{KeySigning, KeyAnnounced}},
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
	if err := keys.Upkeep(t.Context()); err != nil || store.writes > writes+1 { // the one before goes
		t.Errorf("without a greatest age: %v, %d writes", err, store.writes-writes)
	}
}

func TestRetire(t *testing.T) {
	store, secrets := newChest(), newSecrets()
	ring := store.open(t, secrets, token.EdDSA)
	keys, first := store.with(secrets, token.EdDSA), ring.Signing().ID
	text := sign(t, ring)
	if _, err := keys.Retire(t.Context(), "nobody's"); !errors.Is(err, ErrNoKey) {
		t.Fatalf("a key there is none of: %v; want ErrNoKey", err)
	}
	store.clock.advance(time.Second)
	announced := keys.rotate(t, false)
	successor, err := keys.Retire(t.Context(), first)
	if err != nil || successor == "" || successor == announced {
		t.Fatalf("successor %q, %v; want a new one, for the next is only announced", successor, err)
	}
	reload(t, ring)
	if got := ring.Signing().ID; got != successor {
		t.Errorf("%s signs; want %s", got, successor)
	}
	if err := ring.verifies(text); !errors.Is(err, token.ErrInvalid) {
		t.Errorf("a token of the retired key: %v; want ErrInvalid", err)
	}
	text = sign(t, ring)
	if successor, err := keys.Retire(t.Context(), announced); err != nil || successor != "" {
		t.Errorf("successor %q, %v of a key that never signed; want none", successor, err)
	}
	reload(t, ring)
	if err := ring.verifies(text); err != nil {
		t.Errorf("a token of the key that signs: %v", err)
	}
}

func TestReplaceEndsEveryToken(t *testing.T) {
	store, secrets := newChest(), newSecrets()
	other := store.open(t, secrets, token.ES256)
	ring := store.open(t, secrets, token.EdDSA)
	texts := []string{sign(t, other), sign(t, ring)}
	id, err := store.with(secrets, token.EdDSA).Replace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	reload(t, ring)
	for _, text := range texts {
		if err := ring.verifies(text); !errors.Is(err, token.ErrInvalid) {
			t.Errorf("a token of before: %v; want ErrInvalid", err)
		}
	}
	if ring.Signing().ID != id || ring.verifies(sign(t, ring)) != nil || len(store.keys) != 1 {
		t.Errorf("%s signs, %d keys; want %s alone", ring.Signing().ID, len(store.keys), id)
	}
}

func TestImport(t *testing.T) {
	store, secrets := newChest(), newSecrets()
	ring := store.open(t, secrets, token.EdDSA)
	keys := store.with(secrets, token.EdDSA)
	brought, foreign := newKey(t, token.EdDSA), newKey(t, token.RS256)
	store.clock.advance(time.Second)
	for _, key := range []*token.Key{brought, foreign} {
		if err := keys.Import(t.Context(), key, false); err != nil {
			t.Fatal(err)
		}
		if err := keys.Import(t.Context(), key, false); !errors.Is(err, ErrKeyTaken) {
			t.Errorf("the same key again: %v; want ErrKeyTaken", err)
		}
	}
	reload(t, ring)
	if ring.Signing().ID == brought.ID {
		t.Error("it signs before it was announced")
	}
	store.clock.advance(announce)
	if ring.Signing().ID != brought.ID {
		t.Error("announced, it does not sign")
	}
	store.clock.advance(maxAge / 2)
	if err := keys.Upkeep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := phases(t, keys); !slices.Equal(got, []KeyPhase{KeySigning, KeyReady}) {
		t.Errorf("phases %v; want the key of an algorithm that is not in use yet to be kept", got)
	}
}

func TestKeysOfAnotherDeployment(t *testing.T) {
	store := newChest()
	store.open(t, newSecrets(), token.EdDSA)
	keys, writes := store.with(newSecrets(), token.EdDSA), store.writes
	_, rotated := keys.Rotate(t.Context(), token.EdDSA, false)
	_, retired := keys.Retire(t.Context(), store.keys[0].ID)
	_, replaced := keys.Replace(t.Context())
	for name, err := range map[string]error{
		"rotate": rotated, "retire": retired, "replace": replaced, "import": keys.Import(t.Context(), newKey(t, token.EdDSA), false),
	} {
		if !errors.Is(err, ErrOtherSecret) {
			t.Errorf("%s: %v; want ErrOtherSecret", name, err)
		}
	}
	if store.writes != writes {
		t.Errorf("refused, and yet wrote")
	}
}

// A first start that was cut off has kept a key and not yet whose it is.
func TestKeysOfAnotherSecretWithoutACheck(t *testing.T) {
	store, secrets := newChest(), newSecrets()
	store.open(t, secrets, token.EdDSA)
	store.check = ""
	if _, err := store.with(newSecrets(), token.EdDSA).Open(t.Context()); !errors.Is(err, ErrOtherSecret) || store.check != "" {
		t.Errorf("%v; want ErrOtherSecret", err)
	}
	store.open(t, secrets, token.EdDSA)
}

// A key that is sealed under a secret that a replica does not know yet is left out, and the others serve.
func TestKeySealedElsewhere(t *testing.T) {
	store, before, after := newChest(), newSecrets(), newSecrets()
	ring := store.open(t, before, token.EdDSA)
	text := sign(t, ring)
	changing := token.Secrets{Current: after.Current, Previous: &before.Current}
	if err := store.with(changing, token.EdDSA).keep(t.Context(), newKey(t, token.EdDSA), 0, changing); err != nil {
		t.Fatal(err)
	}
	if err := store.with(changing, token.EdDSA).reseal(t.Context(), store.keys); err != nil { // what it knows already
		t.Fatal(err)
	}
	reload(t, ring)
	if err := ring.verifies(text); err != nil || len(store.faults) != 1 || !errors.Is(store.faults[0], token.ErrOtherSecret) {
		t.Errorf("a token of a key that can be opened: %v; faults %v", err, store.faults)
	}
}
