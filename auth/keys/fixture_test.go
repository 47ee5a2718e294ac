package keys

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/token"
)

const (
	ttl      = 15 * time.Minute
	announce = 10 * time.Minute
	maxAge   = 90 * 24 * time.Hour
	issuer   = "https://id.example"
)

// start is what a new clock shows.
var start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// A clock stands still until it is advanced.
type clock struct{ at time.Time }

func (c *clock) advance(d time.Duration) { c.at = c.at.Add(d) }

// Now and Elapsed implement revocation.Clock.
func (c *clock) Now() time.Time         { return c.at }
func (c *clock) Elapsed() time.Duration { return c.at.Sub(start) }

// fakeStore is a Store in memory. Its n-th write fails if crash is n, as in a
// crash, and its reads fail while silent is set.
type fakeStore struct {
	clock  *clock
	keys   []SealedKey
	check  string
	reads  int
	writes int
	crash  int
	silent time.Duration // how long a read takes before it fails; 0: reads succeed at once
	faults []error
}

func newFakeStore() *fakeStore { return &fakeStore{clock: &clock{start}} }

var errCrash = errors.New("crash")

func (s *fakeStore) SealedKeys(context.Context) ([]SealedKey, error) {
	s.reads++
	if s.silent > 0 {
		s.clock.advance(s.silent)
		return nil, auth.ErrUnavailable
	}
	keys := slices.Clone(s.keys)
	slices.SortStableFunc(keys, func(a, b SealedKey) int { return a.SignsFrom.Compare(b.SignsFrom) })
	return keys, nil
}

func (s *fakeStore) write() error {
	if s.writes++; s.writes == s.crash {
		return errCrash
	}
	return nil
}

func (s *fakeStore) SaveKey(_ context.Context, k SealedKey, announce time.Duration) error {
	if err := s.write(); err != nil {
		return err
	}
	if i := s.index(k.ID); i >= 0 {
		s.keys[i].Sealed = k.Sealed
		return nil
	}
	k.CreatedAt, k.SignsFrom = s.clock.at, s.clock.at.Add(announce)
	s.keys = append(s.keys, k)
	return nil
}

func (s *fakeStore) DeleteKey(_ context.Context, id string) error {
	i := s.index(id)
	if i < 0 {
		return ErrNotFound
	}
	s.keys = slices.Delete(s.keys, i, i+1)
	return s.write()
}

func (s *fakeStore) MarkSigning(_ context.Context, id string) error {
	at := s.clock.at
	if key := &s.keys[s.index(id)]; key.SignedAt == nil || key.SignedAt.Before(at) {
		key.SignedAt = &at
	}
	return s.write()
}

func (s *fakeStore) index(id string) int {
	return slices.IndexFunc(s.keys, func(k SealedKey) bool { return k.ID == id })
}

func (s *fakeStore) SecretCheck(context.Context) (string, error) {
	if s.check == "" {
		return "", fmt.Errorf("secret check: %w", auth.ErrNotFound)
	}
	return s.check, nil
}

func (s *fakeStore) SaveSecretCheck(_ context.Context, check string) error {
	if err := s.write(); err != nil {
		return err
	}
	s.check = check
	return nil
}

// with returns Keys on this store, with the secrets.
func (s *fakeStore) with(secrets token.Secrets, alg token.Algorithm) *Keys {
	return &Keys{
		Store: s, Secrets: secrets, Algorithm: alg, TokenTTL: ttl, Announce: announce, MaxAge: maxAge, Clock: s.clock,
		Skipped: func(err error) { s.faults = append(s.faults, err) },
	}
}

// open opens the keyring as a starting replica does.
func (s *fakeStore) open(t *testing.T, secrets token.Secrets, alg token.Algorithm) *Keyring {
	t.Helper()
	ring, err := s.with(secrets, alg).Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := ring.Signing().Algorithm; got != alg {
		t.Fatalf("signs with %s; want %s", got, alg)
	}
	return ring
}

func newSecrets() token.Secrets {
	secret, _ := token.NewSecret()
	return token.Secrets{Current: secret}
}

func newKey(t *testing.T, alg token.Algorithm) *token.Key {
	t.Helper()
	key, err := token.NewKey(alg)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// sign returns a token signed by the ring's signing key.
func sign(t *testing.T, r *Keyring) string {
	t.Helper()
	text, err := r.Signing().Sign(&token.Claims{
		Issuer: issuer, Audience: []string{issuer}, Subject: "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63", ID: "1",
		SessionID: "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9e01", ClientID: "gatehouse", IssuedAt: start, ExpiresAt: start.Add(ttl),
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// verify verifies a token with the ring's keys.
func verify(r *Keyring, text string) error {
	v := token.Verifier{Issuer: issuer, Audience: issuer, Key: r.Key, Now: func() time.Time { return start }}
	_, err := v.Verify(context.Background(), text)
	return err
}

// published returns the key set as other services read it.
func published(t *testing.T, r *Keyring) []byte {
	t.Helper()
	jwks, err := r.JWKS()
	if err != nil {
		t.Fatal(err)
	}
	return jwks
}

// rotate makes the next key.
func rotate(t *testing.T, k *Keys, atOnce bool) string {
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

// phases returns the phases of the keys in their order.
func phases(t *testing.T, keys *Keys) []Phase {
	t.Helper()
	all, err := keys.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []Phase
	for _, s := range all {
		got = append(got, s.Phase)
	}
	return got
}
