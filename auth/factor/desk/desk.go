// Package desk lets people set up second factors, and asks for them.
package desk

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/attempts"
	"gatehouse/auth/bymail"
	"gatehouse/auth/factor"
	"gatehouse/auth/proof"
	"gatehouse/auth/token"
)

// ErrWrong means that a code of an authenticator app or a recovery code is wrong, or was used
// before. It does not say which. It wraps [auth.ErrInvalidCredentials].
var ErrWrong error = wrong{}

type wrong struct{}

func (wrong) Error() string { return "the code is wrong, or was used before" }
func (wrong) Unwrap() error { return auth.ErrInvalidCredentials }

// Factors are what an account has set up.
type Factors struct {
	Count         int // of second factors: an authenticator app, and passkeys
	TOTP          bool
	RecoveryCodes int // that were not used
}

// A TOTP is an authenticator app of an account.
type TOTP struct {
	UserID string
	Sealed []byte // its secret
	Step   int64  // of the last code that was used
}

// A Notice tells the owner of an account of a change by mail. The zero Notice does not.
type Notice struct {
	Kind bymail.Kind
	At   time.Time
}

// Store persists second factors. Each method is one atomic step.
type Store interface {
	ChallengeStore
	TOTPStore
	RecoveryStore
	// Factors returns what the account has set up, or [auth.ErrUserNotFound].
	Factors(ctx context.Context, userID string) (*Factors, error)
	// Reset removes the account's second factors, which allow has to permit, and ends its
	// sessions. It returns [auth.ErrUserNotFound].
	Reset(ctx context.Context, userID string, allow func(*auth.User) error, n Notice) (*auth.User, error)
}

// Desk sets up second factors and asks for them.
type Desk struct {
	Rule     factor.Rule
	Mail     bool   // owners are told of changes
	Issuer   string // as authenticator apps show it
	Proofs   *proof.Proofs
	Secrets  token.Secrets
	Store    Store
	Passkeys factor.Passkeys  // nil: there are none
	Attempts attempts.Counter // nil: guessing is not slowed down
	Accounts *auth.Accounts
	Sessions *auth.Sessions
}

// person returns the caller, a person in a session of their own. It returns
// [auth.ErrNoCredential] and [bymail.ErrNotPerson].
func (d *Desk) person(ctx context.Context) (*auth.Principal, error) {
	p := auth.Caller(ctx)
	switch {
	case p == nil:
		return nil, auth.ErrNoCredential
	case !p.IsPerson():
		return nil, bymail.ErrNotPerson
	}
	return p, nil
}

// notice returns the notice of a change that happens now, if owners are told.
func (d *Desk) notice(kind bymail.Kind) Notice {
	if !d.Mail {
		return Notice{}
	}
	return Notice{Kind: kind, At: d.Proofs.Now()}
}

// Enrolled returns what can follow the account's first factor, the strongest first.
func (d *Desk) Enrolled(ctx context.Context, userID string) ([]factor.Kind, error) {
	f, err := d.Store.Factors(ctx, userID)
	if err != nil {
		return nil, err
	}
	var methods []factor.Kind
	if d.Passkeys != nil {
		has, err := d.Passkeys.Has(ctx, userID)
		if err != nil {
			return nil, err
		}
		if has {
			methods = append(methods, factor.Passkey)
		}
	}
	if f.TOTP {
		methods = append(methods, factor.TOTP)
	}
	if f.RecoveryCodes > 0 {
		methods = append(methods, factor.RecoveryCode)
	}
	return methods, nil
}

// HasTOTP reports whether the account has an authenticator app.
func (d *Desk) HasTOTP(ctx context.Context, u *auth.User) (*bool, error) {
	f, err := d.of(ctx, u)
	return &f.TOTP, err
}

// CodesLeft returns how many recovery codes the account has left.
func (d *Desk) CodesLeft(ctx context.Context, u *auth.User) (*int, error) {
	f, err := d.of(ctx, u)
	return &f.RecoveryCodes, err
}

// of returns what the account has set up; nothing with an error.
func (d *Desk) of(ctx context.Context, u *auth.User) (*Factors, error) {
	if !u.SecondFactor {
		return &Factors{}, nil
	}
	f, err := d.Store.Factors(ctx, u.ID)
	if err != nil {
		return &Factors{}, err
	}
	return f, nil
}

// Reset removes all second factors of another account, which the caller has to outrank, and
// ends its sessions. It returns [auth.ErrRank], [auth.ErrUserNotFound] and an
// [*auth.InputError].
func (d *Desk) Reset(ctx context.Context, userID string) (*auth.User, error) {
	u, err := d.Accounts.User(ctx, userID)
	if input := (*auth.InputError)(nil); errors.As(err, &input) {
		return nil, &auth.InputError{Field: "userId", Message: input.Message}
	}
	if err != nil {
		return nil, err
	}
	if p := auth.Caller(ctx); p != nil && p.ID == u.ID {
		return nil, &auth.InputError{Field: "userId", Message: "This is your own account. Remove its factors one by one."}
	}
	allow := func(u *auth.User) error { return d.Accounts.CheckRank(ctx, u) }
	return d.Store.Reset(ctx, u.ID, allow, d.notice(bymail.MailFactorsReset))
}

// object reads a JSON object.
func object(text json.RawMessage) (map[string]any, error) {
	var all map[string]any
	return all, json.Unmarshal(text, &all)
}
