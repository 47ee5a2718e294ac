package graph

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// selects reports whether any of the fields of a type is selected below the field
// that a context resolves, at any depth. A field that @skip or @include leaves out
// counts too.
func selects(ctx context.Context, typename string, fields ...string) bool {
	var seen []*ast.FragmentDefinition
	var below func(ast.SelectionSet) bool
	below = func(selection ast.SelectionSet) bool {
		return slices.ContainsFunc(selection, func(s ast.Selection) bool {
			switch s := s.(type) {
			case *ast.Field:
				return s.ObjectDefinition.Name == typename && slices.Contains(fields, s.Name) || below(s.SelectionSet)
			case *ast.InlineFragment:
				return below(s.SelectionSet)
			case *ast.FragmentSpread:
				if slices.Contains(seen, s.Definition) {
					return false
				}
				seen = append(seen, s.Definition)
				return below(s.Definition.SelectionSet)
			}
			return true
		})
	}
	return below(graphql.GetFieldContext(ctx).Field.Selections)
}
