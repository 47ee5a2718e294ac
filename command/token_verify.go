package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/token"
)

// errRefused is a token that the service would not accept; the verdict says why.
var errRefused = errors.New("the service refuses this token")

// A checker checks tokens as the service does, and changes nothing: it makes no keys and uses no refresh token up.
type checker struct {
	*deployment
	now func() time.Time
}

// access returns the verdict on an access token. errRefused if the service would not accept it; any other error means that it could not
// be checked.
func (c *checker) access(ctx context.Context, text string) (string, error) {
	keys, err := c.keys(ctx)
	if err != nil {
		return unchecked, err
	}
	verifier := &token.Verifier{
		Issuer: c.settings.PublicURL, Audience: c.settings.Audience, MaxLifetime: c.settings.AccessTokenTTL, Now: c.now,
		Key: func(id string) (*token.Key, error) {
			if key, ok := keys[id]; ok {
				return key, nil
			}
			return nil, errors.New("none of this id")
		},
	}
	claims, err := verifier.Verify(text)
	if err != nil {
		return refused(err)
	}
	live := auth.NewLive(nil, c.settings.AccessTokenTTL, c.now)
	if err := c.reload(ctx, live); err != nil {
		return unchecked, err
	}
	if _, err := live.Principal(claims); err != nil {
		return refused(err)
	}
	return "accepted", nil
}

// refresh returns the verdict on a refresh token, as far as the secret alone gives one.
func (c *checker) refresh(_ context.Context, text string) (string, error) {
	secrets, err := c.settings.secrets()
	if err != nil {
		return unchecked, err
	}
	if _, err := secrets.ParseRefresh(text); err != nil {
		return refused(err)
	}
	return "made by this deployment; whether it still is the session's current token only its use would tell", nil
}

func refused(err error) (string, error) { return fmt.Sprintf("refused: %v", err), errRefused }

// keys opens the deployment's signing keys.
func (c *checker) keys(ctx context.Context) (map[string]*token.Key, error) {
	secrets, err := c.settings.secrets()
	if err != nil {
		return nil, err
	}
	sealed, err := c.store.SealedKeys(ctx)
	if err != nil {
		return nil, err
	}
	keys := make(map[string]*token.Key, len(sealed))
	for _, s := range sealed {
		key, err := secrets.OpenKey(s.ID, s.Algorithm, s.Sealed)
		if errors.Is(err, token.ErrOtherSecret) {
			return nil, auth.ErrOtherSecret
		}
		if err != nil {
			return nil, err
		}
		keys[s.ID] = key
	}
	return keys, nil
}
