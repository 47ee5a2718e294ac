package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"
)

// coerce returns the operation's variables as its types have them, with the
// defaults of the variables but not those of the schema, which no caller
// supplied. If no values are given, all are unknown: none is required.
func coerce(schema *ast.Schema, op *ast.OperationDefinition, given map[string]any) (map[string]any, error) {
	for name := range given {
		if op.VariableDefinitions.ForName(name) == nil {
			return nil, fmt.Errorf("the operation has no variable $%s", name)
		}
	}
	if given != nil {
		checked, err := clone(given) // the library writes lists of its own into it
		if err != nil {
			return nil, err
		}
		if _, err := validator.VariableValues(schema, op, checked); err != nil {
			return nil, variableError(err)
		}
	}
	all := map[string]any{}
	for _, def := range op.VariableDefinitions {
		value, supplied := given[def.Variable]
		switch {
		case supplied:
			all[def.Variable] = identifier(def.Type, value)
		case def.DefaultValue != nil:
			value, err := def.DefaultValue.Value(nil)
			if err != nil {
				return nil, fmt.Errorf("the default of $%s: %w", def.Variable, err)
			}
			all[def.Variable] = identifier(def.Type, value)
		}
	}
	return all, nil
}

// variableError says which variable, and which part of it, is wrong.
func variableError(err error) error {
	var g *gqlerror.Error
	if !errors.As(err, &g) {
		return err
	}
	return fmt.Errorf("%s: %s", strings.Replace(g.Path.String(), "variable.", "$", 1), g.Message)
}

func clone(value map[string]any) (copied map[string]any, err error) {
	text, err := json.Marshal(value)
	if err == nil {
		err = json.NewDecoder(bytes.NewReader(text)).Decode(&copied)
	}
	return copied, err
}

// identifier returns a number that stands for an ID as a string (GraphQL specification, 3.5.5).
func identifier(typ *ast.Type, value any) any {
	if typ.NamedType != "ID" {
		return value
	}
	switch n := value.(type) {
	case float64:
		return strconv.FormatFloat(n, 'f', -1, 64)
	case int64:
		return strconv.FormatInt(n, 10)
	}
	return value
}
