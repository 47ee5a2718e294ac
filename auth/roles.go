package auth

import (
	"context"
	"fmt"
	"regexp"
	"slices"
)

// A Role is a name for scopes that are granted together.
type Role struct {
	Name   string
	Scopes []string // sorted; what stands here for admin does not matter: it has all there are
}

// RoleStore is what the care of roles needs remembered.
type RoleStore interface {
	// Roles returns all roles, sorted by name.
	Roles(ctx context.Context) ([]Role, error)
	// CreateRole keeps a new role. A *ConflictError if there is one of the name.
	CreateRole(ctx context.Context, r Role) error
	// ChangeRole locks the role and has change alter what it grants. ErrNotFound.
	ChangeRole(ctx context.Context, name string, change func(scopes []string) []string) (*Role, error)
	// DeleteRole deletes a role that no account has. ErrNotFound; a *ConflictError if one has.
	DeleteRole(ctx context.Context, name string) error
}

// Roles looks after roles and what they grant. It serves the command line, which stands above ranks.
type Roles struct {
	Store RoleStore
	Named []string // the roles that the schema names
}

// What a role and a scope may be called. A scope is sent in a list separated by spaces (RFC 6749, 3.3).
var (
	roleName  = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)
	scopeName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}:[a-z0-9*_-][a-z0-9*_:./-]{0,126}$`)
)

// List returns all roles, sorted by name.
func (r *Roles) List(ctx context.Context) ([]Role, error) { return r.Store.Roles(ctx) }

// Create makes a role that grants the scopes. An *InputError for names that can't be; a *ConflictError for a role that is there.
func (r *Roles) Create(ctx context.Context, name string, scopes []string) error {
	if !roleName.MatchString(name) {
		return &InputError{Field: "name", Message: fmt.Sprintf("%q can't be a role: use lower-case letters, digits, - and _, a letter first.", name)}
	}
	if err := checkScopes(scopes); err != nil {
		return err
	}
	return r.Store.CreateRole(ctx, Role{Name: name, Scopes: set(scopes)})
}

// Grant adds scopes to what the role grants. It takes effect on the next request of everybody who has it.
func (r *Roles) Grant(ctx context.Context, name string, scopes []string) (*Role, error) {
	if err := checkScopes(scopes); err != nil {
		return nil, err
	}
	return r.change(ctx, name, func(granted []string) []string { return set(append(granted, scopes...)) })
}

// Revoke takes scopes from what the role grants. It takes effect on the next request of everybody who has it.
func (r *Roles) Revoke(ctx context.Context, name string, scopes []string) (*Role, error) {
	return r.change(ctx, name, func(granted []string) []string {
		return slices.DeleteFunc(granted, func(s string) bool { return slices.Contains(scopes, s) })
	})
}

func (r *Roles) change(ctx context.Context, name string, change func([]string) []string) (*Role, error) {
	if name == RoleAdmin {
		return nil, &ConflictError{Field: "name", Message: "The role admin grants all scopes there are, always."}
	}
	return r.Store.ChangeRole(ctx, name, change)
}

// Delete deletes a role that neither an account has nor the schema names.
func (r *Roles) Delete(ctx context.Context, name string) error {
	if name == RoleAdmin || name == RoleUser {
		return &ConflictError{Field: "name", Message: fmt.Sprintf("The role %s is part of every deployment.", name)}
	}
	if slices.Contains(r.Named, name) {
		return &ConflictError{Field: "name", Message: fmt.Sprintf("The schema names the role %s, so it can't go.", name)}
	}
	return r.Store.DeleteRole(ctx, name)
}

func checkScopes(scopes []string) error {
	for _, s := range scopes {
		if !scopeName.MatchString(s) {
			return &InputError{Field: "scope", Message: fmt.Sprintf("%q can't be a scope: write verb:noun, such as read:items.", s)}
		}
	}
	return nil
}

// set returns the names sorted, each once; of none it is empty and not nil, for the database tells these apart.
func set(names []string) []string {
	names = append([]string{}, names...)
	slices.Sort(names)
	return slices.Compact(names)
}
