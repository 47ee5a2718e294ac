package operator

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gatehouse/auth"
)

// A Role is a name for scopes that are granted together.
type Role struct {
	Name   string
	Scopes []string // sorted; ignored for admin, which grants all
}

// RoleStore persists roles.
type RoleStore interface {
	// Roles returns all roles, sorted by name.
	Roles(ctx context.Context) ([]Role, error)
	// CreateRole stores a new role. It returns a [*auth.ConflictError] if the name is
	// taken.
	CreateRole(ctx context.Context, r Role) error
	// ChangeRole locks the role and lets change modify what it grants. It returns
	// [auth.ErrRoleNotFound].
	ChangeRole(ctx context.Context, name string, change func(scopes []string) []string) (*Role, error)
	// DeleteRole deletes a role that no account has. It returns [auth.ErrRoleNotFound],
	// and a [*auth.ConflictError] if an account has the role.
	DeleteRole(ctx context.Context, name string) error
}

// Roles manages roles and what they grant. It serves the command line, to which
// ranks don't apply.
type Roles struct {
	Store RoleStore
	Named []string // the roles that the schema names
}

// The names of roles and scopes. Scopes are sent in a list separated by spaces
// (RFC 6749, 3.3).
var (
	roleName  = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)
	scopeName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}:[a-z0-9*_-][a-z0-9*_:./-]{0,126}$`)
)

// List returns all roles, sorted by name.
func (r *Roles) List(ctx context.Context) ([]Role, error) { return r.Store.Roles(ctx) }

// Check returns an [*auth.InputError] if one of the roles does not exist.
func (r *Roles) Check(ctx context.Context, names []string) error {
	all, err := r.List(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		if !slices.ContainsFunc(all, func(role Role) bool { return role.Name == name }) {
			return &auth.InputError{Field: "roles", Message: fmt.Sprintf("The role %q does not exist.", name)}
		}
	}
	return nil
}

// Create makes a role that grants the scopes. It returns an [*auth.InputError] for an
// invalid name, and a [*auth.ConflictError] if the role exists.
func (r *Roles) Create(ctx context.Context, name string, scopes []string) error {
	if !roleName.MatchString(name) {
		return &auth.InputError{Field: "name", Message: fmt.Sprintf(
			"%q is not a valid role name: use lower-case letters, digits, - and _, beginning with a letter.", name)}
	}
	if err := checkScopes(scopes); err != nil {
		return err
	}
	scopes = set(scopes)
	if err := checkGrant(scopes); err != nil {
		return err
	}
	return r.Store.CreateRole(ctx, Role{Name: name, Scopes: scopes})
}

// Grant adds scopes to a role, from the next request of its accounts on. It
// returns [auth.ErrRoleNotFound], an [*auth.InputError] for an invalid scope or too
// many, and a [*auth.ConflictError] for admin.
func (r *Roles) Grant(ctx context.Context, name string, scopes []string) (*Role, error) {
	if err := checkScopes(scopes); err != nil {
		return nil, err
	}
	var fault error
	role, err := r.change(ctx, name, func(granted []string) []string {
		all := set(slices.Concat(granted, scopes))
		if fault = nil; len(all) > len(granted) {
			fault = checkGrant(all)
		}
		if fault != nil {
			return granted
		}
		return all
	})
	if err != nil {
		return nil, err
	}
	if fault != nil {
		return nil, fault
	}
	return role, nil
}

// Revoke removes scopes from a role, from the next request of its accounts on. It
// returns [auth.ErrRoleNotFound], and a [*auth.ConflictError] for admin.
func (r *Roles) Revoke(ctx context.Context, name string, scopes []string) (*Role, error) {
	return r.change(ctx, name, func(granted []string) []string {
		return slices.DeleteFunc(granted, func(s string) bool { return slices.Contains(scopes, s) })
	})
}

func (r *Roles) change(ctx context.Context, name string, change func([]string) []string) (*Role, error) {
	if name == auth.RoleAdmin {
		return nil, &auth.ConflictError{Field: "name", Message: "The role admin always grants all scopes."}
	}
	return r.Store.ChangeRole(ctx, name, change)
}

// Delete deletes a role that no account has and the schema does not name. It
// returns [auth.ErrRoleNotFound] and a [*auth.ConflictError].
func (r *Roles) Delete(ctx context.Context, name string) error {
	if name == auth.RoleAdmin || name == auth.RoleUser {
		return &auth.ConflictError{Field: "name", Message: fmt.Sprintf("The role %s is part of every deployment.", name)}
	}
	if slices.Contains(r.Named, name) {
		return &auth.ConflictError{Field: "name", Message: fmt.Sprintf("The schema names the role %s, so it can't be deleted.", name)}
	}
	return r.Store.DeleteRole(ctx, name)
}

// The limits of what one role grants. An access token has the scopes of all roles of
// its account, and at most 8 kB.
const (
	maxScopes     = 100
	maxScopeBytes = 4096 // of the scopes in a list separated by spaces
)

// checkGrant returns an [*auth.InputError] if one role may not grant all of the scopes.
func checkGrant(scopes []string) error {
	if len(scopes) > maxScopes || len(strings.Join(scopes, " ")) > maxScopeBytes {
		return &auth.InputError{Field: "scope", Message: fmt.Sprintf(
			"A role grants at most %d scopes, of %d bytes together. Make another role for the others.", maxScopes, maxScopeBytes)}
	}
	return nil
}

func checkScopes(scopes []string) error {
	for _, s := range scopes {
		if !scopeName.MatchString(s) {
			return &auth.InputError{Field: "scope", Message: fmt.Sprintf("%q is not a valid scope: write verb:noun, such as read:items.", s)}
		}
	}
	return nil
}

// set returns the names sorted and without duplicates. It is never nil: the
// database distinguishes an empty array from NULL.
func set(names []string) []string {
	names = append([]string{}, names...)
	slices.Sort(names)
	return slices.Compact(names)
}
