package auth

import (
	"crypto/sha256"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"gatehouse/auth/token"
)

// verifiedKept is how many tokens are remembered: about 1 kB each.
const verifiedKept = 8192

// Verified remembers tokens whose signature was good, so that one that is sent again costs no second check of it. What can change is not
// remembered: a token is compared with the clock each time, and with what was revoked by whoever asks. It is safe for concurrent use.
type Verified struct {
	tokens *token.Verifier
	now    func() time.Time
	kept   *lru.Cache[[sha256.Size]byte, *token.Claims] // by digest, so that memory holds no token that works
}

// NewVerified returns a memory of the tokens that the verifier accepts.
func NewVerified(tokens *token.Verifier, now func() time.Time) (*Verified, error) {
	kept, err := lru.New[[sha256.Size]byte, *token.Claims](verifiedKept)
	if err != nil {
		return nil, err
	}
	return &Verified{tokens: tokens, now: now, kept: kept}, nil
}

// Verify is the verifier's Verify. The claims are shared: nobody may change them.
func (v *Verified) Verify(text string) (*token.Claims, error) {
	digest := sha256.Sum256([]byte(text))
	if claims, ok := v.kept.Get(digest); ok {
		if v.now().Before(claims.ExpiresAt) {
			return claims, nil
		}
		v.kept.Remove(digest)
	}
	claims, err := v.tokens.Verify(text)
	if err == nil {
		v.kept.Add(digest, claims)
	}
	return claims, err
}
