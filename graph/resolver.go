package graph

import (
	"github.com/99designs/gqlgen/graphql"

	"gatehouse/auth"
)

// A Resolver answers the fields of the schema: it translates the arguments, makes one call, and returns.
type Resolver struct {
	Accounts *auth.Accounts
	Sessions *auth.Sessions

	access *access // set by NewHandler
}

// supplied returns nil for what the client left out, and a pointer to what it said, which may be null.
func supplied[T any](o graphql.Omittable[T]) *T {
	if value, ok := o.ValueOK(); ok {
		return &value
	}
	return nil
}

// some makes a nullable result of one that is there unless there is an error.
func some[T any](value T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	return &value, nil
}
