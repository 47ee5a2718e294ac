package desk

import (
	"context"
	"encoding/json"
	"errors"

	"gatehouse/auth"
	"gatehouse/auth/attempts"
	"gatehouse/auth/bymail"
	"gatehouse/auth/client"
	"gatehouse/auth/factor/recovery"
	"gatehouse/auth/factor/totp"
)

// A Given is a second factor that a person gives: one of these.
type Given struct {
	TOTP         *string
	RecoveryCode *string
	Passkey      map[string]any
	Ceremony     string // of the passkey
}

// Check returns how the account's owner is authenticated by a second factor (RFC 8176). It
// returns [auth.ErrInvalidCredentials] if that is wrong, and an [*auth.InputError] unless one is
// given. The caller counts the attempts.
func (d *Desk) Check(ctx context.Context, userID string, given Given) (amr []string, err error) {
	check, err := d.read(given)
	if err != nil {
		return nil, err
	}
	return check(ctx, userID, given.Ceremony)
}

// A check verifies what was given against what an account has.
type check func(ctx context.Context, userID, ceremony string) (amr []string, err error)

// read returns the check of what was given. It returns an [*auth.InputError] if that has not
// the form of a factor, which costs no try, or unless it is exactly one.
func (d *Desk) read(given Given) (check, error) {
	switch {
	case given.TOTP != nil && given.RecoveryCode == nil && given.Passkey == nil:
		code, err := totp.Parse(*given.TOTP)
		if err != nil {
			return nil, &auth.InputError{Field: "totp", Message: "The code of an authenticator app has 6 digits."}
		}
		return func(ctx context.Context, userID, _ string) ([]string, error) { return d.useTOTP(ctx, userID, code) }, nil
	case given.TOTP == nil && given.RecoveryCode != nil && given.Passkey == nil:
		digest, ok := recovery.Digest(*given.RecoveryCode)
		if !ok {
			return nil, &auth.InputError{Field: "recoveryCode", Message: "A recovery code has 25 letters and digits."}
		}
		return func(ctx context.Context, userID, _ string) ([]string, error) {
			return []string{"otp"}, orWrong(d.Store.UseCode(ctx, userID, digest, d.notice(bymail.MailRecoveryUsed)))
		}, nil
	case given.TOTP == nil && given.RecoveryCode == nil && given.Passkey != nil:
		credential, err := json.Marshal(given.Passkey)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, userID, ceremony string) ([]string, error) {
			if d.Passkeys == nil || ceremony == "" {
				return nil, auth.ErrInvalidCredentials
			}
			return d.Passkeys.Verify(ctx, userID, ceremony, credential)
		}, nil
	}
	return nil, &auth.InputError{Field: "totp", Message: "Give one of totp, recoveryCode and passkey."}
}

// useTOTP uses a code of the account's authenticator app up.
func (d *Desk) useTOTP(ctx context.Context, userID, code string) ([]string, error) {
	sealed, err := d.Store.TOTP(ctx, userID)
	if err != nil {
		return nil, orWrong(err)
	}
	secret, err := d.Secrets.OpenTOTP(userID, sealed)
	if err != nil {
		return nil, err
	}
	step, ok, err := totp.Match(secret, code, d.Proofs.Now())
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ErrWrong
	}
	return []string{"otp"}, orWrong(d.Store.UseStep(ctx, userID, step))
}

// orWrong returns [ErrWrong] for what the store refuses. Other errors are returned unchanged.
func orWrong(err error) error {
	if errors.Is(err, auth.ErrInvalidCredentials) {
		return ErrWrong
	}
	return err
}

// count counts an attempt to give a second factor of the account, apart from those at its
// password: one who knows that can't keep its owner, who comes from another place, from
// logging in. It returns a [*auth.LimitError] after too many failures.
func (d *Desk) count(ctx context.Context, userID string, try func() ([]string, error)) ([]string, error) {
	if d.Attempts == nil {
		return try()
	}
	limits := attempts.Login("second factor "+userID, client.Of(ctx).Prefix48())
	attempt, outcome, err := attempts.Begin(ctx, d.Attempts, nil, limits)
	if err != nil {
		return nil, err
	}
	if outcome.Wait > 0 {
		return nil, &auth.LimitError{After: outcome.Wait}
	}
	amr, err := try()
	ended := context.WithoutCancel(ctx) // an attempt also counts if the client has gone
	if errors.Is(err, auth.ErrInvalidCredentials) {
		if fault := attempt.Failed(ended); fault != nil {
			return nil, fault
		}
		return nil, err
	}
	if fault := attempt.Succeeded(ended); fault != nil {
		return nil, fault
	}
	return amr, err
}
