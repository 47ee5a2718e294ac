package auth

import (
	"context"

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

// Admit opens the session of an account that has shown who it is: every way to log in, at
// every door, ends here. u is the account as it is after that. open stores the session, and
// returns the account as it is then. Admit returns [ErrEmailUnproved] if the address is to be
// proved first, and asks for the mail that does so.
func (s *Sessions) Admit(ctx context.Context, u *User, session *Session, open func(*Session) (*User, error)) (*User, error) {
	if s.VerifiedOnly && !u.EmailVerified {
		return nil, s.unproved(ctx, u)
	}
	return open(session)
}

// unproved returns [ErrEmailUnproved], after the mail that proves the address was asked
// for.
func (s *Sessions) unproved(ctx context.Context, u *User) error {
	if s.Unproved != nil {
		s.Unproved(ctx, u, "")
	}
	return ErrEmailUnproved
}
