package inspect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/token"
	"gatehouse/command/work"
	"gatehouse/server"
)

// errRefused means that the service would not accept the token; the verdict
// says why.
var errRefused = errors.New("the service refuses this token")

// A verification checks a token as the service does and returns the verdict.
// The error is errRefused if the service would refuse the token; any other
// error means that the token could not be checked. It changes nothing: it makes
// no key and uses up no refresh token.
type verification func(ctx context.Context, d *server.Deployment, text string) (verdict string, err error)

// verifyToken checks a token with the keys and the secret of the deployment.
func verifyToken(ctx context.Context, e *work.Env, text string, check verification) (verdict string, err error) {
	verdict = notChecked
	err = e.OnTables(ctx, func(ctx context.Context, d *server.Deployment) error {
		verdict, err = check(ctx, d, text)
		return err
	})
	return verdict, err
}

func verifyJWT(ctx context.Context, d *server.Deployment, text string) (string, error) {
	keyring, err := d.Keys().Read(ctx)
	if err != nil {
		return notChecked, err
	}
	verifier := d.Verifier(keyring.Key)
	if isIDToken(text) {
		return verifyID(ctx, verifier, text)
	}
	claims, err := verifier.Verify(ctx, text)
	if err != nil {
		return refused(err)
	}
	live, err := d.Revocations(ctx)
	if err != nil {
		return notChecked, err
	}
	if _, err := live.Principal(claims); err != nil {
		return refused(err)
	}
	return "accepted", nil
}

// verifyID checks an ID token as its client does (OpenID Connect Core, 3.1.3.7), except for the
// nonce, which only the client knows.
func verifyID(ctx context.Context, v *token.Verifier, text string) (string, error) {
	payload, err := token.IDTokenClaims(ctx, text, v.Key)
	if err != nil {
		return refused(err)
	}
	var claims struct {
		Issuer    string `json:"iss"`
		ExpiresAt int64  `json:"exp"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil || claims.Issuer != v.Issuer {
		return refused(errors.New("the token is of another issuer"))
	}
	if !v.Now().Before(time.Unix(claims.ExpiresAt, 0)) {
		return refused(token.ErrExpired)
	}
	return "made by this deployment, for the client that aud names; the service itself accepts no ID token", nil
}

// verifyOpaque checks a token with the secret alone.
func verifyOpaque(_ context.Context, d *server.Deployment, text string) (string, error) {
	read, err := token.InspectOpaque(text)
	if err != nil {
		return refused(err)
	}
	verdict := "made by this deployment; only its use would tell whether it is the session's current token"
	switch read.Version {
	case token.ApplicationRefreshVersion:
		_, err = d.Secrets.ParseApplicationRefresh(text)
	case token.CodeVersion:
		_, err = d.Secrets.ParseCode(text)
		verdict = "made by this deployment; only its use would tell whether it was used before"
	case token.SignInVersion:
		_, err = d.Secrets.ParseSignIn(text)
		verdict = "made by this deployment; gatehouse session list tells whether its session goes on"
	default:
		_, err = d.Secrets.ParseRefresh(text)
	}
	if err != nil {
		return refused(err)
	}
	return verdict, nil
}

// verifyAPIKey checks an API key as the service does. It does not count as a use.
func verifyAPIKey(ctx context.Context, d *server.Deployment, text string) (string, error) {
	live, err := d.Revocations(ctx)
	if err != nil {
		return notChecked, err
	}
	callers := &auth.Callers{Revocations: live, InSync: func() bool { return true }, Store: d.Store}
	keys, err := d.APIKeyAuthenticator(callers)
	if err != nil {
		return notChecked, err
	}
	switch _, err = keys.Authenticate(ctx, text); {
	case errors.Is(err, auth.ErrKeyInvalid):
		return refused(err)
	case err != nil:
		return notChecked, err
	}
	return "accepted", nil
}

func refused(err error) (string, error) { return fmt.Sprintf("refused: %v", err), errRefused }
