package keys

import (
	"context"
	"slices"

	"gatehouse/auth/token"
)

// idTokenRSABits is the size of RSA keys that sign ID tokens only. Signing is twice as fast as
// with the 3,072 bits of access tokens, and 2,048 do until 2030 (NIST SP 800-131A).
const idTokenRSABits = 2048

// newKey makes a key, of the size for ID tokens unless it signs access tokens.
func (k *Keys) newKey(ctx context.Context, alg token.Algorithm) (*token.Key, error) {
	if alg != token.RS256 {
		return token.NewKey(alg)
	}
	inUse, err := k.InUse(ctx)
	switch {
	case err != nil:
		return nil, err
	case inUse == alg:
		return token.NewKey(alg)
	}
	return token.NewRSAKey(idTokenRSABits)
}

// signsIDTokens reports whether keys of the algorithm sign ID tokens.
func (k *Keys) signsIDTokens(alg token.Algorithm) bool { return slices.Contains(k.IDTokens, alg) }

// algorithms returns the algorithms that sign, that of access tokens first.
func (k *Keys) algorithms(sealed []SealedKey) []token.Algorithm {
	algs := []token.Algorithm{k.inUse(sealed)}
	for _, alg := range k.IDTokens {
		if !slices.Contains(algs, alg) {
			algs = append(algs, alg)
		}
	}
	return algs
}

// makeIDTokenKeys makes a key for each algorithm of ID tokens that has none. It signs at once:
// no client has read a key set of this service without it and keeps it for long.
func (k *Keys) makeIDTokenKeys(ctx context.Context, sealed []SealedKey, under token.Secrets) error {
	for _, alg := range k.algorithms(sealed)[1:] {
		if active(sealed, alg, k.Clock.Now()) != nil {
			continue
		}
		if _, err := k.generate(ctx, alg, 0, under); err != nil {
			return err
		}
	}
	return nil
}

// replaceIDTokenKeys makes the successor of each key that signs ID tokens only. One that this
// process does not know the use of counts if it is for RS256, as most ID tokens are: the
// command line may not have the service's settings.
func (k *Keys) replaceIDTokenKeys(ctx context.Context, sealed []SealedKey) error {
	inUse := k.inUse(sealed)
	for _, alg := range []token.Algorithm{token.RS256, token.ES256, token.EdDSA} {
		needed := k.signsIDTokens(alg) || alg == token.RS256 && active(sealed, alg, k.Clock.Now()) != nil
		if alg == inUse || !needed {
			continue
		}
		if _, err := k.Rotate(ctx, alg, true); err != nil {
			return err
		}
	}
	return nil
}
