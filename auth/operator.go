package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"
)

// OperatorStore is what the person at the command line needs remembered beside what everybody does.
type OperatorStore interface {
	// CreateUser keeps a new account without a session.
	CreateUser(ctx context.Context, c *Credential, key string, s *Session) error
	// UserByEmail returns the account with the canonical address, or ErrNotFound.
	UserByEmail(ctx context.Context, key string) (*User, error)
	// ResetPassword gives the account a new hash and ends all of its sessions. ErrNotFound.
	ResetPassword(ctx context.Context, userID, hash string) error
	// HasAdmin reports whether any account, enabled or not, has the role admin.
	HasAdmin(ctx context.Context) (bool, error)
}

// An Operator does what only the person at the command line may: make accounts with any role, and give an account a password.
type Operator struct {
	Store     OperatorStore
	Accounts  *Accounts
	Passwords *Passwords
	Now       func() time.Time
}

// NewUser is what it takes to make an account.
type NewUser struct {
	Email    string
	Name     *string
	Password string
	Roles    []string
}

// Create makes an account. An *InputError; a *ConflictError.
func (o *Operator) Create(ctx context.Context, n NewUser) (*User, error) {
	c, key, err := o.Passwords.newCredential(ctx, n.Email, n.Password, n.Name, set(n.Roles), o.Now())
	if err != nil {
		return nil, err
	}
	return c.User, o.Store.CreateUser(ctx, c, key, nil)
}

// Find returns the account with the id or e-mail address. ErrNotFound.
func (o *Operator) Find(ctx context.Context, idOrEmail string) (*User, error) {
	if id, err := parseID("id", idOrEmail); err == nil {
		return o.Accounts.User(ctx, id)
	}
	address, err := ParseEmail("", idOrEmail)
	if err != nil {
		return nil, fmt.Errorf("%w: %q is neither an id nor an e-mail address", ErrNotFound, idOrEmail)
	}
	return o.Store.UserByEmail(ctx, address.Key)
}

// ResetPassword gives the account a password and ends all of its sessions. An *InputError for one that can't be.
func (o *Operator) ResetPassword(ctx context.Context, u *User, typed string) error {
	hash, err := o.Passwords.choose(ctx, "password", typed, u)
	if err != nil {
		return err
	}
	return o.Store.ResetPassword(ctx, u.ID, hash)
}

// NewPassword makes a password of 128 random bits that the rules take.
func (o *Operator) NewPassword() string {
	for {
		if made := rand.Text(); o.Passwords.Rules.Check(made, "", "") == nil {
			return made
		}
	}
}

// ErrAdminTaken is a first administrator whose address belongs to an account that is none. It may be anybody's, so it is not made one.
var ErrAdminTaken = errors.New("ADMIN_EMAIL belongs to an account that is no administrator; " +
	"make it one with gatehouse user set-roles, or choose another address")

// FirstAdmin makes an administrator if no account has the role, and reports the account it made, nil for none.
// Only one replica may do this at a time. ErrAdminTaken.
func (o *Operator) FirstAdmin(ctx context.Context, email, password string) (*User, error) {
	there, err := o.Store.HasAdmin(ctx)
	if err != nil || there {
		return nil, err
	}
	u, err := o.Create(ctx, NewUser{Email: email, Password: password, Roles: []string{RoleAdmin}})
	if conflict := (*ConflictError)(nil); errors.As(err, &conflict) {
		return nil, ErrAdminTaken
	}
	return u, err
}
