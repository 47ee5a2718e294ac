package keys

import (
	"errors"
	"slices"
	"testing"
	"time"

	"gatehouse/auth/token"
)

// A start makes no key if there is one, however far the database's clock went back
// since it was made.
func TestStartsShareAKeyWhateverTheClock(t *testing.T) {
	for _, back := range []time.Duration{0, time.Millisecond, time.Minute, time.Hour, 24 * time.Hour} {
		store, secrets := newFakeStore(), newSecrets()
		first := store.open(t, secrets, token.EdDSA).Signing().ID
		for range 3 {
			store.clock.advance(-back)
			if got := store.open(t, secrets, token.EdDSA).Signing().ID; got != first || len(store.keys) != 1 {
				t.Fatalf("%v back: %d keys; want the first one only", back, len(store.keys))
			}
		}
	}
	store, secrets := newFakeStore(), newSecrets()
	store.keys = append(store.keys, SealedKey{ID: "announced", Algorithm: token.EdDSA, CreatedAt: start, SignsFrom: start.Add(announce)})
	key := newKey(t, token.EdDSA)
	sealed, err := secrets.SealKey(key)
	if err != nil {
		t.Fatal(err)
	}
	store.keys[0].ID, store.keys[0].Sealed = key.ID, sealed
	if ring := store.open(t, secrets, token.EdDSA); ring.Signing().ID == key.ID || len(store.keys) != 2 {
		t.Error("a key that is only announced signs")
	}
}

// Noted is the latest time that any replica noted, also if that is still to come.
func TestNoted(t *testing.T) {
	store, secrets := newFakeStore(), newSecrets()
	ring := store.open(t, secrets, token.EdDSA)
	if got := ring.Noted(); !got.IsZero() {
		t.Errorf("noted %v; want nothing", got)
	}
	store.open(t, secrets, token.ES256)
	want := start
	for _, ahead := range []time.Duration{0, time.Hour, -2 * time.Hour, time.Minute} {
		store.clock.advance(ahead)
		if store.clock.at.After(want) {
			want = store.clock.at
		}
		if err := store.MarkSigning(t.Context(), ring.Signing().ID); err != nil {
			t.Fatal(err)
		}
		reload(t, ring)
		if got := ring.Noted(); !got.Equal(want) {
			t.Errorf("noted %v; want %v", got, want)
		}
	}
}

// A key that was deleted is not trusted when a restored database brings it back. One
// that is made or imported again is, and so are those that were only missing while the
// database was being restored.
func TestRestoredKeys(t *testing.T) {
	tests := []struct {
		name     string
		meantime []string // the keys that a replica reads before those of the backup
		again    bool     // the first key is stored anew, not restored
		trusted  bool
	}{
		{"deleted", []string{"second"}, false, false},
		{"deleted, and restored in two steps", []string{"second", ""}, false, false},
		{"imported again", []string{"second"}, true, true},
		{"never deleted", nil, false, true},
		{"missing while being restored", []string{""}, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store, secrets := newFakeStore(), newSecrets()
			ring := store.open(t, secrets, token.EdDSA)
			text, first := sign(t, ring), ring.Signing().ID
			store.clock.advance(time.Minute)
			rotate(t, store.with(secrets, token.EdDSA), true)
			reload(t, ring)
			backup := slices.Clone(store.keys)
			for _, kept := range tt.meantime {
				store.keys = nil
				if kept != "" {
					store.keys = slices.Clone(backup[1:])
				}
				reload(t, ring)
			}
			if tt.again {
				backup[0].CreatedAt = store.clock.at
			}
			store.keys = backup
			store.faults = nil
			reload(t, ring)
			err := verify(ring, text)
			if (err == nil) != tt.trusted || err != nil && !errors.Is(err, token.ErrInvalid) {
				t.Errorf("a token of the first key: %v; want trusted %v", err, tt.trusted)
			}
			if told := len(store.faults) > 0 && errors.Is(store.faults[0], errCameBack); told == tt.trusted {
				t.Errorf("faults %v", store.faults)
			}
			if err := verify(store.open(t, secrets, token.EdDSA), text); err != nil {
				t.Errorf("key %s after a restart: %v", first, err)
			}
		})
	}
}
