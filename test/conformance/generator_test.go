package conformance_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// A generator makes operations from a schema alone.
type generator struct {
	schema *ast.Schema
	// samples are values of arguments and input fields, by coordinate, where
	// any value of the type would not do.
	samples map[string]any
	// cheap replaces some of them where only the presence of a value matters.
	// Those operations fail, which costs less.
	cheap map[string]any
	// always are optional arguments that are supplied nevertheless.
	always []string
	// siblings are the names of fields that hold a user's id.
	siblings []string
}

// An experiment is an operation whose result is checked for every class of
// callers.
type experiment struct {
	text      string
	variables map[string]any
	supplies  []string // coordinates of arguments and input fields
	path      string   // the coordinate of the root field and the type it leads to
	to        *ast.Definition
	again     bool // supplies in another form what another experiment supplies
}

// A path leads from a root field to a type.
type path struct {
	operation ast.Operation
	steps     []step
	to        *ast.Definition
}

// A step leads through a field, or without one into a fragment.
type step struct {
	from  *ast.Definition
	field *ast.FieldDefinition
	to    *ast.Definition
}

// newGenerator returns a generator for the schema. Its siblings are the fields
// that any orSelf names.
func newGenerator(schema *ast.Schema, samples map[string]any, always ...string) *generator {
	g := &generator{schema: schema, samples: samples, always: always}
	for _, def := range schema.Types {
		lists := []ast.DirectiveList{def.Directives}
		for _, field := range def.Fields {
			lists = append(lists, field.Directives)
		}
		for _, n := range requirementsOf(slices.Concat(lists...)) {
			g.siblings = append(g.siblings, n.self)
		}
	}
	slices.Sort(g.siblings)
	g.siblings = slices.Compact(g.siblings)
	return g
}

// experiments are all experiments for the schema.
func (g *generator) experiments() []*experiment {
	var all []*experiment
	formed := map[string]bool{}
	for _, d := range g.paths() {
		all = append(all, g.atEnd(d)...)
		for _, field := range fieldsOf(d.to) {
			if coordinate := d.to.Name + "." + field.Name; !formed[coordinate] {
				formed[coordinate] = true
				all = append(all, g.forms(d, field)...)
			}
		}
	}
	for _, def := range []*ast.Definition{g.schema.Query, g.schema.Mutation} {
		for _, field := range fieldsOf(def) {
			d := path{operation: operationOf(g.schema, def), to: def}
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

// atEnd selects each field of the type a path leads to, in an experiment each. A
// mutation changes something, so it selects all at once.
func (g *generator) atEnd(d path) []*experiment {
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

// paths are the shortest paths from each root field to each type it leads to.
func (g *generator) paths() []path {
	var all []path
	for _, root := range []*ast.Definition{g.schema.Query, g.schema.Mutation} {
		for _, field := range fieldsOf(root) {
			entered := map[string]bool{}
			queue := g.extend(path{operation: operationOf(g.schema, root)}, step{root, field, g.schema.Types[field.Type.Name()]})
			for len(queue) > 0 {
				d := queue[0]
				queue = queue[1:]
				if entered[d.to.Name] {
					continue
				}
				entered[d.to.Name] = true
				all = append(all, d)
				if d.leadsToRoot(g.schema) {
					continue
				}
				for _, f := range fieldsOf(d.to) {
					queue = append(queue, g.extend(d, step{d.to, f, g.schema.Types[f.Type.Name()]})...)
				}
				for _, possible := range g.schema.GetPossibleTypes(d.to) {
					queue = append(queue, g.extend(d, step{d.to, nil, possible})...)
				}
			}
		}
	}
	return all
}

// leadsToRoot reports whether a path leads through a field of a root type below
// the root. The paths on from there are those of that field.
func (d path) leadsToRoot(schema *ast.Schema) bool {
	return len(d.steps) > 1 && slices.Contains([]*ast.Definition{schema.Query, schema.Mutation}, d.steps[len(d.steps)-1].from)
}

// extend adds a step to a path, if it leads to a type with fields.
func (g *generator) extend(d path, h step) []path {
	if h.to.IsLeafType() || h.field == nil && h.from == h.to {
		return nil
	}
	return []path{{operation: d.operation, steps: append(slices.Clone(d.steps), h), to: h.to}}
}

func (d path) String() string {
	if len(d.steps) == 0 {
		return d.to.Name
	}
	return d.steps[0].from.Name + "." + d.steps[0].field.Name + " to " + d.to.Name
}

// experiment makes an operation that selects inner at the end of a path.
func (g *generator) experiment(d path, inner string, definitions []string, variables map[string]any, supplies []string) *experiment {
	text := inner
	for _, h := range slices.Backward(d.steps) {
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
		text: string(d.operation) + parameters + " { " + text + " }", variables: maps.Clone(variables), supplies: supplies, path: d.String(), to: d.to,
	}
}

// selected selects a field, and of an object only its type and ids.
func (g *generator) selected(on *ast.Definition, field *ast.FieldDefinition, arguments map[string]any) string {
	text := field.Name + g.arguments(on, field, arguments)
	if to := g.schema.Types[field.Type.Name()]; !to.IsLeafType() {
		text += " " + g.set(to, "")
	}
	return text
}

// set is a selection set that also selects the object's type and ids.
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
