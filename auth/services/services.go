// Package services makes service accounts: programs act as them, with API keys.
package services

import (
	"context"
	"time"

	"github.com/google/uuid"

	"gatehouse/auth"
	"gatehouse/auth/email"
	"gatehouse/auth/name"
)

// domain is where the address of a service account would be. No such domain
// exists (RFC 6761, 6.4).
const domain = "service.invalid"

// Input makes a service account.
type Input struct {
	Name  string
	Roles []string
}

// Store persists service accounts.
type Store interface {
	// CreateUser stores a new account, without a session if s is nil. It returns an
	// [*auth.InputError] if a role does not exist.
	CreateUser(ctx context.Context, c *auth.Credential, canonicalEmail string, s *auth.Session) error
}

// Accounts makes service accounts.
type Accounts struct {
	Store    Store
	Accounts *auth.Accounts
	Now      func() time.Time
}

// Create makes a service account. The caller needs every scope that its roles grant. It
// returns [auth.ErrRank], and an [*auth.InputError].
//
// A release that knows no service accounts takes it for a person whose address does not
// exist and whose password no one knows, because it is random.
func (a *Accounts) Create(ctx context.Context, in Input) (*auth.User, error) {
	parsed, err := name.Parse(in.Name)
	switch {
	case err != nil:
		return nil, &auth.InputError{Field: "name", Message: err.Error()}
	case parsed == "":
		return nil, &auth.InputError{Field: "name", Message: "Give the account a name that says which program it is for, such as billing."}
	}
	now := a.Now().UTC().Truncate(time.Microsecond) // as PostgreSQL stores it
	id := uuid.Must(uuid.NewV7()).String()
	u := &auth.User{
		ID: id, Kind: auth.Service, Email: id + "@" + domain, Name: &parsed, Roles: auth.WithRoles(in.Roles, nil), CreatedAt: now, UpdatedAt: now,
	}
	if err := auth.CheckRoles(u.Roles); err != nil {
		return nil, err
	}
	if err := a.Accounts.CheckRank(ctx, u); err != nil {
		return nil, err
	}
	hash, err := a.Accounts.Passwords.Discard(ctx)
	if err != nil {
		return nil, err
	}
	address, err := email.Parse(u.Email)
	if err != nil {
		return nil, err
	}
	if err := a.Store.CreateUser(ctx, &auth.Credential{User: u, Hash: hash}, address.Canonical, nil); err != nil {
		return nil, err
	}
	return u, nil
}
