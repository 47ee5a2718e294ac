package desk

import (
	"context"
	"errors"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/bymail"
	"gatehouse/auth/factor"
	"gatehouse/auth/factor/recovery"
	"gatehouse/auth/factor/totp"
	"gatehouse/auth/proof"
)

// TOTPStore persists authenticator apps.
type TOTPStore interface {
	// AskTOTP keeps the sealed secret of an app until it is confirmed, in place of one that was
	// asked for before. The app that works already stays.
	AskTOTP(ctx context.Context, a *proof.Ask, sealed []byte) error
	// TryTOTP counts a code that is tried for an app that is being set up, and returns whose
	// it is, and its sealed secret. It returns [proof.ErrInvalid].
	TryTOTP(ctx context.Context, c *proof.Claim, most int) (userID string, sealed []byte, err error)
	// ConfirmTOTP sets up an app, in place of another one. The session has both factors from
	// then on. It returns [proof.ErrInvalid], and [factor.ErrOne] if the account has a second
	// factor that the session was opened without.
	ConfirmTOTP(ctx context.Context, c *proof.Claim, app TOTP, sessionID string, n Notice) (*auth.User, error)
	// TOTP returns the sealed secret of the account's app, or [auth.ErrInvalidCredentials].
	TOTP(ctx context.Context, userID string) (sealed []byte, err error)
	// UseStep notes that a code of that time step was used. It returns
	// [auth.ErrInvalidCredentials] if one of it, or of a later one, was used before.
	UseStep(ctx context.Context, userID string, step int64) error
	// DeleteTOTP removes the account's app. last is asked if no second factor is left.
	DeleteTOTP(ctx context.Context, userID string, last func(*auth.User) error, n Notice) (*auth.User, error)
	// SealedOther returns apps that are sealed with another secret than that with the id.
	SealedOther(ctx context.Context, id []byte, limit int) ([]TOTP, error)
	// Reseal replaces a sealed secret, if it still is the old one.
	Reseal(ctx context.Context, userID string, old, sealed []byte) error
}

// RecoveryStore persists recovery codes, by their digests.
type RecoveryStore interface {
	// ReplaceCodes gives the account these codes in place of those it has. allow is asked first.
	ReplaceCodes(ctx context.Context, userID string, digests [][]byte, allow func(*auth.User) error, n Notice) error
	// UseCode uses a code up. It returns [auth.ErrInvalidCredentials] if the account does not
	// have it, or it was used before.
	UseCode(ctx context.Context, userID string, digest []byte, n Notice) error
}

// A TOTPSecret is what a person gives to an authenticator app. It is shown once.
type TOTPSecret struct {
	Proof     string // for Confirm
	URI       string // for a QR code
	Secret    string // to type
	ExpiresAt time.Time
}

// BeginTOTP makes the secret of an authenticator app, which is not in use until it is confirmed.
// One that was made before can't be confirmed any more. It returns [auth.ErrNotOffered],
// [auth.ErrNoCredential] and [bymail.ErrNotPerson].
func (d *Desk) BeginTOTP(ctx context.Context) (*TOTPSecret, error) {
	p, err := d.person(ctx)
	if err != nil {
		return nil, err
	}
	if d.Rule == factor.Off {
		return nil, auth.ErrNotOffered
	}
	u, err := d.Accounts.Store.User(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	if err := strong(p, u); err != nil {
		return nil, err
	}
	secret := totp.NewSecret()
	sealed, err := d.Secrets.SealTOTP(p.ID, secret)
	if err != nil {
		return nil, err
	}
	ask := d.Proofs.New(proof.Request{Purpose: proof.TOTP, UserID: p.ID, SessionID: *p.SessionID})
	text, err := d.Proofs.Issue(ask)
	if err != nil {
		return nil, err
	}
	if err := d.Store.AskTOTP(ctx, ask, sealed); err != nil {
		return nil, err
	}
	return &TOTPSecret{
		Proof: text, URI: totp.URI(d.Issuer, u.Email, secret), Secret: totp.Text(secret), ExpiresAt: ask.Now.Add(ask.Life).Truncate(time.Second),
	}, nil
}

// strong returns [factor.ErrOne] if the account has a second factor, and the caller's session was
// opened without it: the password alone is not enough to add another one.
func strong(p *auth.Principal, u *auth.User) error {
	if u.SecondFactor && p.Factors < 2 {
		return factor.ErrOne
	}
	return nil
}

// ConfirmInput shows that an authenticator app has the secret.
type ConfirmInput struct {
	Proof string
	Code  string
}

// ConfirmTOTP sets up the authenticator app, in place of another one if the account has one. The
// caller's session then has both factors, as its next access token says. The code can't be used
// to log in. It returns [proof.ErrInvalid], [ErrWrong],
// [factor.ErrOne], and an [*auth.InputError].
func (d *Desk) ConfirmTOTP(ctx context.Context, in ConfirmInput) (*auth.User, error) {
	p, err := d.person(ctx)
	if err != nil {
		return nil, err
	}
	c, err := d.Proofs.Link(in.Proof, proof.TOTP)
	if err != nil {
		return nil, err
	}
	code, err := totp.Parse(in.Code)
	if err != nil {
		return nil, &auth.InputError{Field: "code", Message: "The code of an authenticator app has 6 digits."}
	}
	userID, sealed, err := d.Store.TryTOTP(ctx, c, maxTries)
	if err != nil {
		return nil, err
	}
	if userID != p.ID {
		return nil, proof.ErrInvalid
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
	return d.Store.ConfirmTOTP(ctx, c, TOTP{UserID: userID, Sealed: sealed, Step: step}, *p.SessionID, d.notice(bymail.MailFactorAdded))
}

// DeleteTOTP removes the caller's authenticator app, and with the last second factor the recovery
// codes. It returns a [*auth.ConflictError] if the account has to have one, and [factor.ErrOne].
func (d *Desk) DeleteTOTP(ctx context.Context) (*auth.User, error) {
	p, err := d.person(ctx)
	if err != nil {
		return nil, err
	}
	u, err := d.Accounts.Store.User(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	if err := strong(p, u); err != nil {
		return nil, err
	}
	return d.Store.DeleteTOTP(ctx, p.ID, d.Spare, d.notice(bymail.MailFactorRemoved))
}

// Spare returns a [*auth.ConflictError] unless the account may be without a second factor.
func (d *Desk) Spare(u *auth.User) error {
	if d.Rule.Demands(u.IsAdmin()) {
		return &auth.ConflictError{Message: "This is the last second factor, and the account has to have one. Set up another one first."}
	}
	return nil
}

// CreateCodes gives the caller recovery codes in place of those they have. It returns a
// [*auth.ConflictError] without a second factor, which they are to stand in for, and
// [factor.ErrOne].
func (d *Desk) CreateCodes(ctx context.Context) ([]string, error) {
	p, err := d.person(ctx)
	if err != nil {
		return nil, err
	}
	codes, digests := recovery.New()
	err = d.Store.ReplaceCodes(ctx, p.ID, digests, func(u *auth.User) error {
		if !u.SecondFactor {
			return &auth.ConflictError{Message: "Set up a second factor first: recovery codes stand in for it."}
		}
		return strong(p, u)
	}, d.notice(bymail.MailRecoveryMade))
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// resealed is how many secrets are sealed again at once.
const resealed = 100

// Reseal seals the secrets of authenticator apps with the present SECRET_KEY, so that the
// previous one can be forgotten.
func (d *Desk) Reseal(ctx context.Context) error {
	id, err := d.Secrets.SealedBy()
	if err != nil {
		return err
	}
	apps, err := d.Store.SealedOther(ctx, id, resealed)
	if err != nil {
		return err
	}
	var faults []error
	for _, app := range apps {
		faults = append(faults, d.reseal(ctx, app))
	}
	return errors.Join(faults...)
}

func (d *Desk) reseal(ctx context.Context, app TOTP) error {
	secret, err := d.Secrets.OpenTOTP(app.UserID, app.Sealed)
	if err != nil {
		return err
	}
	sealed, err := d.Secrets.SealTOTP(app.UserID, secret)
	if err != nil {
		return err
	}
	return d.Store.Reseal(ctx, app.UserID, app.Sealed, sealed)
}
