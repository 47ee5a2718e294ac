package auth

import (
	"context"
	"crypto/sha256"

	lru "github.com/hashicorp/golang-lru/v2"

	"gatehouse/auth/token"
)

// verifiedKept is how many tokens are remembered: about 1 kB each.
const verifiedKept = 8192

// Verified remembers tokens whose signature was good, so that one that is sent again costs no second check of it. What can change is not
// remembered: a token is compared with the clock each time, forgotten when the keys are others, and compared with what was revoked by whoever
// asks. It is safe for concurrent use.
type Verified struct {
	tokens *token.Verifier
	epoch  func() uint64
	kept   *lru.Cache[[sha256.Size]byte, verified] // by digest, so that memory holds no token that works
}

// verified is what is remembered of a token.
type verified struct {
	claims *token.Claims
	epoch  uint64
}

// NewVerified returns a memory of the tokens that the verifier accepts. epoch is another number whenever the verifier's keys may be others.
func NewVerified(tokens *token.Verifier, epoch func() uint64) (*Verified, error) {
	kept, err := lru.New[[sha256.Size]byte, verified](verifiedKept)
	if err != nil {
		return nil, err
	}
	return &Verified{tokens: tokens, epoch: epoch, kept: kept}, nil
}

// Verify is the verifier's Verify. The claims are shared: nobody may change them.
func (v *Verified) Verify(ctx context.Context, text string) (*token.Claims, error) {
	var copied [1024]byte // on the stack, where nearly every token has room
	digest := sha256.Sum256(append(copied[:0], text...))
	epoch := v.epoch() // before the token is verified, so that keys which change meanwhile count
	if known, ok := v.kept.Get(digest); ok {
		if known.epoch == epoch && v.tokens.Now().Before(known.claims.ExpiresAt) {
			return known.claims, nil
		}
		v.kept.Remove(digest)
	}
	claims, err := v.tokens.Verify(ctx, text)
	if err == nil {
		v.kept.Add(digest, verified{claims, epoch})
	}
	return claims, err
}
