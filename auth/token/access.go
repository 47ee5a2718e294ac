package token

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// clockSkew is how far the clock of the issuing replica may be ahead of ours.
const clockSkew = 5 * time.Second

// accessType is the typ of an access token (RFC 9068, 2.1). Nothing else we
// sign has this type (RFC 8725, 3.11).
const accessType = "at+jwt"

// Verifier verifies access tokens. It is safe for concurrent use.
type Verifier struct {
	Issuer      string        // the required iss
	Audience    string        // the required aud: this service
	MaxLifetime time.Duration // the longest allowed exp - iat, in whole seconds; 0 is no limit

	// Key returns the key with the given id: 1 to 128 letters, digits, "-" and
	// "_". ctx is the one given to Verify. An error that is [ErrKeysUnavailable]
	// or the context's means that the key can't be looked up now; any other error
	// makes the token invalid. Verify wraps the error. To verify the tokens of
	// another service, use [Remote.Key].
	Key func(ctx context.Context, kid string) (*Key, error)
	Now func() time.Time
}

// Sign makes an access token. Times are cut to whole seconds. It returns an
// error if the key is a public key or if every verifier would refuse the claims,
// and [ErrTooLarge].
func (k *Key) Sign(c *Claims) (string, error) {
	text, err := k.signAccess(c)
	if err != nil {
		return "", fmt.Errorf("sign access token: %w", err)
	}
	return text, nil
}

func (k *Key) signAccess(c *Claims) (string, error) {
	if err := c.complete(); err != nil {
		return "", err
	}
	payload, err := c.marshal()
	if err != nil {
		return "", err
	}
	text, err := k.sign(accessType, payload)
	if err == nil && len(text) > maxSize {
		err = ErrTooLarge
	}
	return text, err
}

// Verify returns the claims of a good token.
//
// It returns [ErrExpired] only if nothing but the time is wrong, so that a
// forged token never looks like one that merely needs a refresh. It returns
// [ErrKeysUnavailable] if the key can't be looked up, also because ctx ends;
// the error then wraps the context's. Everything else is [ErrInvalid] (RFC 8725
// and RFC 9068, 4): a wrong form, signature, type, issuer or audience; a claim
// that is missing or has the wrong type; a token from the future, or with a
// longer lifetime than MaxLifetime.
func (v *Verifier) Verify(ctx context.Context, text string) (*Claims, error) {
	now := v.Now()
	r, err := v.authentic(ctx, text)
	if err == nil {
		err = v.accept(r, now)
	}
	if errors.Is(err, ErrKeysUnavailable) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if !now.Before(r.ExpiresAt) {
		return nil, ErrExpired
	}
	return &r.Claims, nil
}

// authentic returns the claims of an access token after verifying its
// signature. No claim is read before that (ASVS 9.1.1).
func (v *Verifier) authentic(ctx context.Context, text string) (*received, error) {
	j, err := parseJWS(text)
	if err != nil {
		return nil, err
	}
	payload, err := v.payload(ctx, j, accessType)
	if err != nil {
		return nil, err
	}
	r := new(received)
	if err := r.unmarshal(payload); err != nil {
		return nil, fmt.Errorf("claims: %w", err)
	}
	return r, nil
}

// payload returns the content of a token of that type after verifying its signature.
func (v *Verifier) payload(ctx context.Context, j *jws, typ string) ([]byte, error) {
	if j.header.Type != typ && j.header.Type != "application/"+typ {
		return nil, fmt.Errorf("typ is not %s", typ)
	}
	if err := CheckKeyID(j.header.KeyID); err != nil {
		return nil, err
	}
	key, err := v.key(ctx, j.header.KeyID)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	if err := key.verify(j); err != nil {
		return nil, err
	}
	payload, err := decodeSegment(j.payload)
	if err != nil {
		return nil, fmt.Errorf("claims: %w", err)
	}
	return payload, nil
}

// key looks up a key. A look-up that was cut short by its context says nothing
// about the token.
func (v *Verifier) key(ctx context.Context, id string) (*Key, error) {
	key, err := v.Key(ctx, id)
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("%w: %w", ErrKeysUnavailable, err)
	}
	if err == nil && key == nil {
		err = errors.New("no key has this id")
	}
	return key, err
}

// accept applies every rule except the one about exp.
func (v *Verifier) accept(r *received, now time.Time) error {
	if err := r.complete(); err != nil {
		return err
	}
	switch {
	case r.Issuer != v.Issuer:
		return errors.New("claim iss is another issuer")
	case !slices.Contains(r.Audience, v.Audience):
		return errors.New("claim aud is another audience")
	case r.IssuedAt.After(now.Add(clockSkew)):
		return errors.New("issued in the future")
	case r.notBefore.After(now):
		return errors.New("not valid yet")
	case v.MaxLifetime > 0 && r.ExpiresAt.Sub(r.IssuedAt) > v.MaxLifetime:
		return errors.New("the lifetime is too long")
	}
	return nil
}
