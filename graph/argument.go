package graph

import (
	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// argumentPath returns where the client wrote the value that auth calls name: an argument
// of the field that is resolved, or a field of an input object that is one, such as
// input.email. A name that the field does not take is returned unchanged.
func argumentPath(schema *ast.Schema, at *graphql.FieldContext, name string) string {
	if at == nil || at.Field.Definition == nil {
		return name
	}
	field := at.Field.Definition
	if field.Arguments.ForName(name) != nil {
		return name
	}
	for _, argument := range field.Arguments {
		input := schema.Types[argument.Type.Name()]
		if input != nil && input.Kind == ast.InputObject && input.Fields.ForName(name) != nil {
			return argument.Name + "." + name
		}
	}
	return name
}
