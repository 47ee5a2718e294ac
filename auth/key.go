package auth

import (
	"context"

	"gatehouse/auth/token"
)

// KeyPrefix begins the text of every API key.
const KeyPrefix = "gh_"

// A KeyAuthenticator turns the text of an API key into its caller. It returns
// [ErrKeyInvalid], a [*LimitError] after too many unknown keys from one place, and
// [ErrUnavailable].
type KeyAuthenticator interface {
	Authenticate(ctx context.Context, text string) (*Principal, error)
}

// KeyPrincipal returns the caller that an API key stands for, whose claims are those of
// an access token with the key as its session. It returns [ErrSessionEnded] if the key
// has ended, or if the claims are from before it was rotated, and [ErrUnavailable] if the
// database does not answer.
func (c *Callers) KeyPrincipal(ctx context.Context, claims *token.Claims) (*Principal, error) {
	p, err := c.Principal(ctx, claims)
	if err != nil {
		return nil, err
	}
	p.KeyID, p.SessionID = claims.SessionID, nil
	return p, nil
}
