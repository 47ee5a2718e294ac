// Package nasty is a GraphQL service with a schema that is hard to guard, for
// tests of the guard.
package nasty

import (
	_ "embed"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// SDL is the schema.
//
//go:embed schema.graphqls
var SDL string

// A Resolver answers from a Zoo.
type Resolver struct{ *Zoo }

// Executable makes a schema executable: SDL, or one with other directives.
func Executable(schema *ast.Schema) graphql.ExecutableSchema {
	return NewExecutableSchema(Config{Schema: schema, Resolvers: &Resolver{NewZoo()}})
}
