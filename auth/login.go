package auth

import (
	"context"
	"slices"
	"time"

	"gatehouse/auth/policy"
)

// SessionOpener opens sessions. Each method is one atomic step.
type SessionOpener interface {
	// OpenSession logs the account in: it stores s, ends the oldest sessions over
	// the limit, and returns the account. It returns [ErrInvalidCredentials] unless
	// the account is enabled and its password still has that hash.
	OpenSession(ctx context.Context, s *Session, hash string, life Lifetimes) (*User, error)
	// CreateUser stores a new account, and its first session if s is not nil. It
	// returns a [*ConflictError] if the email is taken, and an [*InputError] if a
	// role does not exist.
	CreateUser(ctx context.Context, c *Credential, canonicalEmail string, s *Session) error
	// ReplacePassword sets the new hash if the old one is still stored, ends all
	// sessions of the account except the one given, and begins a new generation of
	// that one with the seed. It returns [ErrInvalidCredentials] if the hash is not
	// the old one, and [ErrSessionEnded] if the session has ended.
	ReplacePassword(ctx context.Context, r Replacement) (*Session, *User, error)
}

// A Replacement of a password in a session.
type Replacement struct {
	UserID    string
	Old       string // the present hash
	Hash      string // the next one
	SessionID string // which goes on
	Seed      []byte // of the session's next generation
	// AuthTime is when the old password was given: the session counts as fresh again. It
	// is nil if none was.
	AuthTime *time.Time
}

// RegisterInput registers an account.
type RegisterInput struct {
	Email    string
	Password string
	Name     *string
}

// LoginInput logs an account in.
type LoginInput struct {
	Email    string
	Password string
	Scopes   []string // nil: all that the roles grant
}

// ChangePasswordInput sets a new password.
type ChangePasswordInput struct {
	CurrentPassword *string // not needed for as long as [Recent] says
	NewPassword     string
}

// Register makes an account with the role user and logs it in. It returns
// [ErrRegistrationClosed], an [*InputError], a [*ConflictError] if the email is taken,
// and [ErrEmailUnproved] if the account was made and can't be logged in yet.
func (s *Sessions) Register(ctx context.Context, in RegisterInput) (*Tokens, error) {
	if s.Closed {
		return nil, ErrRegistrationClosed
	}
	user := NewUser{Email: in.Email, Name: in.Name, Password: in.Password, Roles: []string{RoleUser}}
	c, canonicalEmail, err := s.Passwords.NewCredential(ctx, user, s.Now())
	if err != nil {
		return nil, err
	}
	if s.VerifiedOnly {
		if err := s.Store.CreateUser(ctx, c, canonicalEmail, nil); err != nil {
			return nil, err
		}
		return nil, s.unproved(ctx, c.User)
	}
	return s.Begin(ctx, c.User, byPassword, nil, func(session *Session) (*User, error) {
		if err := s.Store.CreateUser(ctx, c, canonicalEmail, session); err != nil {
			return nil, err
		}
		c.User.LastLoginAt = &c.User.CreatedAt
		if s.Unproved != nil {
			s.Unproved(ctx, c.User, session.ID)
		}
		return c.User, nil
	})
}

// Login opens a session. uses are what the schema limits; they are counted in the
// same step as the attempt. It returns the errors of [Sessions.ByPassword], and an
// [*InputError] for scopes that the account's roles don't grant, which only a client that
// knows the password learns.
func (s *Sessions) Login(ctx context.Context, in LoginInput, uses ...policy.Use) (*Tokens, error) {
	signing := s.Issuer.SigningKey()
	session, user, err := s.ByPassword(ctx, PasswordLogin{
		Email: in.Email, Password: in.Password, Uses: uses, Life: s.Life,
		Session: func(u *User) (*Session, error) { return s.newSession(ctx, u, byPassword, in.Scopes) },
	})
	if err != nil {
		return nil, err
	}
	return s.Issuer.tokens(ctx, signing, session, user)
}

// Begin opens a session of the account's own, as [Sessions.Admit] does. It also returns an
// [*InputError] for scopes that the account's roles don't grant.
func (s *Sessions) Begin(ctx context.Context, u *User, amr, scopes []string, open func(*Session) (*User, error)) (*Tokens, error) {
	signing := s.Issuer.SigningKey()
	session, err := s.newSession(ctx, u, amr, scopes)
	if err != nil {
		return nil, err
	}
	user, err := s.Admit(ctx, u, session, open)
	if err != nil {
		return nil, err
	}
	return s.Issuer.tokens(ctx, signing, session, user)
}

// limit checks the scopes asked for at login.
func (s *Sessions) limit(u *User, asked []string) (*Limit, error) {
	if asked == nil {
		return nil, nil
	}
	granted := s.Revocations.Grant(u.Roles, nil)
	for _, scope := range asked {
		if !slices.Contains(granted, scope) {
			return nil, &InputError{Field: "scopes", Message: "Your roles do not grant every scope you ask for."}
		}
	}
	return &Limit{Scopes: set(asked)}, nil
}

// ChangePassword sets a new password for the caller. The caller's session goes on
// with the tokens returned. Its earlier tokens, and all other sessions of the
// account, end. It returns [ErrInvalidCredentials] if the current password is
// wrong, [ErrStepUp] if it is missing, and an [*InputError] if the new one is not
// accepted.
func (s *Sessions) ChangePassword(ctx context.Context, in ChangePasswordInput) (*Tokens, error) {
	p, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	c, err := s.Passwords.approve(ctx, p, in.CurrentPassword)
	if err != nil {
		return nil, err
	}
	hash, err := s.Passwords.Hash(ctx, "newPassword", in.NewPassword, c.User)
	if err != nil {
		return nil, err
	}
	if p.SessionID == nil {
		return nil, ErrSessionEnded
	}
	signing := s.Issuer.SigningKey()
	var session *Session
	var user *User
	r := Replacement{UserID: p.ID, Hash: hash, SessionID: *p.SessionID, Seed: newSeed()}
	if now := s.Now(); in.CurrentPassword != nil {
		r.AuthTime = &now
	}
	err = s.Passwords.withHash(ctx, c, in.CurrentPassword, func(old string) (err error) {
		r.Old = old
		session, user, err = s.Store.ReplacePassword(ctx, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	if s.PasswordChanged != nil {
		s.PasswordChanged(user)
	}
	return s.Issuer.tokens(ctx, signing, session, user)
}
