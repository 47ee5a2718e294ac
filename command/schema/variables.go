package schema

import (
	"errors"
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/graph/document"
)

// coerce returns the values of an operation's variables as the API would take
// them. If none are given, they are unknown: only the variables with a default
// have a value, and none is required.
func (f operationFile) coerce(schema *ast.Schema, op *ast.OperationDefinition, given map[string]any) (map[string]any, error) {
	for name := range given {
		if op.VariableDefinitions.ForName(name) == nil {
			return nil, fmt.Errorf("%s: the operation has no variable $%s", f.name, name)
		}
	}
	if given != nil {
		values, err := document.Coerce(schema, f.document, op, given)
		if err != nil {
			return nil, errors.New(f.name + ": " + err.Message)
		}
		return values, nil
	}
	values := map[string]any{}
	for _, def := range op.VariableDefinitions {
		if def.DefaultValue == nil {
			continue
		}
		value, err := def.DefaultValue.Value(nil)
		if err != nil {
			return nil, fmt.Errorf("%s: the default of $%s: %w", f.name, def.Variable, err)
		}
		values[def.Variable] = value
	}
	return values, nil
}
