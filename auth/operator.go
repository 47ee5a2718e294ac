package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"
)

// OperatorStore persists what only the command line changes.
type OperatorStore interface {
	// CreateUser stores a new account without a session.
	CreateUser(ctx context.Context, c *Credential, canonicalEmail string, s *Session) error
	// UserByEmail returns the account with the canonical email, or
	// [ErrUserNotFound].
	UserByEmail(ctx context.Context, canonicalEmail string) (*User, error)
	// ResetPassword gives the account a new hash and ends all of its sessions. It
	// returns [ErrUserNotFound].
	ResetPassword(ctx context.Context, userID, hash string) error
	// HasAdmin reports whether an account, enabled or not, has the role admin.
	HasAdmin(ctx context.Context) (bool, error)
}

// An Operator does what only the command line may: make accounts with any role,
// and set the password of an account.
type Operator struct {
	Store     OperatorStore
	Accounts  *Accounts
	Passwords *Passwords
	Now       func() time.Time
}

// Create makes an account. It returns an [*InputError], or a [*ConflictError] if
// the email is taken.
func (o *Operator) Create(ctx context.Context, n NewUser) (*User, error) {
	c, canonicalEmail, err := o.Passwords.newCredential(ctx, n, o.Now())
	if err != nil {
		return nil, err
	}
	return c.User, o.Store.CreateUser(ctx, c, canonicalEmail, nil)
}

// Find returns the account with the id or email, or [ErrUserNotFound].
func (o *Operator) Find(ctx context.Context, idOrEmail string) (*User, error) {
	if id, err := parseID("id", idOrEmail); err == nil {
		return o.Accounts.User(ctx, id)
	}
	email, err := ParseEmail(idOrEmail)
	if err != nil {
		return nil, fmt.Errorf("%w: %q is neither an id nor an email address", ErrUserNotFound, idOrEmail)
	}
	return o.Store.UserByEmail(ctx, email.Canonical)
}

// ResetPassword gives the account a password and ends all of its sessions. It
// returns an [*InputError] if the password is not accepted.
func (o *Operator) ResetPassword(ctx context.Context, u *User, password string) error {
	hash, err := o.Passwords.hash(ctx, "password", password, u)
	if err != nil {
		return err
	}
	return o.Store.ResetPassword(ctx, u.ID, hash)
}

// NewPassword makes a password of 128 random bits that the rules accept.
func (o *Operator) NewPassword() string {
	for {
		if made := rand.Text(); o.Passwords.Rules.Check(made, "", "") == nil {
			return made
		}
	}
}

// ErrAdminEmailTaken means that the first administrator's email belongs to another
// account. That may be anyone's, so it is not made an administrator.
var ErrAdminEmailTaken = errors.New("the administrator's email belongs to an account that is not an administrator")

// FirstAdmin makes an administrator if no account has the role, and returns it;
// nil if one has. Only one replica may do this at a time. It returns
// [ErrAdminEmailTaken].
func (o *Operator) FirstAdmin(ctx context.Context, email, password string) (*User, error) {
	exists, err := o.Store.HasAdmin(ctx)
	if err != nil || exists {
		return nil, err
	}
	u, err := o.Create(ctx, NewUser{Email: email, Password: password, Roles: []string{RoleAdmin}})
	if conflict := (*ConflictError)(nil); errors.As(err, &conflict) {
		return nil, ErrAdminEmailTaken
	}
	return u, err
}
