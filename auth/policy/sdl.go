package policy

import (
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
)

// SDL returns the schema with its directives, as text. That of a View in which nothing can be asked for has no query type.
func (p *Policy) SDL() string { return sdl(p.schema) }

// sdl writes a schema. An operation type of which only introspection is left has nothing to stand between its braces, and is left out.
func sdl(schema *ast.Schema) string {
	whole := *schema
	whole.Types = maps.Clone(schema.Types)
	for _, root := range []**ast.Definition{&whole.Query, &whole.Mutation, &whole.Subscription} {
		if *root != nil && !slices.ContainsFunc((*root).Fields, func(f *ast.FieldDefinition) bool { return !strings.HasPrefix(f.Name, "__") }) {
			delete(whole.Types, (*root).Name)
			*root = nil
		}
	}
	var b strings.Builder
	formatter.NewFormatter(&b, formatter.WithIndent("  ")).FormatSchema(&whole)
	return b.String()
}
