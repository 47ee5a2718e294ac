package document

import (
	"fmt"
	"math"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/graph/fault"
)

// Coerce returns the values of the variables of a valid operation, as their
// types have them (GraphQL specification, 6.1.2). It adds the defaults of the
// variables but not those of input fields, so that what the caller supplied can
// still be told apart. Its error names the place and never repeats the value.
func Coerce(schema *ast.Schema, doc *ast.QueryDocument, op *ast.OperationDefinition, given map[string]any) (map[string]any, *gqlerror.Error) {
	return coerce(schema, op, requiredVariables(doc, op), given, false)
}

// coerce is [Coerce] with the variables that requiredVariables returned. With
// terse set, its error names nothing of the schema.
func coerce(
	schema *ast.Schema, op *ast.OperationDefinition, required []*ast.VariableDefinition, given map[string]any, terse bool,
) (map[string]any, *gqlerror.Error) {
	if len(op.VariableDefinitions) == 0 {
		return nil, nil
	}
	values := make(map[string]any, len(op.VariableDefinitions))
	for _, def := range op.VariableDefinitions {
		c := coercion{schema: schema, def: def, path: "$" + def.Variable, terse: terse}
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
			if n, ok := value.(int64); ok && def.Type.NamedType == "ID" {
				value = strconv.FormatInt(n, 10) // a number stands for an ID (3.5.5)
			}
			values[def.Variable] = value
		case def.Type.NonNull:
			return nil, c.fault("is required, of type %s", def.Type)
		}
	}
	for _, def := range required {
		if value, supplied := values[def.Variable]; supplied && value == nil {
			return nil, coercion{def: def, path: "$" + def.Variable, terse: terse}.fault("can't be null where it is used")
		}
	}
	return values, nil
}

// A coercion is at one place in the value of a variable.
type coercion struct {
	schema *ast.Schema
	def    *ast.VariableDefinition
	path   string
	terse  bool
}

func (c coercion) fault(format string, args ...any) *gqlerror.Error {
	message := fmt.Sprintf("Variable %s %s.", c.path, fmt.Sprintf(format, args...))
	if c.terse {
		message = fmt.Sprintf("Variable $%s is missing, or does not fit its type.", c.def.Variable)
	}
	return fault.At(c.def.Position, message, fault.CodeValidationFailed)
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

// list coerces a list. A single value stands for a list of one.
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

// scalar coerces a value of a built-in scalar as the specification says, without
// any conversion beyond that.
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
		return v, nil // a Time, which no argument takes
	}
	return nil, c.fault("must be of type %s", def.Name)
}

// requiredVariables returns the variables that are nullable by their types, but
// not where a valid operation uses them. Validation lets them stand there because
// of a default (GraphQL specification, 5.8.5). That none is null is left to
// execution (6.4.1), and the executor doesn't check it.
func requiredVariables(doc *ast.QueryDocument, op *ast.OperationDefinition) []*ast.VariableDefinition {
	r := required{}
	r.directives(op.Directives)
	for selection := range selections(doc, op.SelectionSet) {
		switch s := selection.(type) {
		case *ast.Field:
			r.directives(s.Directives)
			r.arguments(s.Arguments)
		case *ast.InlineFragment:
			r.directives(s.Directives)
		case *ast.FragmentSpread:
			r.directives(s.Directives)
			r.directives(s.Definition.Directives)
		}
	}
	var found []*ast.VariableDefinition
	for _, def := range op.VariableDefinitions {
		if r[def.Variable] && !def.Type.NonNull {
			found = append(found, def)
		}
	}
	return found
}

// required has the names of the variables that stand where null can't.
type required map[string]bool

func (r required) directives(list ast.DirectiveList) {
	for _, d := range list {
		r.arguments(d.Arguments)
	}
}

func (r required) arguments(list ast.ArgumentList) {
	for _, arg := range list {
		r.value(arg.Value)
	}
}

func (r required) value(v *ast.Value) {
	if v.Kind == ast.Variable && v.ExpectedType != nil && v.ExpectedType.NonNull {
		r[v.Raw] = true
	}
	for _, child := range v.Children {
		r.value(child.Value)
	}
}
