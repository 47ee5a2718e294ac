package keys

import (
	"slices"
	"testing"
	"time"

	"gatehouse/auth/token"
)

var idAlgorithms = []token.Algorithm{token.RS256, token.ES256, token.EdDSA}

// withIDTokens returns Keys whose ID tokens are signed with all algorithms.
func (s *fakeStore) withIDTokens(secrets token.Secrets, alg token.Algorithm) *Keys {
	k := s.with(secrets, alg)
	k.IDTokens = idAlgorithms
	return k
}

// algorithmsOf are the algorithms of the stored keys, in their order.
func (s *fakeStore) algorithmsOf() (algs []token.Algorithm) {
	for _, k := range s.keys {
		algs = append(algs, k.Algorithm)
	}
	return algs
}

// TestIDTokenKeys: a first start with ID tokens makes their keys, once, and access tokens keep
// their algorithm.
func TestIDTokenKeys(t *testing.T) {
	for _, tt := range []struct {
		access token.Algorithm
		want   []token.Algorithm
	}{
		{unset, []token.Algorithm{token.ES256, token.RS256, token.EdDSA}},
		{token.EdDSA, []token.Algorithm{token.EdDSA, token.RS256, token.ES256}},
		{token.RS256, []token.Algorithm{token.RS256, token.ES256, token.EdDSA}},
		{token.HS256, []token.Algorithm{token.HS256, token.RS256, token.ES256, token.EdDSA}},
	} {
		store, secrets := newFakeStore(), newSecrets()
		if _, err := store.with(secrets, tt.access).Open(t.Context()); err != nil || len(store.keys) != 1 {
			t.Fatalf("%q without ID tokens: %v, %v", tt.access, store.algorithmsOf(), err)
		}
		var first string
		for range 3 {
			ring, err := store.withIDTokens(secrets, tt.access).Open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := store.algorithmsOf(); !slices.Equal(got, tt.want) {
				t.Errorf("%q: keys for %v, want %v", tt.access, got, tt.want)
			}
			signing := ring.SigningOf(token.RS256)
			if ring.Signing().Algorithm != tt.want[0] || signing == nil || signing.Algorithm != token.RS256 {
				t.Errorf("%q: access tokens with %v, ID tokens with %v", tt.access, ring.Signing(), signing)
			}
			if first == "" {
				first = signing.ID
			} else if signing.ID != first {
				t.Errorf("%q: another key signs ID tokens after a restart", tt.access)
			}
			for _, phase := range phases(t, store.withIDTokens(secrets, tt.access)) {
				if phase != Signing {
					t.Errorf("%q: a key is %s", tt.access, phase)
				}
			}
			text, err := signing.SignIDToken([]byte(`{}`))
			short := tt.access != token.RS256
			if err != nil || (len(text) < 450) != short { // 342 characters are 2,048 bits
				t.Errorf("%q: %d characters, %v", tt.access, len(text), err)
			}
		}
	}
}

// TestIDTokenKeyIsRetired: a key that signs ID tokens gets a successor, and access tokens keep
// their key and algorithm.
func TestIDTokenKeyIsRetired(t *testing.T) {
	store, secrets := newFakeStore(), newSecrets()
	k := store.withIDTokens(secrets, unset)
	ring, err := k.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	access, old := ring.Signing().ID, ring.SigningOf(token.RS256).ID
	successor, err := k.Retire(t.Context(), old)
	if err != nil || successor == "" {
		t.Fatalf("successor %q, %v", successor, err)
	}
	reload(t, ring)
	if ring.Signing().ID != access || ring.SigningOf(token.RS256).ID != successor {
		t.Errorf("access tokens with %v, ID tokens with %v", ring.Signing(), ring.SigningOf(token.RS256))
	}
	if _, err := ring.Key(t.Context(), old); err == nil {
		t.Error("the retired key verifies")
	}
	if next, err := store.with(secrets, unset).Retire(t.Context(), successor); err != nil || next != "" {
		t.Errorf("without ID tokens it is a key like others: %q, %v", next, err)
	}
	if err := k.Upkeep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if reload(t, ring); ring.SigningOf(token.RS256) == nil || ring.Signing().ID != access {
		t.Errorf("upkeep makes no key for ID tokens: %v", store.algorithmsOf())
	}
}

// TestIDTokenKeysGrowOld: keys of ID tokens are replaced and deleted as those of access tokens.
func TestIDTokenKeysGrowOld(t *testing.T) {
	store, secrets := newFakeStore(), newSecrets()
	k := store.withIDTokens(secrets, token.EdDSA)
	ring, err := k.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	old := ring.SigningOf(token.RS256).ID
	upkeep := func(after time.Duration) {
		t.Helper()
		store.clock.advance(after)
		if err := store.MarkSigning(t.Context(), ring.Signing().ID); err != nil {
			t.Fatal(err)
		}
		if err := k.Upkeep(t.Context()); err != nil {
			t.Fatal(err)
		}
		reload(t, ring)
	}
	upkeep(time.Hour)
	if len(store.keys) != 3 {
		t.Fatalf("young keys are replaced: %v", store.algorithmsOf())
	}
	upkeep(maxAge - announce)
	if len(store.keys) != 6 || ring.SigningOf(token.RS256).ID != old {
		t.Fatalf("%v are stored, %v signs", store.algorithmsOf(), ring.SigningOf(token.RS256))
	}
	store.clock.advance(announce)
	if ring.SigningOf(token.RS256).ID == old || ring.Signing().Algorithm != token.EdDSA {
		t.Error("the old key signs although its successor was announced")
	}
	if _, err := ring.Key(t.Context(), old); err != nil {
		t.Errorf("ID tokens of the old key: %v", err)
	}
	upkeep(ttl + time.Minute)
	if len(store.keys) != 3 {
		t.Errorf("%v are stored, %v", store.algorithmsOf(), phases(t, k))
	}
}

// TestReplaceIDTokenKeys: replacing all keys leaves none of the old ones and misses none, also
// by a command without the service's settings.
func TestReplaceIDTokenKeys(t *testing.T) {
	for _, known := range []bool{true, false} {
		store, secrets := newFakeStore(), newSecrets()
		ring, err := store.withIDTokens(secrets, unset).Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		old := ring.SigningOf(token.RS256).ID
		store.clock.advance(time.Minute)
		k := store.with(secrets, unset)
		if known {
			k = store.withIDTokens(secrets, unset)
		}
		id, err := k.Replace(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		reload(t, ring)
		if ring.Signing().ID != id || ring.SigningOf(token.RS256) == nil || ring.SigningOf(token.RS256).ID == old {
			t.Errorf("known %v: access tokens with %v, ID tokens with %v", known, ring.Signing(), ring.SigningOf(token.RS256))
		}
	}
}

// TestKeyRotationOfIDTokens: the key of RS256 for ID tokens is the smaller one, however it is
// made.
func TestKeyRotationOfIDTokens(t *testing.T) {
	store, secrets := newFakeStore(), newSecrets()
	k := store.withIDTokens(secrets, token.ES256)
	ring, err := k.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id, err := k.Rotate(t.Context(), token.RS256, true)
	if err != nil {
		t.Fatal(err)
	}
	reload(t, ring)
	text, err := ring.SigningOf(token.RS256).SignIDToken([]byte(`{}`))
	if err != nil || ring.SigningOf(token.RS256).ID != id || len(text) > 450 {
		t.Errorf("%d characters by %v, %v", len(text), ring.SigningOf(token.RS256), err)
	}
}
