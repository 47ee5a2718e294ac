package inspect

import (
	"context"
	"errors"
	"fmt"

	"gatehouse/auth"
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

func verifyAccess(ctx context.Context, d *server.Deployment, text string) (string, error) {
	keyring, err := d.Keys().Read(ctx)
	if err != nil {
		return notChecked, err
	}
	claims, err := d.Verifier(keyring.Key).Verify(ctx, text)
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

// verifyRefresh checks a refresh token with the secret alone.
func verifyRefresh(_ context.Context, d *server.Deployment, text string) (string, error) {
	if _, err := d.Secrets.ParseRefresh(text); err != nil {
		return refused(err)
	}
	return "made by this deployment; only its use would tell whether it is the session's current token", nil
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
