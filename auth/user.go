package auth

import (
	"slices"
	"time"
)

// The roles that every deployment has.
const (
	RoleAdmin = "admin" // all scopes, always
	RoleUser  = "user"  // no scopes; what register gives
)

// A User is an account.
type User struct {
	ID            string // UUIDv7
	Email         string // as typed
	Name          *string
	Roles         []string // sorted
	EmailVerified bool
	Disabled      bool
	CreatedAt     time.Time
	UpdatedAt     time.Time
	LastLoginAt   *time.Time
}

// Administers reports whether the account is one of those of which the last must stay.
func (u *User) Administers() bool {
	return !u.Disabled && slices.Contains(u.Roles, RoleAdmin)
}

// A Credential is an account with the hash of its password. Only login and its kin see one.
type Credential struct {
	User *User
	Hash string // a PHC string
}

// A UserFilter says which accounts are meant: those that meet all that is set.
type UserFilter struct {
	Email    *string // a prefix, without regard to case
	Name     *string // a prefix, without regard to case
	Role     *string
	Disabled *bool
}
