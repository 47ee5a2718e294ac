// Package nasty is a service whose schema is hard to guard, for tests of the policy and its
// enforcement.
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

// A Resolver resolves fields from a Zoo.
type Resolver struct{ *Zoo }

// Executable returns an executable schema. The schema may have other directives than SDL, or none.
func Executable(schema *ast.Schema) graphql.ExecutableSchema {
	return NewExecutableSchema(Config{Schema: schema, Resolvers: &Resolver{NewZoo()}})
}
