// Package keys looks after a deployment's signing keys: how they are stored,
// when one follows another, and which of them signs and verifies tokens now.
//
// [Keys] changes keys, for commands and for upkeep. A [Keyring] holds the keys
// of a running replica.
package keys

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/revocation"
	"gatehouse/auth/token"
)

// A SealedKey is a signing key as the database stores it: encrypted.
type SealedKey struct {
	ID        string
	Algorithm token.Algorithm
	Sealed    []byte
	CreatedAt time.Time
	SignsFrom time.Time  // until then the key is only announced
	SignedAt  *time.Time // when a replica last noted that it signs with it; nil for never
}

// Store persists signing keys.
type Store interface {
	SecretStore
	// SealedKeys returns the keys in the order in which they sign.
	SealedKeys(ctx context.Context) ([]SealedKey, error)
	// SaveKey stores a key that signs after it has been announced for that long,
	// or replaces the ciphertext of a stored one, and tells every replica.
	SaveKey(ctx context.Context, k SealedKey, announce time.Duration) error
	// DeleteKey deletes a key and tells every replica. It returns [ErrNotFound]
	// if no key has this id.
	DeleteKey(ctx context.Context, id string) error
	// MarkSigning notes that the key signs now, at most once a minute. The time
	// never goes back.
	MarkSigning(ctx context.Context, id string) error
}

// SecretStore persists a check value that identifies the deployment's secret.
type SecretStore interface {
	// SecretCheck returns the check value, or [auth.ErrNotFound] if none is stored.
	SecretCheck(ctx context.Context) (string, error)
	// SaveSecretCheck stores the check value.
	SaveSecretCheck(ctx context.Context, check string) error
}

var (
	// ErrOtherSecret means that the secret is not the one the database was made with.
	ErrOtherSecret = errors.New("the secret is not the one this database was made with")
	// ErrNotFound means that no signing key has the id.
	ErrNotFound = errors.New("no signing key has this id")
	// ErrTaken means that a signing key with the id exists already.
	ErrTaken = errors.New("a signing key with this id already exists")
)

// Keys manages the signing keys of a deployment.
type Keys struct {
	Store     Store
	Secrets   token.Secrets
	Algorithm token.Algorithm   // of new keys, and of those that sign; "" for that in use
	IDTokens  []token.Algorithm // that sign ID tokens, beside Algorithm
	TokenTTL  time.Duration     // of access tokens and ID tokens
	Announce  time.Duration     // how long a new key is published before it signs
	MaxAge    time.Duration     // after which another key signs; 0 for never
	Clock     revocation.Clock
	Skipped   func(error) // called with the reason when a key can't be opened and is left out
}

// Open returns the deployment's keys, ready to sign. It makes a key if none of
// an algorithm can sign that signs, and seals again the keys that were sealed under the
// previous secret. Only one replica may do this at a time. It returns
// [ErrOtherSecret] if neither secret is the database's.
func (k *Keys) Open(ctx context.Context) (*Keyring, error) {
	if err := k.CheckSecret(ctx); err != nil {
		return nil, err
	}
	sealed, err := k.Store.SealedKeys(ctx)
	if err != nil {
		return nil, err
	}
	if err := k.reseal(ctx, sealed); err != nil {
		return nil, err
	}
	if alg := k.inUse(sealed); active(sealed, alg, k.Clock.Now()) == nil {
		if _, err := k.generate(ctx, alg, 0, k.Secrets); err != nil {
			return nil, err
		}
	}
	if err := k.makeIDTokenKeys(ctx, sealed, k.Secrets); err != nil {
		return nil, err
	}
	ring := newKeyring(k)
	if err := ring.Reload(ctx); err != nil {
		return nil, err
	}
	// Stored last: until now the previous secret was needed.
	return ring, k.Store.SaveSecretCheck(ctx, k.Secrets.Current.Check())
}

// Read returns the deployment's keys and changes nothing: it makes no key and
// seals none again. It returns [ErrOtherSecret] if a key was sealed under
// another secret.
func (k *Keys) Read(ctx context.Context) (*Keyring, error) {
	sealed, err := k.Store.SealedKeys(ctx)
	if err != nil {
		return nil, err
	}
	ring := newKeyring(k)
	set, faults := ring.unseal(sealed)
	for _, fault := range faults {
		if errors.Is(fault, token.ErrOtherSecret) {
			return nil, ErrOtherSecret
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	ring.current.Store(set)
	return ring, nil
}

// CheckSecret returns [ErrOtherSecret] unless the current or the previous secret
// is the database's.
func (k *Keys) CheckSecret(ctx context.Context) error {
	_, err := k.databaseSecret(ctx)
	return err
}

// databaseSecret returns the one of the two secrets that is the database's. New
// keys are sealed under it, because every replica knows it, however far a change
// of the secret has come. It returns [ErrOtherSecret] if neither is.
func (k *Keys) databaseSecret(ctx context.Context) (token.Secrets, error) {
	check, err := k.Store.SecretCheck(ctx)
	switch {
	case errors.Is(err, auth.ErrNotFound), err == nil && check == k.Secrets.Current.Check():
		return token.Secrets{Current: k.Secrets.Current}, nil
	case err != nil:
		return token.Secrets{}, err
	case k.Secrets.Previous != nil && check == k.Secrets.Previous.Check():
		return token.Secrets{Current: *k.Secrets.Previous}, nil
	default:
		return token.Secrets{}, ErrOtherSecret
	}
}

// reseal seals again, under the current secret, the keys that it can't open.
func (k *Keys) reseal(ctx context.Context, sealed []SealedKey) error {
	current := token.Secrets{Current: k.Secrets.Current}
	for _, s := range sealed {
		if _, err := current.OpenKey(s.ID, s.Algorithm, s.Sealed); err == nil {
			continue
		}
		key, err := k.Secrets.OpenKey(s.ID, s.Algorithm, s.Sealed)
		if errors.Is(err, token.ErrOtherSecret) {
			return ErrOtherSecret
		}
		if err != nil {
			return fmt.Errorf("signing key %q: %w", s.ID, err)
		}
		if err := k.save(ctx, key, 0, k.Secrets); err != nil {
			return err
		}
	}
	return nil
}

// generate makes and stores a key.
func (k *Keys) generate(
	ctx context.Context, alg token.Algorithm, announce time.Duration, under token.Secrets,
) (*token.Key, error) {
	key, err := k.newKey(ctx, alg)
	if err != nil {
		return nil, fmt.Errorf("make a signing key: %w", err)
	}
	return key, k.save(ctx, key, announce, under)
}

// save seals a key under the current one of the secrets and stores it.
func (k *Keys) save(ctx context.Context, key *token.Key, announce time.Duration, under token.Secrets) error {
	sealed, err := under.SealKey(key)
	if err != nil {
		return fmt.Errorf("seal signing key %q: %w", key.ID, err)
	}
	return k.Store.SaveKey(ctx, SealedKey{ID: key.ID, Algorithm: key.Algorithm, Sealed: sealed}, announce)
}
