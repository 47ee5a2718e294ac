// Package reauth lets a person who is in a session show again who they are. The session goes on,
// and counts as fresh from then on (RFC 9470).
package reauth

import (
	"context"
	"errors"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/factor"
	"gatehouse/auth/factor/desk"
	"gatehouse/auth/proof"
)

// ErrNotPerson means that an application, an API key or a program asked for it.
var ErrNotPerson = errors.New("an application or an API key can't do this; log in as the person")

// How a person is authenticated who gives the password, or a code from a mail (RFC 8176).
var (
	byPassword = []string{"pwd"}
	byMail     = []string{"otp"}
)

// Factors knows the second factors of accounts.
type Factors interface {
	// Enrolled returns the second factors that the account has.
	Enrolled(ctx context.Context, userID string) ([]factor.Kind, error)
	// Check returns how the account's owner is authenticated by a second factor (RFC 8176). It
	// returns [auth.ErrInvalidCredentials] if that is wrong, an [*auth.InputError] if it has not
	// the form of one, and [proof.ErrInvalid] for a ceremony that is not open.
	Check(ctx context.Context, userID string, given desk.Given) ([]string, error)
}

// A Raise notes in a session that its person has just shown who they are.
type Raise struct {
	UserID     string
	SessionID  string
	Generation int          // of the access token
	AuthTime   time.Time    // now
	AMR        []string     // from now on
	Hash       string       // the password's, which has to be the stored one; "" for none
	Claim      *proof.Claim // to use up, of the same account; nil for none
}

// Store persists sessions and accounts.
type Store interface {
	// RaiseSession applies r in one step, and returns the session as it is then. Its refresh
	// token stays the same. It returns [auth.ErrInvalidCredentials] if the hash is not the
	// stored one, [proof.ErrInvalid], and [auth.ErrSessionEnded] also if the access token is of
	// an earlier generation.
	RaiseSession(ctx context.Context, r Raise, life auth.Lifetimes) (*auth.Session, *auth.User, error)
	// User returns the account with the id, or [auth.ErrUserNotFound].
	User(ctx context.Context, id string) (*auth.User, error)
}

// Reauthentication lets people show again who they are.
type Reauthentication struct {
	Store    Store
	Sessions *auth.Sessions
	Proofs   *proof.Proofs
	Factors  Factors // nil: no account has a second factor
	ByMail   bool    // people log in by mail
}

// Input shows who the caller is, in one way.
type Input struct {
	Password     *string
	TOTP         *string
	RecoveryCode *string
	Passkey      map[string]any
	Ceremony     *string // of the passkey
	Proof        *string // from the link of a mail that logs in
	Request      *string
	Code         *string // from the same mail, with the request
}

// ways returns how many ways the input gives, and whether each is complete.
func (in *Input) ways() (n int, complete bool) {
	for _, given := range []bool{
		in.Password != nil, in.TOTP != nil, in.RecoveryCode != nil, in.Passkey != nil || in.Ceremony != nil, in.mailed(),
	} {
		if given {
			n++
		}
	}
	return n, (in.Passkey == nil) == (in.Ceremony == nil) && (in.Request == nil) == (in.Code == nil) && (in.Proof == nil || in.Code == nil)
}

func (in *Input) mailed() bool { return in.Proof != nil || in.Request != nil || in.Code != nil }

// given returns the second factor that the input gives.
func (in *Input) given() desk.Given {
	g := desk.Given{TOTP: in.TOTP, RecoveryCode: in.RecoveryCode, Passkey: in.Passkey}
	if in.Ceremony != nil {
		g.Ceremony = *in.Ceremony
	}
	return g
}

// Reauthenticate notes that the caller has shown who they are, and returns a new access token
// with the same refresh token. An account with a second factor is asked for that: a password
// alone was enough before, and does not show more. A mail is enough for an account that has
// nothing else.
//
// It returns [auth.ErrInvalidCredentials] for a wrong answer, and for a password or a mail where
// it is not enough; [proof.ErrInvalid]; an [*auth.InputError] unless exactly one way is given; a
// [*auth.LimitError] after too many wrong answers in the session; [ErrNotPerson] and
// [auth.ErrSessionEnded].
func (r *Reauthentication) Reauthenticate(ctx context.Context, in Input) (*auth.Tokens, error) {
	p := auth.Caller(ctx)
	switch n, complete := in.ways(); {
	case p == nil:
		return nil, auth.ErrNoCredential
	case !p.IsPerson():
		return nil, ErrNotPerson
	case n != 1 || !complete:
		return nil, &auth.InputError{Message: "Give one of password, totp, recoveryCode, passkey with ceremony, proof, and code with request."}
	}
	enrolled, err := r.enrolled(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	switch {
	case in.Password != nil && !enrolled:
		return r.byPassword(ctx, p, *in.Password)
	case in.mailed() && !enrolled:
		return r.byMail(ctx, p, in)
	}
	return r.byFactor(ctx, p, in, enrolled)
}

func (r *Reauthentication) enrolled(ctx context.Context, userID string) (bool, error) {
	if r.Factors == nil {
		return false, nil
	}
	kinds, err := r.Factors.Enrolled(ctx, userID)
	return len(kinds) > 0, err
}

func (r *Reauthentication) byPassword(ctx context.Context, p *auth.Principal, password string) (tokens *auth.Tokens, err error) {
	if r.Sessions.PasswordOff {
		return nil, auth.ErrNotOffered
	}
	err = r.Sessions.Passwords.ConfirmHash(ctx, p.ID, password, func(hash string) (err error) {
		tokens, err = r.raise(ctx, p, Raise{AMR: byPassword, Hash: hash})
		return err
	})
	return tokens, err
}

// byMail uses up a mail that logs in. A wrong code counts for its mail, which has few.
func (r *Reauthentication) byMail(ctx context.Context, p *auth.Principal, in Input) (*auth.Tokens, error) {
	if !r.ByMail {
		return nil, auth.ErrNotOffered
	}
	u, err := r.Store.User(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	if u.HasPassword && !r.Sessions.PasswordOff {
		return nil, auth.ErrInvalidCredentials
	}
	var c *proof.Claim
	if in.Proof != nil {
		c, err = r.Proofs.Link(*in.Proof, proof.Login)
	} else {
		c, err = r.Proofs.Code(ctx, proof.Login, *in.Request, *in.Code)
	}
	if err != nil {
		return nil, err
	}
	return r.raise(ctx, p, Raise{AMR: byMail, Claim: c})
}

// byFactor asks a second factor. Without one, and with a password or a mail where that is not
// enough, the answer is wrong.
func (r *Reauthentication) byFactor(ctx context.Context, p *auth.Principal, in Input, enrolled bool) (*auth.Tokens, error) {
	amr := p.AMR
	if len(amr) == 0 { // the access token is one of 0.1, which knew nothing else
		amr = byPassword
	}
	err := r.Sessions.Passwords.Guess(ctx, p.ID, func() error {
		if !enrolled || in.Password != nil || in.mailed() {
			return auth.ErrInvalidCredentials
		}
		second, err := r.Factors.Check(ctx, p.ID, in.given())
		amr = factor.Combine(amr, second)
		return err
	})
	if err != nil {
		return nil, err
	}
	return r.raise(ctx, p, Raise{AMR: amr})
}

// raise notes in the caller's session who they are.
func (r *Reauthentication) raise(ctx context.Context, p *auth.Principal, raised Raise) (*auth.Tokens, error) {
	raised.UserID, raised.SessionID, raised.Generation = p.ID, *p.SessionID, p.Generation
	raised.AuthTime = r.Sessions.Now().UTC()
	signing := r.Sessions.Issuer.SigningKey()
	session, user, err := r.Store.RaiseSession(ctx, raised, r.Sessions.Life)
	if err != nil {
		return nil, err
	}
	return r.Sessions.Issuer.Renew(ctx, signing, session, user)
}
