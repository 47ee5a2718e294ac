package keys

import (
	"context"
	"errors"
	"slices"
	"time"

	"gatehouse/auth/token"
)

// Rotate makes the key that signs next and returns its id. Without alg, the key
// has the algorithm in use. The key is announced first, unless it is to sign at
// once: services that cache the key set then have to fetch it again. Only one
// process may do this at a time; the same holds for Import, Retire and Replace.
// It returns [ErrOtherSecret] if neither secret is the database's.
func (k *Keys) Rotate(ctx context.Context, alg token.Algorithm, atOnce bool) (string, error) {
	secret, err := k.databaseSecret(ctx)
	if err != nil {
		return "", err
	}
	if alg == "" {
		if alg, err = k.InUse(ctx); err != nil {
			return "", err
		}
	}
	key, err := k.generate(ctx, alg, k.announce(atOnce), secret)
	if err != nil {
		return "", err
	}
	return key.ID, nil
}

// announce returns how long a new key is announced.
func (k *Keys) announce(atOnce bool) time.Duration {
	if atOnce {
		return 0
	}
	return k.Announce
}

// Import stores a key made elsewhere. It returns [ErrTaken] if its id is in use,
// and [ErrOtherSecret] if neither secret is the database's.
func (k *Keys) Import(ctx context.Context, key *token.Key, atOnce bool) error {
	secret, err := k.databaseSecret(ctx)
	if err != nil {
		return err
	}
	sealed, err := k.Store.SealedKeys(ctx)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(sealed, func(s SealedKey) bool { return s.ID == key.ID }) {
		return ErrTaken
	}
	return k.save(ctx, key, k.announce(atOnce), secret)
}

// Retire deletes a key, so that every token it signed stops working. If no
// replica could sign without it, Retire first makes a successor that signs at
// once, and returns its id; otherwise it returns "". It returns [ErrNotFound] if
// no key has the id, and [ErrOtherSecret] if neither secret is the database's.
func (k *Keys) Retire(ctx context.Context, id string) (successor string, err error) {
	sealed, err := k.Store.SealedKeys(ctx)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(sealed, func(s SealedKey) bool { return s.ID == id })
	if i < 0 {
		return "", ErrNotFound
	}
	retired := sealed[i]
	others := slices.Delete(slices.Clone(sealed), i, i+1)
	access := k.signs(retired, sealed)
	if (access || k.signsIDTokens(retired.Algorithm)) && active(others, retired.Algorithm, k.Clock.Now()) == nil {
		if successor, err = k.Rotate(ctx, retired.Algorithm, true); err != nil {
			return "", err
		}
	}
	if access && successor != "" {
		if err := k.Store.MarkSigning(ctx, successor); err != nil { // its algorithm stays in use
			return "", err
		}
	}
	return successor, k.Store.DeleteKey(ctx, id)
}

// signs reports whether a replica may sign access tokens with keys of this key's algorithm.
func (k *Keys) signs(s SealedKey, all []SealedKey) bool {
	return s.Algorithm == k.inUse(all) || s.SignedAt != nil && k.Clock.Now().Sub(*s.SignedAt) < noteMargin
}

// Replace deletes all keys and returns the id of the new one for access tokens. No access token
// issued before works afterwards, not even on a replica that has not heard of
// its session's end. It returns [ErrOtherSecret] if neither secret is the
// database's.
func (k *Keys) Replace(ctx context.Context) (string, error) {
	sealed, err := k.Store.SealedKeys(ctx)
	if err != nil {
		return "", err
	}
	id, err := k.Rotate(ctx, k.Algorithm, true)
	if err != nil {
		return "", err
	}
	if err := k.Store.MarkSigning(ctx, id); err != nil { // its algorithm stays in use
		return "", err
	}
	if err := k.replaceIDTokenKeys(ctx, sealed); err != nil {
		return "", err
	}
	for _, s := range sealed {
		if err := k.Store.DeleteKey(ctx, s.ID); err != nil {
			return "", err
		}
	}
	return id, nil
}

// Upkeep makes the successor of a key that has grown old, and deletes keys that
// no living token needs. Only one replica may do this at a time. It returns
// [ErrOtherSecret] if neither secret is the database's.
func (k *Keys) Upkeep(ctx context.Context) error {
	sealed, err := k.Store.SealedKeys(ctx)
	if err != nil {
		return err
	}
	var faults []error
	for _, alg := range k.due(sealed) {
		_, err := k.Rotate(ctx, alg, false)
		faults = append(faults, err)
	}
	if secret, err := k.databaseSecret(ctx); err == nil { // else Rotate tells
		faults = append(faults, k.makeIDTokenKeys(ctx, sealed, secret))
	}
	for _, s := range k.statuses(sealed) {
		if s.Phase == Expired {
			faults = append(faults, k.Store.DeleteKey(ctx, s.ID))
		}
	}
	return errors.Join(faults...)
}

// due returns the algorithms whose next key has to be announced now, in order to sign when the
// present one reaches its maximum age.
func (k *Keys) due(sealed []SealedKey) (algs []token.Algorithm) {
	if k.MaxAge == 0 {
		return nil
	}
	for _, alg := range k.algorithms(sealed) {
		young := func(s SealedKey) bool {
			return s.Algorithm == alg && k.Clock.Now().Sub(s.SignsFrom) < k.MaxAge-k.Announce
		}
		if !slices.ContainsFunc(sealed, young) {
			algs = append(algs, alg)
		}
	}
	return algs
}
