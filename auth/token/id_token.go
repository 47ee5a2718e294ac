package token

import (
	"context"
	"errors"
	"fmt"
)

// idTokenType is the typ of an ID token. It is not that of an access token, so that neither
// passes for the other (RFC 8725, 3.11).
const idTokenType = "JWT"

// SignIDToken makes an ID token (OpenID Connect Core, 2) of its claims, a JSON object. It
// returns an error if the key is a public key.
func (k *Key) SignIDToken(claims []byte) (string, error) {
	text, err := k.sign(idTokenType, claims)
	if err != nil {
		return "", fmt.Errorf("sign ID token: %w", err)
	}
	return text, nil
}

// IDTokenClaims returns the claims of an ID token that one of the keys signed, as JSON. It
// compares none of them with anything: such a token may have expired and still name the person it was
// about (OpenID Connect Core, 3.1.2.1). key finds a key as [Verifier.Key] does.
//
// It returns [ErrKeysUnavailable] if the key can't be looked up. Everything else is
// [ErrInvalid].
func IDTokenClaims(ctx context.Context, text string, key func(ctx context.Context, kid string) (*Key, error)) ([]byte, error) {
	claims, err := idTokenClaims(ctx, text, &Verifier{Key: key})
	if err != nil && !errors.Is(err, ErrKeysUnavailable) {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return claims, err
}

func idTokenClaims(ctx context.Context, text string, v *Verifier) ([]byte, error) {
	j, err := parseJWS(text)
	if err != nil {
		return nil, err
	}
	return v.payload(ctx, j, idTokenType)
}
