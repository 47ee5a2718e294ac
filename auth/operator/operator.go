// Package operator does what only the command line may: it makes accounts with any
// role, sets passwords, and says what roles grant.
package operator

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/email"
)

// Store persists what only the command line changes.
type Store interface {
	// CreateUser stores a new account without a session.
	CreateUser(ctx context.Context, c *auth.Credential, canonicalEmail string, s *auth.Session) error
	// UserByEmail returns the account with the canonical email, or
	// [auth.ErrUserNotFound].
	UserByEmail(ctx context.Context, canonicalEmail string) (*auth.User, error)
	// ResetPassword gives the account a new hash and ends all of its sessions. It
	// returns [auth.ErrUserNotFound].
	ResetPassword(ctx context.Context, userID, hash string) error
	// HasAdmin reports whether an account, enabled or not, has the role admin.
	HasAdmin(ctx context.Context) (bool, error)
}

// An Operator does what only the command line may: make accounts with any role,
// and set the password of an account.
type Operator struct {
	Store     Store
	Accounts  *auth.Accounts
	Passwords *auth.Passwords
	Now       func() time.Time
}

// Create makes an account. It returns an [*auth.InputError], or a [*auth.ConflictError] if
// the email is taken.
func (o *Operator) Create(ctx context.Context, n auth.NewUser) (*auth.User, error) {
	c, canonicalEmail, err := o.Passwords.NewCredential(ctx, n, o.Now())
	if err != nil {
		return nil, err
	}
	return c.User, o.Store.CreateUser(ctx, c, canonicalEmail, nil)
}

// Find returns the account with the id or email, or [auth.ErrUserNotFound].
func (o *Operator) Find(ctx context.Context, idOrEmail string) (*auth.User, error) {
	u, err := o.Accounts.User(ctx, idOrEmail)
	if input := (*auth.InputError)(nil); !errors.As(err, &input) {
		return u, err
	}
	address, err := email.Parse(idOrEmail)
	if err != nil {
		return nil, fmt.Errorf("%w: %q is neither an id nor an email address", auth.ErrUserNotFound, idOrEmail)
	}
	return o.Store.UserByEmail(ctx, address.Canonical)
}

// ResetPassword gives the account a password and ends all of its sessions. It
// returns an [*auth.InputError] if the password is not accepted.
func (o *Operator) ResetPassword(ctx context.Context, u *auth.User, password string) error {
	if u.Kind == auth.Service {
		return &auth.InputError{Message: "This is the account of a program: no one can log in to it, with any password."}
	}
	hash, err := o.Passwords.Hash(ctx, "password", password, u)
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
func (o *Operator) FirstAdmin(ctx context.Context, email, password string) (*auth.User, error) {
	exists, err := o.Store.HasAdmin(ctx)
	if err != nil || exists {
		return nil, err
	}
	u, err := o.Create(ctx, auth.NewUser{Email: email, Password: password, Roles: []string{auth.RoleAdmin}})
	if conflict := (*auth.ConflictError)(nil); errors.As(err, &conflict) {
		return nil, ErrAdminEmailTaken
	}
	return u, err
}
