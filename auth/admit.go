package auth

import (
	"context"
	"errors"

	"gatehouse/auth/factor"
	"gatehouse/auth/policy"
)

// byPassword is how a person was authenticated who gave the password (RFC 8176).
var byPassword = []string{"pwd"}

// A PasswordLogin is what a person logs in with, at whichever door.
type PasswordLogin struct {
	Email    string
	Password string
	Uses     []policy.Use // what the schema limits; they are counted together with the attempt
	Life     Lifetimes    // of sessions of this kind
	// Session returns the session that is opened for the account with that password.
	Session func(u *User) (*Session, error)
}

// ByPassword opens a session of the account with the email, if the password is right. It
// returns [ErrNotOffered], [ErrInvalidCredentials] whatever is wrong, a [*LimitError] after
// too many failures, and the errors of in.Session and [Sessions.Admit].
func (s *Sessions) ByPassword(ctx context.Context, in PasswordLogin) (*Session, *User, error) {
	if s.PasswordOff {
		return nil, nil, ErrNotOffered
	}
	c, err := s.Passwords.check(ctx, in.Email, in.Password, in.Uses)
	if err != nil {
		return nil, nil, err
	}
	session, err := in.Session(c.User)
	if err != nil {
		return nil, nil, err
	}
	user, err := s.Admit(ctx, c.User, session, func(session *Session) (user *User, err error) {
		err = s.Passwords.withHash(ctx, c, &in.Password, func(hash string) (err error) {
			user, err = s.Store.OpenSession(ctx, session, hash, in.Life)
			return err
		})
		return user, err
	})
	return session, user, err
}

// SecondFactors makes the challenges of accounts that have a second factor.
type SecondFactors interface {
	// Challenge returns a new challenge of the account, to store in place of a session, and
	// the error by which the client learns of it.
	Challenge(ctx context.Context, u *User) (*factor.Challenge, *factor.ChallengeError, error)
}

// Admit opens the session of an account that has shown who it is: every way to log in, at
// every door, ends here. u is the account as it is after that. open stores the session, and
// returns the account as it is then. Admit returns [ErrEmailUnproved] if the address is to be
// proved first, and asks for the mail that does so.
//
// If the account has a second factor and the session was opened without one, open stores
// a challenge in its place, and Admit returns a [*factor.ChallengeError]. It returns
// [factor.ErrNone] if the account has to set one up before anything else than its owner's own
// session is opened.
func (s *Sessions) Admit(ctx context.Context, u *User, session *Session, open func(*Session) (*User, error)) (*User, error) {
	if s.VerifiedOnly && !u.EmailVerified {
		return nil, s.unproved(ctx, u)
	}
	if session.Kind != OwnSession && !u.SecondFactor && s.Issuer.Callers.confines(session, u) {
		return nil, factor.ErrNone
	}
	if FactorsOf(session.AMR) >= 2 || !u.SecondFactor {
		user, err := open(session)
		if !errors.Is(err, factor.ErrMissing) { // not set up since u was read
			return user, err
		}
	}
	challenge, needed, err := s.SecondFactors.Challenge(ctx, u)
	if err != nil {
		return nil, err
	}
	session.Challenge = challenge
	if _, err := open(session); err != nil {
		return nil, err
	}
	return nil, &SubjectError{UserID: u.ID, Err: needed}
}

// unproved returns [ErrEmailUnproved], after the mail that proves the address was asked
// for.
func (s *Sessions) unproved(ctx context.Context, u *User) error {
	if s.Unproved != nil {
		s.Unproved(ctx, u, "")
	}
	return ErrEmailUnproved
}
