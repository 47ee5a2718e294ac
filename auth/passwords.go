package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"gatehouse/auth/attempts"
	"gatehouse/auth/password"
	"gatehouse/auth/policy"
)

// CredentialStore finds what a password is compared with.
type CredentialStore interface {
	// CredentialByEmail returns the account with the canonical address, or ErrNotFound.
	CredentialByEmail(ctx context.Context, key string) (*Credential, error)
	// Credential returns the account with the id, or ErrNotFound.
	Credential(ctx context.Context, userID string) (*Credential, error)
	// LoginAddresses returns the addresses from which the account with the canonical address was used, as far as its sessions tell.
	LoginAddresses(ctx context.Context, key string) ([]string, error)
	// UpgradeHash replaces the hash where it still is the old one.
	UpgradeHash(ctx context.Context, userID, old, hash string) error
}

// Passwords checks and chooses passwords.
type Passwords struct {
	Store    CredentialStore
	Hasher   *password.Hasher
	Rules    password.Rules
	Attempts attempts.Counter // nil: password guessing is not slowed down
}

// check returns the enabled account with the address, if this is its password, and brings its hash up to date.
// An unknown address costs as much time as a wrong password. ErrInvalidCredentials whatever is wrong; a *LimitError after too many that were.
func (p *Passwords) check(ctx context.Context, email, typed string, uses []policy.Use) (*Credential, error) {
	address, err := ParseEmail("input.email", email)
	if err != nil {
		address.Key = "" // what is no address is nobody's
	}
	attempt, err := p.beginLogin(ctx, address.Key, uses)
	if err != nil {
		return nil, err
	}
	c, err := p.compare(ctx, address.Key, typed)
	if fault := end(ctx, attempt, errors.Is(err, ErrInvalidCredentials)); fault != nil {
		return nil, fault
	}
	return c, err
}

// compare is check, without counting. key is the canonical address, "" for none.
func (p *Passwords) compare(ctx context.Context, key, typed string) (*Credential, error) {
	if key == "" {
		return nil, p.nobody(ctx, typed)
	}
	c, err := p.Store.CredentialByEmail(ctx, key)
	if errors.Is(err, ErrNotFound) {
		return nil, p.nobody(ctx, typed)
	}
	if err != nil {
		return nil, err
	}
	stale, err := p.match(ctx, c, typed)
	if err != nil {
		return nil, err
	}
	if c.User.Disabled {
		return nil, ErrInvalidCredentials
	}
	if stale {
		return p.upgrade(ctx, c, typed)
	}
	return c, nil
}

// nobody spends the time of a wrong password on an account that does not exist.
func (p *Passwords) nobody(ctx context.Context, typed string) error {
	if err := p.Hasher.VerifyDummy(ctx, typed); err != nil {
		return busy(err)
	}
	return ErrInvalidCredentials
}

// confirm returns the account with the id, if this is its password. ErrInvalidCredentials if not; a *LimitError after too many that were not, from
// one session.
func (p *Passwords) confirm(ctx context.Context, userID, typed string) (*Credential, error) {
	attempt, err := p.beginConfirmation(ctx, userID)
	if err != nil {
		return nil, err
	}
	c, err := p.Store.Credential(ctx, userID)
	if err == nil {
		_, err = p.match(ctx, c, typed)
	}
	if fault := end(ctx, attempt, errors.Is(err, ErrInvalidCredentials)); fault != nil {
		return nil, fault
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

func (p *Passwords) match(ctx context.Context, c *Credential, typed string) (stale bool, err error) {
	match, stale, err := p.Hasher.Verify(ctx, typed, c.Hash)
	if err != nil {
		return false, busy(err)
	}
	if !match {
		return false, ErrInvalidCredentials
	}
	return stale, nil
}

// upgrade hashes the password anew by the method that is configured now. Where that can't be done now, the hash stays as it is until the
// next login. What it returns is the credential as it stands then: another login of the account may have been faster with its upgrade, or the
// password may be another one meanwhile.
func (p *Passwords) upgrade(ctx context.Context, c *Credential, typed string) (*Credential, error) {
	hash, err := p.Hasher.Hash(ctx, typed)
	if err != nil {
		return c, nil //nolint:nilerr // the login is good all the same
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
	if _, err := p.match(ctx, c, typed); err != nil {
		return nil, err
	}
	return c, nil
}

// choose judges the password that the account shall have, and hashes it. An *InputError for field says what is wrong with it.
func (p *Passwords) choose(ctx context.Context, field, typed string, u *User) (string, error) {
	var name string
	if u.Name != nil {
		name = *u.Name
	}
	if err := p.Rules.Check(typed, u.Email, name); err != nil {
		return "", &InputError{Field: field, Message: err.Error()}
	}
	hash, err := p.Hasher.Hash(ctx, typed)
	if err != nil {
		return "", busy(err)
	}
	return hash, nil
}

// newCredential judges everything a new account is made of. It returns the account's canonical address too.
func (p *Passwords) newCredential(ctx context.Context, email, typed string, name *string, roles []string, now time.Time) (*Credential, string, error) {
	address, err := ParseEmail("input.email", email)
	if err != nil {
		return nil, "", err
	}
	name, err = parseName(name)
	if err != nil {
		return nil, "", err
	}
	now = now.Truncate(time.Microsecond) // as PostgreSQL keeps it
	u := &User{ID: uuid.Must(uuid.NewV7()).String(), Email: address.Shown, Name: name, Roles: roles, CreatedAt: now, UpdatedAt: now}
	hash, err := p.choose(ctx, "input.password", typed, u)
	if err != nil {
		return nil, "", err
	}
	return &Credential{User: u, Hash: hash}, address.Key, nil
}

// busy turns a full queue into ErrUnavailable, and leaves the rest.
func busy(err error) error {
	if errors.Is(err, password.ErrBusy) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}
