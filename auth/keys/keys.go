package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gatehouse/auth/token"
)

// A SealedKey is a signing key as the database has it: encrypted.
type SealedKey struct {
	ID        string
	Algorithm token.Algorithm
	Sealed    []byte
	CreatedAt time.Time
	SignsFrom time.Time  // until then it is only announced
	SignedAt  *time.Time // when a replica last said that it signs with it, every minute or so; nil for never
}

// KeyStore is what signing keys need remembered.
type KeyStore interface {
	SecretStore
	// SealedKeys returns the keys in the order in which they sign.
	SealedKeys(ctx context.Context) ([]SealedKey, error)
	// KeepKey keeps a key that signs once it was announced for that long, or seals one that is there anew, and tells every replica.
	KeepKey(ctx context.Context, k SealedKey, announce time.Duration) error
	// DropKey forgets a key, and tells every replica. ErrNoKey.
	DropKey(ctx context.Context, id string) error
	// KeySigns notes that the key signs now, unless that was noted within a minute.
	KeySigns(ctx context.Context, id string) error
}

// SecretStore is what the deployment's secret needs remembered.
type SecretStore interface {
	// SecretCheck returns the check value of the deployment's secret, or ErrNotFound.
	SecretCheck(ctx context.Context) (string, error)
	// KeepSecretCheck keeps it.
	KeepSecretCheck(ctx context.Context, check string) error
}

// What can be wrong with a request about keys.
var (
	// ErrOtherSecret is a SECRET_KEY that is not the one this database was made with.
	ErrOtherSecret = errors.New("SECRET_KEY is not the one this database was made with; " +
		"set that one, or, to change it, set the new one as SECRET_KEY and the old one as SECRET_KEY_PREVIOUS")
	// ErrNoKey is an id that no signing key has.
	ErrNoKey = errors.New("no signing key has this id")
	// ErrKeyTaken is an id that another signing key has.
	ErrKeyTaken = errors.New("a signing key has this id already")
)

// For how much longer than the life of a token a key verifies: after its successor began to sign, by the clocks of all replicas, and, where it has
// none, after it was last noted to sign, which is done every minute or so.
const (
	clockMargin = 10 * time.Second
	noteMargin  = 5 * time.Minute
)

// Keys looks after the signing keys of a deployment.
type Keys struct {
	Store     KeyStore
	Secrets   token.Secrets
	Algorithm token.Algorithm // of the keys that are made, and that sign
	TokenTTL  time.Duration   // of access tokens
	Announce  time.Duration   // for how long a new key is published before it signs
	MaxAge    time.Duration   // after which another signs; 0: never
	Now       func() time.Time
	Fault     func(error) // what is wrong with a key that is left out
}

// Open opens the deployment's keys, and makes one if there is none of the algorithm that signs. Keys that were sealed under the previous secret are
// sealed anew. Only one replica may do this at a time. ErrOtherSecret.
func (k *Keys) Open(ctx context.Context) (*Keyring, error) {
	if err := k.OwnSecret(ctx); err != nil {
		return nil, err
	}
	sealed, err := k.Store.SealedKeys(ctx)
	if err != nil {
		return nil, err
	}
	if err := k.reseal(ctx, sealed); err != nil {
		return nil, err
	}
	if active(sealed, k.Algorithm, k.Now()) == nil {
		if _, err := k.make(ctx, k.Algorithm, 0, k.Secrets); err != nil {
			return nil, err
		}
	}
	ring := &Keyring{Keys: k}
	ring.held.Store(&keySet{})
	if err := ring.Reload(ctx); err != nil {
		return nil, err
	}
	return ring, k.Store.KeepSecretCheck(ctx, k.Secrets.Current.Check()) // last: until then the previous secret is needed
}

// OwnSecret makes sure that the secret, or the one before it, is this database's. ErrOtherSecret.
func (k *Keys) OwnSecret(ctx context.Context) error {
	_, err := k.database(ctx)
	return err
}

// database returns which of the two secrets is this database's. A key that is added is sealed under that one, which every replica knows, however
// far the change of the secret has come. ErrOtherSecret.
func (k *Keys) database(ctx context.Context) (token.Secrets, error) {
	check, err := k.Store.SecretCheck(ctx)
	switch {
	case errors.Is(err, ErrNotFound), err == nil && check == k.Secrets.Current.Check():
		return token.Secrets{Current: k.Secrets.Current}, nil
	case err != nil:
		return token.Secrets{}, err
	case k.Secrets.Previous != nil && check == k.Secrets.Previous.Check():
		return token.Secrets{Current: *k.Secrets.Previous}, nil
	default:
		return token.Secrets{}, ErrOtherSecret
	}
}

// reseal seals those keys anew that the present secret can't open.
func (k *Keys) reseal(ctx context.Context, sealed []SealedKey) error {
	present := token.Secrets{Current: k.Secrets.Current}
	for _, s := range sealed {
		if _, err := present.OpenKey(s.ID, s.Algorithm, s.Sealed); err == nil {
			continue
		}
		key, err := k.Secrets.OpenKey(s.ID, s.Algorithm, s.Sealed)
		if errors.Is(err, token.ErrOtherSecret) {
			return ErrOtherSecret
		}
		if err != nil {
			return fmt.Errorf("signing key %q: %w", s.ID, err)
		}
		if err := k.keep(ctx, key, 0, k.Secrets); err != nil {
			return err
		}
	}
	return nil
}

// make makes a key and keeps it.
func (k *Keys) make(ctx context.Context, alg token.Algorithm, announce time.Duration, under token.Secrets) (*token.Key, error) {
	key, err := token.NewKey(alg)
	if err != nil {
		return nil, fmt.Errorf("make a signing key: %w", err)
	}
	return key, k.keep(ctx, key, announce, under)
}

// keep seals a key under the current one of the secrets, and keeps it.
func (k *Keys) keep(ctx context.Context, key *token.Key, announce time.Duration, under token.Secrets) error {
	sealed, err := under.SealKey(key)
	if err != nil {
		return fmt.Errorf("seal signing key %q: %w", key.ID, err)
	}
	return k.Store.KeepKey(ctx, SealedKey{ID: key.ID, Algorithm: key.Algorithm, Sealed: sealed}, announce)
}

// Rotate makes the key that signs next, and returns its id. It is announced first, unless it shall sign at once: then whoever verifies tokens from
// a set of keys that they keep has to fetch it again. Only one process may do this at a time, here and in Import, Retire and Replace.
// ErrOtherSecret.
func (k *Keys) Rotate(ctx context.Context, alg token.Algorithm, atOnce bool) (string, error) {
	secret, err := k.database(ctx)
	if err != nil {
		return "", err
	}
	key, err := k.make(ctx, alg, k.lead(atOnce), secret)
	if err != nil {
		return "", err
	}
	return key.ID, nil
}

func (k *Keys) lead(atOnce bool) time.Duration {
	if atOnce {
		return 0
	}
	return k.Announce
}

// Import takes a key that was brought along. ErrKeyTaken; ErrOtherSecret.
func (k *Keys) Import(ctx context.Context, key *token.Key, atOnce bool) error {
	secret, err := k.database(ctx)
	if err != nil {
		return err
	}
	sealed, err := k.Store.SealedKeys(ctx)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(sealed, func(s SealedKey) bool { return s.ID == key.ID }) {
		return ErrKeyTaken
	}
	return k.keep(ctx, key, k.lead(atOnce), secret)
}

// Retire stops trusting a key: no token that it signed works from then on. If it is the last one by which a
// replica can sign, another one is made that does at once, whose id is returned; else "". ErrNoKey; ErrOtherSecret.
func (k *Keys) Retire(ctx context.Context, id string) (successor string, err error) {
	sealed, err := k.Store.SealedKeys(ctx)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(sealed, func(s SealedKey) bool { return s.ID == id })
	if i < 0 {
		return "", ErrNoKey
	}
	retired := sealed[i]
	if k.signs(retired) && active(slices.Delete(sealed, i, i+1), retired.Algorithm, k.Now()) == nil {
		if successor, err = k.Rotate(ctx, retired.Algorithm, true); err != nil {
			return "", err
		}
	}
	return successor, k.Store.DropKey(ctx, id)
}

// signs reports whether a replica may be signing with keys of this one's algorithm.
func (k *Keys) signs(s SealedKey) bool {
	return s.Algorithm == k.Algorithm || s.SignedAt != nil && k.Now().Sub(*s.SignedAt) < noteMargin
}

// Replace stops trusting every key there is, and returns the id of the one that signs from then on. No access token works afterwards, whoever
// knows of its session. ErrOtherSecret.
func (k *Keys) Replace(ctx context.Context) (string, error) {
	sealed, err := k.Store.SealedKeys(ctx)
	if err != nil {
		return "", err
	}
	id, err := k.Rotate(ctx, k.Algorithm, true)
	if err != nil {
		return "", err
	}
	for _, s := range sealed {
		if err := k.Store.DropKey(ctx, s.ID); err != nil {
			return "", err
		}
	}
	return id, nil
}
