package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gatehouse/auth/token"
)

// A TokenVerifier returns the claims of a valid access token. It returns
// [token.ErrExpired], [token.ErrInvalid] and [token.ErrKeysUnavailable].
type TokenVerifier interface {
	Verify(ctx context.Context, text string) (*token.Claims, error)
}

// An Authenticator turns the credential of a request into its caller.
type Authenticator struct {
	Tokens  TokenVerifier
	Keys    KeyAuthenticator // nil: no API key is valid
	Callers *Callers
}

// Credentials are what a request presents.
type Credentials struct {
	Authorization []string // the values of the header
	Keys          []string // API keys from elsewhere
}

// Authenticate returns the caller that the credentials stand for, or nil without any.
// It returns [ErrTokenExpired], [ErrSessionEnded], [ErrKeyInvalid],
// [ErrSeveralCredentials], and [ErrTokenInvalid] for anything else that is wrong with
// the credential; a [*LimitError] after too many unknown keys; [ErrUnavailable] if the
// credential can't be checked now; and the context's error if the client has gone.
func (a *Authenticator) Authenticate(ctx context.Context, c Credentials) (*Principal, error) {
	if len(c.Keys) > 0 {
		if len(c.Keys)+len(c.Authorization) > 1 {
			return nil, ErrSeveralCredentials
		}
		return a.key(ctx, c.Keys[0])
	}
	text, err := token.FromHeader(c.Authorization)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrTokenInvalid, err)
	case text == "":
		return nil, nil
	case strings.HasPrefix(text, KeyPrefix):
		return a.key(ctx, text)
	}
	claims, err := a.Tokens.Verify(ctx, text)
	switch {
	case errors.Is(err, token.ErrExpired):
		return nil, ErrTokenExpired
	case errors.Is(err, token.ErrKeysUnavailable):
		return nil, unavailable("the signing keys can't be read", err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrTokenInvalid, err)
	}
	return a.Callers.Principal(ctx, claims)
}

func (a *Authenticator) key(ctx context.Context, text string) (*Principal, error) {
	if a.Keys == nil {
		return nil, ErrKeyInvalid
	}
	return a.Keys.Authenticate(ctx, text)
}
