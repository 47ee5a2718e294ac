package auth

import (
	"context"
	"errors"
	"fmt"

	"gatehouse/auth/token"
)

// A SealedKey is a signing key as the database has it: encrypted.
type SealedKey struct {
	ID        string
	Algorithm string
	Sealed    []byte
}

// KeyStore is what signing keys need remembered.
type KeyStore interface {
	// SealedKeys returns the keys, the oldest first.
	SealedKeys(ctx context.Context) ([]SealedKey, error)
	// KeepKey keeps a key, in place of the one of the same id if there is one.
	KeepKey(ctx context.Context, k SealedKey) error
	// SecretCheck returns the check value of the deployment's secret, or ErrNotFound.
	SecretCheck(ctx context.Context) (string, error)
	// KeepSecretCheck keeps it.
	KeepSecretCheck(ctx context.Context, check string) error
}

// ErrOtherSecret is a SECRET_KEY that is not the one this database was made with.
var ErrOtherSecret = errors.New("SECRET_KEY is not the one this database was made with; " +
	"set that one, or, to change it, set the new one as SECRET_KEY and the old one as SECRET_KEY_PREVIOUS")

// A Keyring holds the signing keys of a deployment: one signs, all verify.
type Keyring struct {
	signing *token.Key
	byID    map[string]*token.Key
	all     []*token.Key
}

// OpenKeyring opens the deployment's keys with its secrets, and makes one of the algorithm if there is none yet. Keys that were sealed under
// the previous secret are sealed anew. Only one replica may do this at a time. ErrOtherSecret.
func OpenKeyring(ctx context.Context, store KeyStore, secrets token.Secrets, alg token.Algorithm) (*Keyring, error) {
	if err := ownSecret(ctx, store, secrets); err != nil {
		return nil, err
	}
	sealed, err := store.SealedKeys(ctx)
	if err != nil {
		return nil, err
	}
	ring := &Keyring{byID: map[string]*token.Key{}}
	for _, s := range sealed {
		key, err := secrets.OpenKey(s.ID, token.Algorithm(s.Algorithm), s.Sealed)
		if err != nil {
			return nil, fmt.Errorf("signing key %q: %w", s.ID, err)
		}
		ring.add(key, alg)
	}
	if ring.signing == nil {
		key, err := token.NewKey(alg)
		if err != nil {
			return nil, fmt.Errorf("make a signing key: %w", err)
		}
		ring.add(key, alg)
	}
	if err := ring.seal(ctx, store, secrets, sealed); err != nil {
		return nil, err
	}
	return ring, store.KeepSecretCheck(ctx, secrets.Current.Check()) // last: until then the previous secret is needed
}

// ownSecret makes sure that the secret, or the one before it, is this database's.
func ownSecret(ctx context.Context, store KeyStore, secrets token.Secrets) error {
	check, err := store.SecretCheck(ctx)
	switch {
	case errors.Is(err, ErrNotFound), err == nil && check == secrets.Current.Check():
		return nil
	case err != nil:
		return err
	case secrets.Previous != nil && check == secrets.Previous.Check():
		return nil
	default:
		return ErrOtherSecret
	}
}

// seal keeps what the database does not have, or has under another secret than the present one.
func (r *Keyring) seal(ctx context.Context, store KeyStore, secrets token.Secrets, have []SealedKey) error {
	under := map[string]bool{}
	for _, s := range have {
		_, err := token.Secrets{Current: secrets.Current}.OpenKey(s.ID, token.Algorithm(s.Algorithm), s.Sealed)
		under[s.ID] = err == nil
	}
	for _, key := range r.all {
		if under[key.ID] {
			continue
		}
		sealed, err := secrets.SealKey(key)
		if err != nil {
			return fmt.Errorf("seal signing key %q: %w", key.ID, err)
		}
		if err := store.KeepKey(ctx, SealedKey{ID: key.ID, Algorithm: string(key.Algorithm), Sealed: sealed}); err != nil {
			return err
		}
	}
	return nil
}

func (r *Keyring) add(key *token.Key, alg token.Algorithm) {
	r.all = append(r.all, key)
	r.byID[key.ID] = key
	if key.Algorithm == alg {
		r.signing = key
	}
}

// Signing returns the key that signs: the newest of the configured algorithm.
func (r *Keyring) Signing() *token.Key { return r.signing }

// Key returns the key with the id, or token.ErrInvalid.
func (r *Keyring) Key(id string) (*token.Key, error) {
	if key, ok := r.byID[id]; ok {
		return key, nil
	}
	return nil, fmt.Errorf("%w: no key has this id", token.ErrInvalid)
}

// JWKS returns the public keys as a JSON Web Key Set (RFC 7517).
func (r *Keyring) JWKS() ([]byte, error) { return token.JWKS(r.all) }
