package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"gatehouse/auth/attempts"
	"gatehouse/auth/client"
	"gatehouse/auth/password"
	"gatehouse/auth/policy"
)

// CredentialStore persists what passwords are compared with.
type CredentialStore interface {
	// CredentialByEmail returns the account with the canonical email, or
	// [ErrUserNotFound].
	CredentialByEmail(ctx context.Context, canonicalEmail string) (*Credential, error)
	// Credential returns the account with the id, or [ErrUserNotFound].
	Credential(ctx context.Context, userID string) (*Credential, error)
	// KnowsPlace reports whether the account with the canonical email has or had a
	// session from the client's place.
	KnowsPlace(ctx context.Context, canonicalEmail string, c client.Client) (bool, error)
	// UpgradeHash replaces the hash if it still is the old one.
	UpgradeHash(ctx context.Context, userID, old, hash string) error
}

// Passwords checks and sets passwords.
type Passwords struct {
	Store    CredentialStore
	Hasher   *password.Hasher
	Rules    password.Rules
	Attempts attempts.Counter // nil: password guessing is not slowed down
	Now      func() time.Time
}

// check returns the enabled account with the email if the password is right, and
// upgrades its hash. An unknown email takes as long as a wrong password. uses are
// counted together with the attempt. It returns [ErrInvalidCredentials] whatever
// is wrong, and a [*LimitError] after too many failures.
func (p *Passwords) check(ctx context.Context, email, password string, uses []policy.Use) (*Credential, error) {
	address, err := parseEmail(email)
	if err != nil {
		address.Canonical = "" // no account has it
	}
	attempt, err := p.beginLogin(ctx, address.Canonical, uses)
	if err != nil {
		return nil, err
	}
	c, err := p.compare(ctx, address.Canonical, password)
	if fault := end(ctx, attempt, errors.Is(err, ErrInvalidCredentials)); fault != nil {
		return nil, fault
	}
	return c, err
}

// compare is check without counting. The canonical email is "" for an invalid one.
func (p *Passwords) compare(ctx context.Context, canonicalEmail, password string) (*Credential, error) {
	if canonicalEmail == "" {
		return nil, p.rejectUnknown(ctx, password)
	}
	c, err := p.Store.CredentialByEmail(ctx, canonicalEmail)
	if errors.Is(err, ErrNotFound) {
		return nil, p.rejectUnknown(ctx, password)
	}
	if err != nil {
		return nil, err
	}
	stale, err := p.verify(ctx, c, password)
	if err != nil {
		return nil, err
	}
	if c.User.Disabled || c.User.Kind == Service {
		return nil, ErrInvalidCredentials
	}
	if stale {
		return p.upgrade(ctx, c, password)
	}
	return c, nil
}

// rejectUnknown takes as long as a wrong password takes for an account that
// exists, and returns [ErrInvalidCredentials].
func (p *Passwords) rejectUnknown(ctx context.Context, password string) error {
	if err := p.Hasher.VerifyDummy(ctx, password); err != nil {
		return busy(err)
	}
	return ErrInvalidCredentials
}

// Confirm returns nil if the password is that of the account, and the errors of confirm.
func (p *Passwords) Confirm(ctx context.Context, userID, password string) error {
	_, err := p.confirm(ctx, userID, password)
	return err
}

// ConfirmHash runs work with the account's hash if the password is right. work returns
// [ErrInvalidCredentials] unless the hash is still stored. ConfirmHash returns its errors and
// those of confirm.
func (p *Passwords) ConfirmHash(ctx context.Context, userID, password string, work func(hash string) error) error {
	c, err := p.confirm(ctx, userID, password)
	if err != nil {
		return err
	}
	return p.withHash(ctx, c, &password, work)
}

// Approve returns nil if the password is the caller's, or without one if the caller has proved
// lately who they are. It returns the errors of confirm, and [ErrStepUp].
func (p *Passwords) Approve(ctx context.Context, caller *Principal, password *string) error {
	_, err := p.approve(ctx, caller, password)
	return err
}

// approve is Approve, and returns the caller's account.
func (p *Passwords) approve(ctx context.Context, caller *Principal, password *string) (*Credential, error) {
	if password != nil {
		return p.confirm(ctx, caller.ID, *password)
	}
	if err := caller.recent(p.Now()); err != nil {
		return nil, err
	}
	return p.Store.Credential(ctx, caller.ID)
}

// confirm returns the account with the id if the password is right. It returns
// [ErrInvalidCredentials] if it is wrong, and a [*LimitError] after too many
// failures in the session.
func (p *Passwords) confirm(ctx context.Context, userID, password string) (c *Credential, err error) {
	err = p.Guess(ctx, userID, func() error {
		if c, err = p.Store.Credential(ctx, userID); err == nil {
			_, err = p.verify(ctx, c, password)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// verify returns [ErrInvalidCredentials] if the password is wrong, else whether
// its hash is to be upgraded.
func (p *Passwords) verify(ctx context.Context, c *Credential, password string) (stale bool, err error) {
	match, stale, err := p.Hasher.Verify(ctx, password, c.Hash)
	if err != nil {
		return false, busy(err)
	}
	if !match {
		return false, ErrInvalidCredentials
	}
	return stale, nil
}

// upgrade hashes the password with the configured method. If that is not possible
// now, the hash stays until the next login. It returns the credential as stored
// afterwards: a concurrent login may have upgraded the hash first, or the password
// may have been changed.
func (p *Passwords) upgrade(ctx context.Context, c *Credential, password string) (*Credential, error) {
	hash, err := p.Hasher.Hash(ctx, password)
	if err != nil {
		return c, nil //nolint:nilerr // the login succeeds all the same
	}
	if err := p.Store.UpgradeHash(ctx, c.User.ID, c.Hash, hash); err != nil {
		return nil, err
	}
	c, err = p.Store.Credential(ctx, c.User.ID)
	if errors.Is(err, ErrNotFound) {
		return nil, ErrInvalidCredentials
	}
	if err != nil || c.Hash == hash {
		return c, err
	}
	if _, err := p.verify(ctx, c, password); err != nil {
		return nil, err
	}
	return c, nil
}

// withHash runs work, which returns [ErrInvalidCredentials] unless the hash given to
// it is still stored. If another login has upgraded the hash since c was read, work
// runs again with the new one. The password is nil if none had to be given.
func (p *Passwords) withHash(ctx context.Context, c *Credential, password *string, work func(hash string) error) error {
	err := work(c.Hash)
	if !errors.Is(err, ErrInvalidCredentials) {
		return err
	}
	now, fault := p.Store.Credential(ctx, c.User.ID)
	switch {
	case errors.Is(fault, ErrNotFound):
		return err
	case fault != nil:
		return fault
	case now.Hash == c.Hash:
		return err
	}
	if password != nil {
		if _, err := p.verify(ctx, now, *password); err != nil {
			return err
		}
	}
	return work(now.Hash)
}

// Hash checks a new password for the account against the rules, and hashes it. It
// returns an [*InputError] for the field if a rule refuses the password.
func (p *Passwords) Hash(ctx context.Context, field, password string, u *User) (string, error) {
	var name string
	if u.Name != nil {
		name = *u.Name
	}
	if err := p.Rules.Check(password, u.Email, name); err != nil {
		return "", &InputError{Field: field, Message: err.Error()}
	}
	hash, err := p.Hasher.Hash(ctx, password)
	if err != nil {
		return "", busy(err)
	}
	return hash, nil
}

// Discard hashes a random password that is kept nowhere, for an account which has none.
func (p *Passwords) Discard(ctx context.Context) (string, error) {
	hash, err := p.Hasher.Hash(ctx, rand.Text())
	return hash, busy(err)
}

// NewUser is what an account is made of.
type NewUser struct {
	Email    string
	Name     *string
	Password string
	Roles    []string
}

// NewCredential checks everything that a new account is made of. It also returns
// the account's canonical email.
func (p *Passwords) NewCredential(ctx context.Context, n NewUser, now time.Time) (c *Credential, canonicalEmail string, err error) {
	address, err := parseEmail(n.Email)
	if err != nil {
		return nil, "", err
	}
	name, err := parseName(n.Name)
	if err != nil {
		return nil, "", err
	}
	if err := checkRoles(set(n.Roles), 0); err != nil {
		return nil, "", err
	}
	now = now.UTC().Truncate(time.Microsecond) // as PostgreSQL stores it
	u := &User{
		ID: newID(now), Email: address.Shown, Name: name, Roles: set(n.Roles), HasPassword: true, CreatedAt: now, UpdatedAt: now,
	}
	hash, err := p.Hash(ctx, "password", n.Password, u)
	if err != nil {
		return nil, "", err
	}
	return &Credential{User: u, Hash: hash}, address.Canonical, nil
}

// busy turns a full hash queue, and a turn that did not come in time, into
// [ErrUnavailable]. Other errors are returned unchanged.
func busy(err error) error {
	switch {
	case errors.Is(err, password.ErrBusy):
		return Unavailable("too many passwords wait to be hashed", err)
	case errors.Is(err, context.DeadlineExceeded):
		return &UnavailableError{"a password waited too long to be hashed", err}
	}
	return err
}
