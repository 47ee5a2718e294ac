// Package authn finds out who sends a request, from the credential that it presents.
package authn

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gatehouse/auth"
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
	Callers *auth.Callers
}

// A KeyAuthenticator turns the text of an API key into its caller. It returns
// [auth.ErrKeyInvalid], a [*auth.LimitError] after too many unknown keys from one place,
// and [auth.ErrUnavailable].
type KeyAuthenticator interface {
	Authenticate(ctx context.Context, text string) (*auth.Principal, error)
}

// Credentials are what a request presents.
type Credentials struct {
	Authorization []string // the values of the header
	Keys          []string // API keys from elsewhere
}

// Authenticate returns the caller that the credentials stand for, or nil without any.
// It returns [auth.ErrTokenExpired], [auth.ErrSessionEnded], [auth.ErrKeyInvalid],
// [auth.ErrSeveralCredentials], and [auth.ErrTokenInvalid] for anything else that is wrong with
// the credential; a [*auth.LimitError] after too many unknown keys; [auth.ErrUnavailable] if the
// credential can't be checked now; and the context's error if the client has gone.
func (a *Authenticator) Authenticate(ctx context.Context, c Credentials) (*auth.Principal, error) {
	if len(c.Keys) > 0 {
		if len(c.Keys)+len(c.Authorization) > 1 {
			return nil, auth.ErrSeveralCredentials
		}
		return a.key(ctx, c.Keys[0])
	}
	text, err := token.FromHeader(c.Authorization)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", auth.ErrTokenInvalid, err)
	case text == "":
		return nil, nil
	case strings.HasPrefix(text, auth.KeyPrefix):
		return a.key(ctx, text)
	}
	claims, err := a.Tokens.Verify(ctx, text)
	switch {
	case errors.Is(err, token.ErrExpired):
		return nil, auth.ErrTokenExpired
	case errors.Is(err, token.ErrKeysUnavailable):
		return nil, auth.Unavailable("the signing keys can't be read", err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", auth.ErrTokenInvalid, err)
	}
	return a.Callers.Principal(ctx, claims)
}

func (a *Authenticator) key(ctx context.Context, text string) (*auth.Principal, error) {
	if a.Keys == nil {
		return nil, auth.ErrKeyInvalid
	}
	return a.Keys.Authenticate(ctx, text)
}
