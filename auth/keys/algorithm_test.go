package keys

import (
	"slices"
	"testing"
	"time"

	"gatehouse/auth/token"
)

// unset is Keys without a configured algorithm.
const unset token.Algorithm = ""

// TestUnsetAlgorithm: without a configured algorithm, a new deployment signs
// with the default, and one with keys goes on with them, under the same key.
func TestUnsetAlgorithm(t *testing.T) {
	for _, first := range []token.Algorithm{unset, token.ES256, token.EdDSA, token.RS256, token.HS256} {
		t.Run(string(first), func(t *testing.T) {
			store, secrets := newFakeStore(), newSecrets()
			ring, err := store.with(secrets, first).Open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			want := first
			if first == unset {
				want = DefaultAlgorithm
			}
			if got := ring.Signing().Algorithm; got != want {
				t.Fatalf("a new deployment signs with %s, want %s", got, want)
			}
			again, err := store.with(secrets, unset).Open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if again.Signing().ID != ring.Signing().ID || len(store.keys) != 1 {
				t.Errorf("without a setting, another key signs; %d keys are stored", len(store.keys))
			}
			if got := store.open(t, secrets, token.ES256).Signing().ID; (got == ring.Signing().ID) != (want == token.ES256) {
				t.Errorf("a configured algorithm: the key %s signs", got)
			}
		})
	}
}

// TestUnsetAlgorithmStays: whatever is done with the keys of a deployment
// without a configured algorithm, the algorithm stays.
func TestUnsetAlgorithmStays(t *testing.T) {
	tests := []struct {
		name   string
		change func(t *testing.T, s *fakeStore, k *Keys, first string)
	}{
		{"rotate", func(t *testing.T, _ *fakeStore, k *Keys, _ string) { rotate(t, k, true) }},
		{"import of another kind", func(t *testing.T, _ *fakeStore, k *Keys, _ string) {
			if err := k.Import(t.Context(), newKey(t, token.RS256), true); err != nil {
				t.Fatal(err)
			}
		}},
		{"retire, with another kind ready", func(t *testing.T, _ *fakeStore, k *Keys, first string) {
			if err := k.Import(t.Context(), newKey(t, token.ES256), true); err != nil {
				t.Fatal(err)
			}
			if successor, err := k.Retire(t.Context(), first); err != nil || successor == "" {
				t.Fatalf("successor %q, %v", successor, err)
			}
		}},
		{"replace", func(t *testing.T, _ *fakeStore, k *Keys, _ string) {
			if _, err := k.Replace(t.Context()); err != nil {
				t.Fatal(err)
			}
		}},
		{"old age", func(t *testing.T, s *fakeStore, k *Keys, _ string) {
			s.clock.advance(maxAge)
			if err := k.Upkeep(t.Context()); err != nil || len(s.keys) != 2 {
				t.Fatalf("%d keys, %v", len(s.keys), err)
			}
			s.clock.advance(announce)
		}},
	}
	for _, tt := range tests {
		for _, noted := range []bool{false, true} {
			store, secrets := newFakeStore(), newSecrets()
			first := store.open(t, secrets, token.EdDSA).Signing().ID
			if noted {
				if err := store.MarkSigning(t.Context(), first); err != nil {
					t.Fatal(err)
				}
			}
			store.clock.advance(time.Minute)
			k := store.with(secrets, unset)
			tt.change(t, store, k, first)
			ring, err := k.Open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := ring.Signing().Algorithm; got != token.EdDSA {
				t.Errorf("%s, noted %v: signs with %s", tt.name, noted, got)
			}
			if got := phases(t, k); !slices.Contains(got, Signing) {
				t.Errorf("%s, noted %v: phases %v", tt.name, noted, got)
			}
		}
	}
}

// TestUnsetAlgorithmFollowsTheLastSigner: once another algorithm was configured
// and signed, removing the setting keeps it.
func TestUnsetAlgorithmFollowsTheLastSigner(t *testing.T) {
	store, secrets := newFakeStore(), newSecrets()
	for _, alg := range []token.Algorithm{token.EdDSA, token.RS256} {
		if err := store.MarkSigning(t.Context(), store.open(t, secrets, alg).Signing().ID); err != nil {
			t.Fatal(err)
		}
		store.clock.advance(time.Minute)
	}
	if alg, err := store.with(secrets, unset).InUse(t.Context()); err != nil || alg != token.RS256 {
		t.Errorf("in use: %s, %v; want RS256", alg, err)
	}
	if alg, err := store.with(secrets, token.HS256).InUse(t.Context()); err != nil || alg != token.HS256 {
		t.Errorf("in use: %s, %v; want the configured HS256", alg, err)
	}
	rotate(t, store.with(secrets, unset), true)
	if last := store.keys[len(store.keys)-1]; last.Algorithm != token.RS256 {
		t.Errorf("rotate made a key for %s", last.Algorithm)
	}
}
