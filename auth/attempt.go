package auth

import (
	"context"
	"errors"

	"gatehouse/auth/attempts"
	"gatehouse/auth/client"
	"gatehouse/auth/policy"
)

// beginLogin begins a login to the account with the canonical email, "" for an
// invalid one. It returns a [*LimitError] if the login has to wait. The attempt
// is nil if attempts are not counted.
func (p *Passwords) beginLogin(ctx context.Context, email string, uses []policy.Use) (*attempts.Attempt, error) {
	if p.Attempts == nil {
		return nil, nil
	}
	from := client.Of(ctx)
	place := from.Prefix48()
	attempt, outcome, err := attempts.Begin(ctx, p.Attempts, uses, attempts.Login(email, place))
	if err != nil {
		return nil, err
	}
	if outcome.Wait > 0 && !outcome.Overused {
		known, err := p.Store.KnowsPlace(ctx, email, from)
		if err != nil {
			return nil, err
		}
		if known {
			attempt, outcome, err = attempts.Begin(ctx, p.Attempts, nil, attempts.Known(email, place))
			if err != nil {
				return nil, err
			}
		}
	}
	if outcome.Wait > 0 {
		return nil, &LimitError{After: outcome.Wait}
	}
	return attempt, nil
}

// beginConfirmation begins the caller's confirmation by password. It returns a
// [*LimitError] if the caller has to wait. The attempt is nil if attempts are
// not counted.
func (p *Passwords) beginConfirmation(ctx context.Context, userID string) (*attempts.Attempt, error) {
	if p.Attempts == nil {
		return nil, nil
	}
	session := ""
	if c := Caller(ctx); c != nil && c.SessionID != nil {
		session = *c.SessionID
	}
	attempt, outcome, err := attempts.Begin(ctx, p.Attempts, nil, attempts.Confirmation(userID, session))
	if err == nil && outcome.Wait > 0 {
		err = &LimitError{After: outcome.Wait}
	}
	return attempt, err
}

// Guess runs check, which returns [ErrInvalidCredentials] if what the caller gave to confirm
// something is wrong: a password or a code. It returns a [*LimitError] after too many of these
// in the session, and the errors of check.
func (p *Passwords) Guess(ctx context.Context, userID string, check func() error) error {
	attempt, err := p.beginConfirmation(ctx, userID)
	if err != nil {
		return err
	}
	err = check()
	if fault := end(ctx, attempt, errors.Is(err, ErrInvalidCredentials)); fault != nil {
		return fault
	}
	return err
}

// end ends an attempt. Only a wrong password counts as a failure. An attempt
// also counts if the client has gone.
func end(ctx context.Context, a *attempts.Attempt, wrong bool) error {
	if a == nil {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	if wrong {
		return a.Failed(ctx)
	}
	return a.Succeeded(ctx)
}
