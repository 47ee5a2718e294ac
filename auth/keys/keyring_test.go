package auth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"gatehouse/auth/token"
)

// chest is a KeyStore in memory. It fails at the n-th write, if n is not 0, as a crash would, and at every reading that takes time.
type chest struct {
	clock  *clock
	keys   []SealedKey
	check  string
	reads  int
	writes int
	crash  int
	silent time.Duration // after which a reading fails; 0: it succeeds at once
	faults []error
}

func newChest() *chest { return &chest{clock: newClock()} }

var errCrash = errors.New("crash")

func (c *chest) SealedKeys(context.Context) ([]SealedKey, error) {
	c.reads++
	if c.silent > 0 {
		c.clock.advance(c.silent)
		return nil, ErrUnavailable
	}
	keys := slices.Clone(c.keys)
	slices.SortStableFunc(keys, func(a, b SealedKey) int { return a.SignsFrom.Compare(b.SignsFrom) })
	return keys, nil
}

func (c *chest) write() error {
	if c.writes++; c.writes == c.crash {
		return errCrash
	}
	return nil
}

func (c *chest) KeepKey(_ context.Context, k SealedKey, announce time.Duration) error {
	if err := c.write(); err != nil {
		return err
	}
	if i := c.index(k.ID); i >= 0 {
		c.keys[i].Sealed = k.Sealed
		return nil
	}
	k.CreatedAt, k.SignsFrom = c.clock.at, c.clock.at.Add(announce)
	c.keys = append(c.keys, k)
	return nil
}

func (c *chest) DropKey(_ context.Context, id string) error {
	i := c.index(id)
	if i < 0 {
		return ErrNoKey
	}
	c.keys = slices.Delete(c.keys, i, i+1)
	return c.write()
}

func (c *chest) KeySigns(_ context.Context, id string) error {
	at := c.clock.at
	c.keys[c.index(id)].SignedAt = &at
	return c.write()
}

func (c *chest) index(id string) int {
	return slices.IndexFunc(c.keys, func(k SealedKey) bool { return k.ID == id })
}

func (c *chest) SecretCheck(context.Context) (string, error) {
	if c.check == "" {
		return "", fmt.Errorf("secret check: %w", ErrNotFound)
	}
	return c.check, nil
}

func (c *chest) KeepSecretCheck(_ context.Context, check string) error {
	if err := c.write(); err != nil {
		return err
	}
	c.check = check
	return nil
}

// with are the keys of the chest under the secrets.
func (c *chest) with(secrets token.Secrets, alg token.Algorithm) *Keys {
	return &Keys{
		Store: c, Secrets: secrets, Algorithm: alg, TokenTTL: ttl, Announce: announce, MaxAge: maxAge, Now: c.clock.now,
		Fault: func(err error) { c.faults = append(c.faults, err) },
	}
}

// open opens the keyring, as a start does.
func (c *chest) open(t *testing.T, secrets token.Secrets, alg token.Algorithm) *Keyring {
	t.Helper()
	ring, err := c.with(secrets, alg).Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := ring.Signing().Algorithm; got != alg {
		t.Fatalf("signs with %s; want %s", got, alg)
	}
	return ring
}

// only returns a key that is found by its own id.
func only(key *token.Key) func(context.Context, string) (*token.Key, error) {
	return func(_ context.Context, id string) (*token.Key, error) {
		if id != key.ID {
			return nil, token.ErrInvalid
		}
		return key, nil
	}
}

// sign returns a token of the ring's signing key.
func sign(t *testing.T, r *Keyring) string {
	t.Helper()
	at := newClock().at
	text, err := r.Signing().Sign(&token.Claims{
		Issuer: issuer, Audience: []string{issuer}, Subject: ada, ID: "1", SessionID: sessionOne, ClientID: clientID,
		IssuedAt: at, ExpiresAt: at.Add(ttl),
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (r *Keyring) verifies(text string) error {
	v := token.Verifier{Issuer: issuer, Audience: issuer, Key: r.Key, Now: func() time.Time { return newClock().at }}
	_, err := v.Verify(context.Background(), text)
	return err
}

func TestKeyringAtTheSecondStart(t *testing.T) {
	store, secrets := newChest(), newSecrets()
	first := store.open(t, secrets, token.EdDSA)
	text, writes := sign(t, first), store.writes
	second := store.open(t, secrets, token.EdDSA)
	if second.Signing().ID != first.Signing().ID || len(store.keys) != 1 {
		t.Errorf("another key signs after the second start; %d are kept", len(store.keys))
	}
	if err := second.verifies(text); err != nil {
		t.Errorf("a token of before the restart: %v", err)
	}
	if store.writes > writes+1 { // the check value
		t.Errorf("the second start wrote %d times", store.writes-writes)
	}
	if jwks := published(t, second); !bytes.Contains(jwks, []byte(first.Signing().ID)) {
		t.Errorf("JWKS %s; want the key in it", jwks)
	}
}

func TestKeyringOfAnotherAlgorithm(t *testing.T) {
	store, secrets := newChest(), newSecrets()
	old := store.open(t, secrets, token.EdDSA)
	text := sign(t, old)
	changed := store.open(t, secrets, token.ES256)
	if err := changed.verifies(text); err != nil {
		t.Errorf("a token of before the change: %v", err)
	}
	back := store.open(t, secrets, token.EdDSA)
	if back.Signing().ID != old.Signing().ID || len(store.keys) != 2 {
		t.Errorf("changed back, the key is another one; %d are kept", len(store.keys))
	}
	if err := back.verifies(sign(t, changed)); err != nil {
		t.Errorf("changed back, a token of between: %v", err)
	}
}

func TestKeyringSignsWithTheNewest(t *testing.T) {
	store, secrets := newChest(), newSecrets()
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
	if err := both.verifies(sign(t, older)); err != nil {
		t.Errorf("a token of the older: %v", err)
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
		{"another, and yet another before it", token.Secrets{Current: other.Current, Previous: &third.Current}, ErrOtherSecret},
		{"the same", mine, nil},
		{"the same, another before it", token.Secrets{Current: mine.Current, Previous: &other.Current}, nil},
		{"another, this one before it", token.Secrets{Current: other.Current, Previous: &mine.Current}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store := newChest()
			store.open(t, mine, token.EdDSA)
			keys, check, writes := slices.Clone(store.keys), store.check, store.writes
			_, err := store.with(tt.secrets, token.EdDSA).Open(t.Context())
			if !errors.Is(err, tt.want) {
				t.Fatalf("error %v; want %v", err, tt.want)
			}
			if err != nil && (store.writes != writes || store.check != check || !bytes.Equal(store.keys[0].Sealed, keys[0].Sealed)) {
				t.Error("refused, and yet wrote")
			}
		})
	}
}

func TestChangeOfTheSecret(t *testing.T) {
	before, after := newSecrets(), newSecrets()
	changing := token.Secrets{Current: after.Current, Previous: &before.Current}
	made := newChest()
	text := sign(t, made.open(t, before, token.EdDSA))
	made.open(t, before, token.ES256)
	// Two keys and the check value are written; the change may be cut off before each of the three, or not at all.
	for crash := range 4 {
		t.Run(fmt.Sprintf("crash at write %d", crash), func(t *testing.T) {
			store := &chest{clock: newClock(), keys: slices.Clone(made.keys), check: made.check, crash: crash}
			_, err := store.with(changing, token.EdDSA).Open(t.Context())
			if want := map[bool]error{true: errCrash}[crash > 0]; !errors.Is(err, want) {
				t.Fatalf("error %v; want %v", err, want)
			}
			if crash > 0 {
				if _, err := store.with(after, token.EdDSA).Open(t.Context()); !errors.Is(err, ErrOtherSecret) {
					t.Fatalf("cut off, and the previous secret gone: error %v; want ErrOtherSecret", err)
				}
			}
			store.open(t, changing, token.EdDSA)
			ring := store.open(t, after, token.EdDSA) // the previous one may go now
			if err := ring.verifies(text); err != nil {
				t.Errorf("a token of before the change: %v", err)
			}
			if len(store.keys) != 2 {
				t.Errorf("%d keys are kept; want the 2 there were", len(store.keys))
			}
			if _, err := store.with(before, token.EdDSA).Open(t.Context()); !errors.Is(err, ErrOtherSecret) {
				t.Errorf("with the old secret alone: error %v; want ErrOtherSecret", err)
			}
		})
	}
}

func TestKeyringRefusesADamagedKey(t *testing.T) {
	store, secrets := newChest(), newSecrets()
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

// published is the key set as others read it.
func published(t *testing.T, r *Keyring) []byte {
	t.Helper()
	jwks, err := r.JWKS()
	if err != nil {
		t.Fatal(err)
	}
	return jwks
}
