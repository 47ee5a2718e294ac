package auth

import (
	"context"
	"errors"
	"fmt"

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
	Callers *Callers
}

// Authenticate returns the caller that the values of the Authorization header
// stand for, or nil without the header. It returns [ErrTokenExpired],
// [ErrSessionEnded], and [ErrTokenInvalid] for anything else that is wrong with
// the credential; [ErrUnavailable] if the credential can't be checked now; and
// the context's error if the client has gone.
func (a *Authenticator) Authenticate(ctx context.Context, authorization []string) (*Principal, error) {
	text, err := token.FromHeader(authorization)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrTokenInvalid, err)
	case text == "":
		return nil, nil
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
