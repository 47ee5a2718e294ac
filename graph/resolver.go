package graph

import (
	"github.com/99designs/gqlgen/graphql"

	"gatehouse/auth"
	"gatehouse/auth/apikey"
	"gatehouse/auth/bymail"
	"gatehouse/auth/factor/desk"
	"gatehouse/auth/oauth/clients"
	"gatehouse/auth/passkey"
	"gatehouse/auth/reauth"
	"gatehouse/auth/services"
)

// A Resolver resolves the fields of the schema. Each method translates the
// arguments, makes one call and returns.
type Resolver struct {
	Accounts  *auth.Accounts
	Sessions  *auth.Sessions
	Services  *services.Accounts
	Keys      *apikey.Keys
	Clients   *clients.Clients
	Resources *clients.Resources
	Grants    *clients.Grants
	ByMail    *bymail.Desk
	Reauth    *reauth.Reauthentication
	Factors   *desk.Desk
	Passkeys  *passkey.Keys

	access *access // set by NewHandler
}

// countsAttempts reports whether password attempts are counted.
func (r *Resolver) countsAttempts() bool {
	return r.Sessions != nil && r.Sessions.Passwords != nil && r.Sessions.Passwords.Attempts != nil
}

// supplied returns nil if the client left a value out, and a pointer to it, null
// included, if not.
func supplied[T any](o graphql.Omittable[T]) *T {
	if value, ok := o.ValueOK(); ok {
		return &value
	}
	return nil
}

// nullable returns a pointer to the value, nil if there is an error.
func nullable[T any](value T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	return &value, nil
}

// done returns true, or the error: what a field answers that has nothing to tell.
func done(err error) (*bool, error) { return nullable(true, err) }
