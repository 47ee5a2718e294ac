package token

import (
	"context"
	"crypto/sha256"

	lru "github.com/hashicorp/golang-lru/v2"
)

// cachedTokens is how many tokens are cached, at about 1 kB each.
const cachedTokens = 8192

// A CachedVerifier verifies the signature of each access token once. It caches
// nothing that can change: it compares a cached token with the clock each time and
// drops it when the keys have changed, and its caller checks for revocations. It
// is safe for concurrent use.
type CachedVerifier struct {
	tokens *Verifier
	epoch  func() uint64
	cache  *lru.Cache[[sha256.Size]byte, cachedClaims] // by digest, so that memory holds no working token
}

type cachedClaims struct {
	claims *Claims
	epoch  uint64
}

// NewCachedVerifier returns a cache of the tokens that the verifier accepts. epoch
// returns another number whenever the verifier's keys may have changed.
func NewCachedVerifier(tokens *Verifier, epoch func() uint64) (*CachedVerifier, error) {
	cache, err := lru.New[[sha256.Size]byte, cachedClaims](cachedTokens)
	if err != nil {
		return nil, err
	}
	return &CachedVerifier{tokens: tokens, epoch: epoch, cache: cache}, nil
}

// Verify returns what the verifier does. The claims are shared and must not be
// modified.
func (v *CachedVerifier) Verify(ctx context.Context, text string) (*Claims, error) {
	var buffer [1024]byte // on the stack; nearly every token fits
	digest := sha256.Sum256(append(buffer[:0], text...))
	epoch := v.epoch() // before the token is verified, so that a change of the keys meanwhile counts
	if cached, ok := v.cache.Get(digest); ok {
		if cached.epoch == epoch && v.tokens.Now().Before(cached.claims.ExpiresAt) {
			return cached.claims, nil
		}
		v.cache.Remove(digest)
	}
	claims, err := v.tokens.Verify(ctx, text)
	if err == nil {
		v.cache.Add(digest, cachedClaims{claims, epoch})
	}
	return claims, err
}
