package conformance_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// A position is an argument, or an input field within one.
type position struct {
	coordinates []string // of the argument, and of each field on the way
	steps       []*ast.FieldDefinition
	typ         *ast.Type
	optional    bool
}

// A variable marks the place of a variable in a value.
type variable string

// nested is how often an input type may contain itself.
const nested = 2

// forms supplies each argument of a field at the end of a path, and each input
// field within them, in every form.
func (g *generator) forms(d path, field *ast.FieldDefinition) []*experiment {
	var all []*experiment
	cheap := *g
	cheap.samples = maps.Clone(g.samples)
	maps.Copy(cheap.samples, g.cheap)
	for _, arg := range field.Arguments {
		coordinate := fmt.Sprintf("%s.%s(%s:)", d.to.Name, field.Name, arg.Name)
		first := position{coordinates: []string{coordinate}, typ: arg.Type, optional: !arg.Type.NonNull || arg.DefaultValue != nil}
		for _, s := range g.positions(first, map[string]int{}) {
			all = append(all, cheap.variants(d, field, arg, s)...)
		}
	}
	return all
}

// positions are the first one and all within it.
func (g *generator) positions(s position, within map[string]int) []position {
	all := []position{s}
	def := g.schema.Types[s.typ.Name()]
	if def.Kind != ast.InputObject || within[def.Name] == nested {
		return all
	}
	within[def.Name]++
	for _, field := range def.Fields {
		all = append(all, g.positions(position{
			coordinates: append(slices.Clone(s.coordinates), def.Name+"."+field.Name), steps: append(slices.Clone(s.steps), field),
			typ: field.Type, optional: !field.Type.NonNull || field.DefaultValue != nil,
		}, within)...)
	}
	within[def.Name]--
	return all
}

// variants are the experiments that supply a position, or seem to.
func (g *generator) variants(d path, field *ast.FieldDefinition, arg *ast.ArgumentDefinition, s position) []*experiment {
	last := s.coordinates[len(s.coordinates)-1]
	sample := g.sample(last, s.typ)
	try := func(leaf any, bare bool, definition string, variables map[string]any, supplies []string) *experiment {
		value := g.build(s.coordinates[0], arg.Type, s.steps, leaf, bare)
		return g.experiment(d, g.selected(d.to, field, map[string]any{arg.Name: value}), list(definition), variables, supplies)
	}
	nullable := *s.typ
	nullable.NonNull = false
	whole := g.build(s.coordinates[0], arg.Type, s.steps, sample, false)
	bare := sample
	if items, ok := sample.([]any); ok {
		bare = items[0]
	}
	if !s.optional && len(s.steps) > 0 { // it is always supplied
		return []*experiment{try(sample, false, "", nil, s.coordinates)}
	}
	all := []*experiment{
		try(sample, false, "", nil, s.coordinates),
		try(bare, true, "", nil, s.coordinates),
		try(variable("v"), false, "$v: "+s.typ.String(), map[string]any{"v": sample}, s.coordinates),
		g.experiment(d, g.selected(d.to, field, map[string]any{arg.Name: variable("v")}), list("$v: "+arg.Type.String()), map[string]any{"v": whole}, s.coordinates),
	}
	if s.optional && !s.typ.NonNull {
		all = append(all,
			try(nil, false, "", nil, s.coordinates),
			try(variable("v"), false, "$v: "+nullable.String(), map[string]any{"v": nil}, s.coordinates),
			try(variable("v"), false, "$v: "+nullable.String(), nil, nil),
			try(variable("v"), false, "$v: "+nullable.String()+" = "+g.literal(&nullable, sample), nil, s.coordinates))
	}
	if s.optional && s.typ.NonNull {
		all = append(all, try(variable("v"), false, "$v: "+nullable.String(), nil, nil))
	}
	all = slices.CompactFunc(all, func(a, b *experiment) bool { return a.text == b.text && len(a.variables) == 0 })
	for _, e := range all[1:] {
		e.again = true
	}
	return all
}

func list(definition string) []string {
	if definition == "" {
		return nil
	}
	return []string{definition}
}

// build makes a value of a type with leaf at the end of the steps. Bare values
// stand for lists of one.
func (g *generator) build(coordinate string, typ *ast.Type, steps []*ast.FieldDefinition, leaf any, bare bool) any {
	if len(steps) == 0 {
		return leaf
	}
	if typ.Elem != nil {
		item := g.build(coordinate, typ.Elem, steps, leaf, bare)
		if bare {
			return item
		}
		return []any{item}
	}
	members := g.object(g.schema.Types[typ.NamedType])
	coordinate = typ.NamedType + "." + steps[0].Name
	members[steps[0].Name] = g.build(coordinate, steps[0].Type, steps[1:], leaf, bare)
	return members
}

// object makes an input object with its required fields only.
func (g *generator) object(def *ast.Definition) map[string]any {
	members := map[string]any{}
	for _, field := range def.Fields {
		if field.Type.NonNull && field.DefaultValue == nil {
			members[field.Name] = g.sample(def.Name+"."+field.Name, field.Type)
		}
	}
	return members
}

// sample is a harmless value.
func (g *generator) sample(coordinate string, typ *ast.Type) any {
	if sample, ok := g.samples[coordinate]; ok {
		return sample
	}
	if typ.Elem != nil {
		return []any{g.sample(coordinate, typ.Elem)}
	}
	switch def := g.schema.Types[typ.NamedType]; {
	case def.Kind == ast.InputObject:
		return g.object(def)
	case def.Kind == ast.Enum:
		return def.EnumValues[0].Name
	}
	return map[string]any{
		"ID": "@ID@", "String": "harmless", "Int": 1, "Float": 1, "Boolean": true, "JSON": map[string]any{}, "Time": "2026-11-22T09:30:00Z",
	}[typ.NamedType]
}

// arguments are those of a field: the given ones, and those it requires.
func (g *generator) arguments(on *ast.Definition, field *ast.FieldDefinition, given map[string]any) string {
	var all []string
	for _, arg := range field.Arguments {
		coordinate := fmt.Sprintf("%s.%s(%s:)", on.Name, field.Name, arg.Name)
		value, ok := given[arg.Name]
		if !ok && (arg.Type.NonNull && arg.DefaultValue == nil || slices.Contains(g.always, coordinate)) {
			value, ok = g.sample(coordinate, arg.Type), true
		}
		if ok {
			all = append(all, arg.Name+": "+g.literal(arg.Type, value))
		}
	}
	if len(all) == 0 {
		return ""
	}
	return "(" + strings.Join(all, ", ") + ")"
}

// literal writes a value as GraphQL.
func (g *generator) literal(typ *ast.Type, value any) string {
	switch v := value.(type) {
	case variable:
		return "$" + string(v)
	case []any:
		var items []string
		for _, item := range v {
			items = append(items, g.literal(typ.Elem, item))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case map[string]any:
		if g.schema.Types[typ.Name()].Kind == ast.Scalar {
			return objectLiteral(v)
		}
		var members []string
		for _, field := range g.schema.Types[typ.Name()].Fields {
			if member, ok := v[field.Name]; ok {
				members = append(members, field.Name+": "+g.literal(field.Type, member))
			}
		}
		return "{" + strings.Join(members, ", ") + "}"
	case string:
		if g.schema.Types[typ.Name()].Kind == ast.Enum {
			return v
		}
	}
	text, _ := json.Marshal(value)
	return string(text)
}

// objectLiteral writes a value of the scalar JSON.
func objectLiteral(value any) string {
	var parts []string
	switch v := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, name+": "+objectLiteral(v[name]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		for _, item := range v {
			parts = append(parts, objectLiteral(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	text, _ := json.Marshal(value)
	return string(text)
}
