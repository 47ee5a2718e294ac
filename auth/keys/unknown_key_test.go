package auth

import (
	"errors"
	"testing"

	"gatehouse/auth/token"
)

// A key that the ring has not heard of is looked for, but not for every id that a stranger thinks of.
func TestUnknownKeys(t *testing.T) {
	store, secrets := newChest(), newSecrets()
	ring, other := store.open(t, secrets, token.EdDSA), store.open(t, secrets, token.ES256)
	text := sign(t, other)
	if err := ring.verifies(text); err != nil {
		t.Errorf("a token of a key that another replica made: %v", err)
	}
	reads := store.reads
	for range 100 {
		if _, err := ring.Key(t.Context(), "nobody's"); !errors.Is(err, token.ErrInvalid) {
			t.Fatalf("an id that is nobody's: %v; want ErrInvalid", err)
		}
	}
	if store.reads != reads {
		t.Errorf("%d readings in the same second; want none", store.reads-reads)
	}
	store.clock.advance(missEvery)
	epoch := ring.Epoch()
	for range 100 {
		_, _ = ring.Key(t.Context(), "nobody's")
	}
	if store.reads != reads+1 {
		t.Errorf("%d readings in the next second; want one", store.reads-reads)
	}
	if ring.Epoch() != epoch {
		t.Error("a stranger made every token be verified again; want that the keys are known to be the same")
	}
	ring.rotate(t, true)
	if reload(t, ring); ring.Epoch() == epoch {
		t.Error("there is another key, and the epoch is the same")
	}
}

// Where the database is silent, a key that is not known may be one all the same, and who waited to learn that does not wait again.
func TestUnknownKeysWhileTheDatabaseIsAway(t *testing.T) {
	store, secrets := newChest(), newSecrets()
	ring, other := store.open(t, secrets, token.EdDSA), store.open(t, secrets, token.ES256)
	a := &Authenticator{Callers: heard(liveWith(store.clock)), Tokens: &token.Verifier{Issuer: issuer, Audience: issuer, Key: ring.Key, Now: store.clock.now}}
	header := []string{"Bearer " + sign(t, other)}
	store.silent = 10 * missEvery
	reads := store.reads
	for range 100 {
		if _, err := a.Authenticate(t.Context(), header); !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrTokenInvalid) {
			t.Fatalf("a token of a key that can't be looked for: %v; want ErrUnavailable", err)
		}
	}
	if store.reads != reads+1 {
		t.Errorf("%d readings; want one", store.reads-reads)
	}
	if _, err := a.Authenticate(t.Context(), []string{"Bearer " + sign(t, ring)}); err != nil {
		t.Errorf("a token of a key that is known: %v", err)
	}
	store.silent = 0
	store.clock.advance(missEvery)
	if err := ring.verifies(sign(t, other)); err != nil {
		t.Errorf("the database is there again: %v", err)
	}
}
