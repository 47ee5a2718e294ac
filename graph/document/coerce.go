package document

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Coerce returns the values of a valid operation's variables, for a caller
// without a [Cache].
func Coerce(schema *ast.Schema, doc *ast.QueryDocument, op *ast.OperationDefinition, given map[string]any) (map[string]any, *gqlerror.Error) {
	return coerce(schema, &Operation{OperationDefinition: op, required: requiredOf(doc, op)}, given)
}
