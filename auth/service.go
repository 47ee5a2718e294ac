package auth

import (
	"context"
	"time"

	"gatehouse/auth/email"
)

// serviceDomain is where the address of a service account would be. No such domain
// exists (RFC 6761, 6.4).
const serviceDomain = "service.invalid"

// ServiceInput makes a service account.
type ServiceInput struct {
	Name  string
	Roles []string
}

// ServiceCreator persists service accounts.
type ServiceCreator interface {
	// CreateUser stores a new account, without a session if s is nil. It returns an
	// [*InputError] if a role does not exist.
	CreateUser(ctx context.Context, c *Credential, canonicalEmail string, s *Session) error
}

// Services makes service accounts: programs act as them, with API keys.
type Services struct {
	Store    ServiceCreator
	Accounts *Accounts
	Now      func() time.Time
}

// Create makes a service account. The caller needs every scope that its roles grant. It
// returns [ErrRank], and an [*InputError].
//
// A release that knows no service accounts takes it for a person whose address does not
// exist and whose password no one knows, because it is random.
func (s *Services) Create(ctx context.Context, in ServiceInput) (*User, error) {
	name, err := parseName(&in.Name)
	if err != nil {
		return nil, err
	}
	if name == nil {
		return nil, &InputError{Field: "name", Message: "Give the account a name that says which program it is for, such as billing."}
	}
	now := s.Now().UTC().Truncate(time.Microsecond) // as PostgreSQL stores it
	id := newID(now)
	u := &User{
		ID: id, Kind: Service, Email: id + "@" + serviceDomain, Name: name, Roles: set(in.Roles), CreatedAt: now, UpdatedAt: now,
	}
	if err := checkRoles(u.Roles, 0); err != nil {
		return nil, err
	}
	if err := s.Accounts.CheckRank(ctx, u); err != nil {
		return nil, err
	}
	hash, err := s.Accounts.Passwords.Discard(ctx)
	if err != nil {
		return nil, err
	}
	address, err := email.Parse(u.Email)
	if err != nil {
		return nil, err
	}
	if err := s.Store.CreateUser(ctx, &Credential{User: u, Hash: hash}, address.Canonical, nil); err != nil {
		return nil, err
	}
	return u, nil
}
