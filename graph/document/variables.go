package document

import (
	"fmt"
	"math"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/graph/fault"
)

// coerce returns the values of an operation's variables as its types have them (GraphQL specification, 6.1.2), with the defaults of the
// variables, but not those of input fields: what the caller supplied must stay to be seen. Errors name the place, never the value.
func coerce(schema *ast.Schema, op *Operation, given map[string]any) (map[string]any, *gqlerror.Error) {
	if len(op.VariableDefinitions) == 0 {
		return nil, nil
	}
	values := make(map[string]any, len(op.VariableDefinitions))
	for _, def := range op.VariableDefinitions {
		c := coercion{schema: schema, at: def.Position, path: "$" + def.Variable}
		value, supplied := given[def.Variable]
		switch {
		case supplied:
			coerced, err := c.value(def.Type, value)
			if err != nil {
				return nil, err
			}
			values[def.Variable] = coerced
		case def.DefaultValue != nil:
			value, err := def.DefaultValue.Value(nil)
			if err != nil {
				return nil, c.fault("has a default that can't be read")
			}
			values[def.Variable] = value
		case def.Type.NonNull:
			return nil, c.fault("is required, of type %s", def.Type)
		}
	}
	for _, def := range op.required {
		if value, supplied := values[def.Variable]; supplied && value == nil {
			return nil, coercion{at: def.Position, path: "$" + def.Variable}.fault("can't be null where it is used")
		}
	}
	return values, nil
}

// A coercion knows where in a variable it is.
type coercion struct {
	schema *ast.Schema
	at     *ast.Position
	path   string
}

func (c coercion) fault(format string, args ...any) *gqlerror.Error {
	g := fault.New(fmt.Sprintf("Variable %s %s.", c.path, fmt.Sprintf(format, args...)), fault.CodeValidationFailed)
	g.Locations = []gqlerror.Location{{Line: c.at.Line, Column: c.at.Column}}
	return g
}

func (c coercion) in(step string) coercion {
	c.path += step
	return c
}

func (c coercion) value(typ *ast.Type, v any) (any, *gqlerror.Error) {
	switch {
	case v == nil && typ.NonNull:
		return nil, c.fault("can't be null")
	case v == nil:
		return nil, nil
	case typ.Elem != nil:
		return c.list(typ, v)
	}
	def := c.schema.Types[typ.NamedType]
	switch def.Kind {
	case ast.InputObject:
		return c.object(def, v)
	case ast.Enum:
		if name, ok := v.(string); ok && def.EnumValues.ForName(name) != nil {
			return name, nil
		}
		return nil, c.fault("must be a value of %s", def.Name)
	default:
		return c.scalar(def, v)
	}
}

// list coerces a list; a single value stands for a list of one.
func (c coercion) list(typ *ast.Type, v any) (any, *gqlerror.Error) {
	items, ok := v.([]any)
	if !ok {
		items = []any{v}
	}
	coerced := make([]any, len(items))
	for i, item := range items {
		value, err := c.in("["+strconv.Itoa(i)+"]").value(typ.Elem, item)
		if err != nil {
			return nil, err
		}
		coerced[i] = value
	}
	return coerced, nil
}

func (c coercion) object(def *ast.Definition, v any) (any, *gqlerror.Error) {
	members, ok := v.(map[string]any)
	if !ok {
		return nil, c.fault("must be an object of type %s", def.Name)
	}
	for name := range members {
		if def.Fields.ForName(name) == nil {
			return nil, c.fault("has a field that %s does not define", def.Name)
		}
	}
	coerced := make(map[string]any, len(members))
	for _, field := range def.Fields {
		value, supplied := members[field.Name]
		if !supplied {
			if field.Type.NonNull && field.DefaultValue == nil {
				return nil, c.in("."+field.Name).fault("is required, of type %s", field.Type)
			}
			continue
		}
		value, err := c.in("."+field.Name).value(field.Type, value)
		if err != nil {
			return nil, err
		}
		coerced[field.Name] = value
	}
	return coerced, nil
}

// scalar coerces a value of a built-in scalar as its specification has it: nothing is taken for what it is not.
func (c coercion) scalar(def *ast.Definition, v any) (any, *gqlerror.Error) {
	number, isNumber := v.(float64)
	whole := isNumber && number == math.Trunc(number)
	switch def.Name {
	case "String":
		if s, ok := v.(string); ok {
			return s, nil
		}
	case "Boolean":
		if b, ok := v.(bool); ok {
			return b, nil
		}
	case "Int":
		if whole && number >= math.MinInt32 && number <= math.MaxInt32 {
			return int64(number), nil
		}
	case "Float":
		if isNumber {
			return number, nil
		}
	case "ID":
		if s, ok := v.(string); ok {
			return s, nil
		}
		if whole && math.Abs(number) < 1<<53 {
			return strconv.FormatInt(int64(number), 10), nil
		}
	case "JSON":
		if object, ok := v.(map[string]any); ok {
			return object, nil
		}
	default:
		return v, nil // nothing takes a Time
	}
	return nil, c.fault("must be of type %s", def.Name)
}
