package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// A generator makes operations from nothing but a schema.
type generator struct {
	schema *ast.Schema
	// samples are values for arguments and input fields, by coordinate, where one of their type would lead nowhere.
	samples map[string]any
	// vain are other ones, for where it does not matter where a value leads but only that it is there: they cost less.
	vain map[string]any
	// always are arguments that are given although they need not be.
	always []string
	// siblings are the names of fields that hold somebody's id.
	siblings []string
}

// An experiment is an operation whose outcome is judged for every class of callers.
type experiment struct {
	text      string
	variables map[string]any
	supplies  []string // coordinates of arguments and input fields
	door      string   // the coordinate of the root field and the type it leads to
	to        *ast.Definition
}

// A door is a way from a root field to a type.
type door struct {
	operation ast.Operation
	hops      []hop
	to        *ast.Definition
}

// A hop goes through a field, or, without one, into a fragment.
type hop struct {
	from  *ast.Definition
	field *ast.FieldDefinition
	to    *ast.Definition
}

// newGenerator returns a generator for the schema; its siblings are what any orSelf names.
func newGenerator(schema *ast.Schema, samples map[string]any, always ...string) *generator {
	g := &generator{schema: schema, samples: samples, always: always}
	for _, def := range schema.Types {
		lists := []ast.DirectiveList{def.Directives}
		for _, field := range def.Fields {
			lists = append(lists, field.Directives)
		}
		for _, n := range oracleNeeds(slices.Concat(lists...)) {
			g.siblings = append(g.siblings, n.self)
		}
	}
	slices.Sort(g.siblings)
	g.siblings = slices.Compact(g.siblings)
	return g
}

// experiments are all that the schema gives cause for.
func (g *generator) experiments() []*experiment {
	var all []*experiment
	formed := map[string]bool{}
	for _, d := range g.doors() {
		all = append(all, g.behind(d)...)
		for _, field := range fieldsOf(d.to) {
			if coordinate := d.to.Name + "." + field.Name; !formed[coordinate] {
				formed[coordinate] = true
				all = append(all, g.forms(d, field)...)
			}
		}
	}
	for _, def := range []*ast.Definition{g.schema.Query, g.schema.Mutation} {
		for _, field := range fieldsOf(def) {
			d := door{operation: operationOf(g.schema, def), to: def}
			if g.schema.Types[field.Type.Name()].IsLeafType() {
				all = append(all, g.experiment(d, g.selected(def, field, nil), nil, nil, nil))
			}
			if !formed[def.Name+"."+field.Name] {
				formed[def.Name+"."+field.Name] = true
				all = append(all, g.forms(d, field)...)
			}
		}
	}
	return all
}

func operationOf(schema *ast.Schema, root *ast.Definition) ast.Operation {
	if root == schema.Mutation {
		return ast.Mutation
	}
	return ast.Query
}

func fieldsOf(def *ast.Definition) (fields []*ast.FieldDefinition) {
	for _, field := range def.Fields {
		if !strings.HasPrefix(field.Name, "__") {
			fields = append(fields, field)
		}
	}
	return fields
}

// behind selects each field of the type that a door leads to. What a mutation answers is selected whole, for it changes something.
func (g *generator) behind(d door) []*experiment {
	var all []*experiment
	var inner []string
	for _, field := range fieldsOf(d.to) {
		inner = append(inner, g.selected(d.to, field, nil))
	}
	if d.operation == ast.Mutation || len(inner) == 0 {
		return append(all, g.experiment(d, strings.Join(inner, " "), nil, nil, nil))
	}
	for _, one := range inner {
		all = append(all, g.experiment(d, one, nil, nil, nil))
	}
	return all
}

// doors are the ways from each root field to each type it leads to, the shortest of each.
func (g *generator) doors() []door {
	var all []door
	for _, root := range []*ast.Definition{g.schema.Query, g.schema.Mutation} {
		for _, field := range fieldsOf(root) {
			entered := map[string]bool{}
			queue := g.enter(door{operation: operationOf(g.schema, root)}, hop{root, field, g.schema.Types[field.Type.Name()]})
			for len(queue) > 0 {
				d := queue[0]
				queue = queue[1:]
				if entered[d.to.Name] {
					continue
				}
				entered[d.to.Name] = true
				all = append(all, d)
				if d.again(g.schema) {
					continue
				}
				for _, f := range fieldsOf(d.to) {
					queue = append(queue, g.enter(d, hop{d.to, f, g.schema.Types[f.Type.Name()]})...)
				}
				for _, possible := range g.schema.GetPossibleTypes(d.to) {
					queue = append(queue, g.enter(d, hop{d.to, nil, possible})...)
				}
			}
		}
	}
	return all
}

// again reports whether a door leads through a field of a root type, below the root: what lies behind it is what lies behind that field.
func (d door) again(schema *ast.Schema) bool {
	return len(d.hops) > 1 && slices.Contains([]*ast.Definition{schema.Query, schema.Mutation}, d.hops[len(d.hops)-1].from)
}

// enter goes on from a door, if that leads to a type with fields.
func (g *generator) enter(d door, h hop) []door {
	if h.to.IsLeafType() || h.field == nil && h.from == h.to {
		return nil
	}
	return []door{{operation: d.operation, hops: append(slices.Clone(d.hops), h), to: h.to}}
}

func (d door) String() string {
	if len(d.hops) == 0 {
		return d.to.Name
	}
	return d.hops[0].from.Name + "." + d.hops[0].field.Name + " to " + d.to.Name
}

// experiment makes an operation that goes through a door. changed are the fields in it with other arguments than they need.
func (g *generator) experiment(d door, inner string, definitions []string, variables map[string]any, supplies []string) *experiment {
	text := inner
	for _, h := range slices.Backward(d.hops) {
		if h.field == nil {
			text = fmt.Sprintf("... on %s %s", h.to.Name, g.set(h.to, text))
		} else {
			text = h.field.Name + g.arguments(h.from, h.field, nil) + " " + g.set(h.to, text)
		}
	}
	parameters := ""
	if len(definitions) > 0 {
		parameters = "(" + strings.Join(definitions, ", ") + ")"
	}
	return &experiment{
		text: string(d.operation) + parameters + " { " + text + " }", variables: maps.Clone(variables), supplies: supplies, door: d.String(), to: d.to,
	}
}

// selected selects a field, and of an object nothing but what it is.
func (g *generator) selected(on *ast.Definition, field *ast.FieldDefinition, arguments map[string]any) string {
	text := field.Name + g.arguments(on, field, arguments)
	if to := g.schema.Types[field.Type.Name()]; !to.IsLeafType() {
		text += " " + g.set(to, "")
	}
	return text
}

// set is a selection set that also says of which type the object is, and whose.
func (g *generator) set(on *ast.Definition, inner string) string {
	text := "{ __typename "
	for _, def := range g.schema.GetPossibleTypes(on) {
		for _, name := range g.siblings {
			if f := def.Fields.ForName(name); f != nil && len(f.Arguments) == 0 && g.schema.Types[f.Type.Name()].IsLeafType() {
				text += fmt.Sprintf("... on %s { %[1]s_%s: %[2]s } ", def.Name, name)
			}
		}
	}
	return text + inner + " }"
}
