package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gatehouse/auth/token"
)

// A TokenVerifier returns the claims of an access token that is good. token.ErrExpired; token.ErrInvalid; token.ErrKeysUnavailable.
type TokenVerifier interface {
	Verify(ctx context.Context, text string) (*token.Claims, error)
}

// An Authenticator reads the credential of a request.
type Authenticator struct {
	Tokens  TokenVerifier
	Callers *Callers
}

// Authenticate returns the caller that the values of the header Authorization stand for; nil and no error where there is none.
// A credential that can't be accepted is ErrTokenExpired, ErrSessionEnded, or, whatever else is wrong with it, ErrTokenInvalid. ErrUnavailable
// if it can't be found out whether it still holds.
func (a *Authenticator) Authenticate(ctx context.Context, authorization []string) (*Principal, error) {
	if len(authorization) == 0 {
		return nil, nil
	}
	if len(authorization) > 1 {
		return nil, fmt.Errorf("%w: two credentials", ErrTokenInvalid) // RFC 6750, 2
	}
	scheme, text, _ := strings.Cut(authorization[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return nil, fmt.Errorf("%w: the scheme is not Bearer", ErrTokenInvalid)
	}
	claims, err := a.Tokens.Verify(ctx, text)
	switch {
	case errors.Is(err, token.ErrExpired):
		return nil, ErrTokenExpired
	case errors.Is(err, token.ErrKeysUnavailable):
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrTokenInvalid, err)
	}
	return a.Callers.Principal(ctx, claims)
}
