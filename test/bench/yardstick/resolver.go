package main

import (
	"context"
	"slices"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// A Resolver answers from the database.
type Resolver struct {
	db   *sqlx.DB
	keys hs256
}

type userRow struct {
	ID    string         `db:"id"`
	Email string         `db:"email"`
	Roles pq.StringArray `db:"roles"`
}

func (u *userRow) user() *User { return &User{ID: u.ID, Email: &u.Email, Roles: u.Roles} }

// refused returns the error for a refused caller.
func refused(code, message string) error {
	return &gqlerror.Error{Message: message, Extensions: map[string]any{"code": code}}
}

// authenticated returns the caller's claims, or an error for an anonymous caller.
func authenticated(ctx context.Context) (*claims, error) {
	c, ok := ctx.Value(callerKey{}).(*claims)
	if !ok {
		return nil, refused("UNAUTHENTICATED", "Log in first.")
	}
	return c, nil
}

// permitted returns the caller's claims, or an error unless they have the scope.
func permitted(ctx context.Context, scope string) (*claims, error) {
	c, err := authenticated(ctx)
	if err == nil && !slices.Contains(c.scopes(), scope) {
		return nil, refused("FORBIDDEN", "You are not allowed to do this.")
	}
	return c, err
}
