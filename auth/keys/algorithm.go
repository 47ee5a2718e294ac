package keys

import (
	"context"

	"gatehouse/auth/token"
)

// DefaultAlgorithm signs the tokens of a new deployment, unless another is
// configured. Of those that other services can verify, every library we know
// of accepts it; EdDSA is refused by many.
const DefaultAlgorithm = token.ES256

// InUse returns the algorithm of new keys and of those that sign.
func (k *Keys) InUse(ctx context.Context) (token.Algorithm, error) {
	sealed, err := k.Store.SealedKeys(ctx)
	return k.inUse(sealed), err
}

// inUse returns the configured algorithm. If none is configured, a deployment
// keeps the algorithm of the key that was last noted to sign, else of its first
// key: neither a new default nor an import must replace the keys of a
// deployment. Without keys, it is [DefaultAlgorithm].
func (k *Keys) inUse(sealed []SealedKey) token.Algorithm {
	if k.Algorithm != "" {
		return k.Algorithm
	}
	if len(sealed) == 0 {
		return DefaultAlgorithm
	}
	signer := sealed[0]
	for _, s := range sealed[1:] {
		if s.SignedAt != nil && (signer.SignedAt == nil || s.SignedAt.After(*signer.SignedAt)) {
			signer = s
		}
	}
	return signer.Algorithm
}
