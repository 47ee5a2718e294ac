package auth

import (
	"context"

	"gatehouse/auth/token"
)

// KeyPrefix begins the text of every API key.
const KeyPrefix = "gh_"

// KeyClaims are what an API key stands for: the claims of an access token whose session
// is the key.
type KeyClaims struct {
	*token.Claims
	Own  []string // of the key's scopes, those that open one's own
	Self bool     // the owner is a service account, which acts for itself
}

// KeyPrincipal returns the caller that an API key stands for. It returns
// [ErrSessionEnded] if the key has ended, or if the claims are from before it was
// rotated, and [ErrUnavailable] if the database does not answer.
func (c *Callers) KeyPrincipal(ctx context.Context, k *KeyClaims) (*Principal, error) {
	p, err := c.principal(ctx, k.Claims)
	if err != nil {
		return nil, err
	}
	p.KeyID, p.SessionID, p.Delegated = k.SessionID, nil, !k.Self
	p.Factors = 0 // no person proves who they are with a key
	if len(k.Own) > 0 {
		p.Scopes = set(append(p.Scopes, k.Own...))
	}
	return p, nil
}
