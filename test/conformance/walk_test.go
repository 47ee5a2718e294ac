package conformance_test

import (
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// A walk goes through an operation and its result, and collects what the oracle
// says about each field.
type walk struct {
	oracle
	document  *ast.QueryDocument
	operation *ast.OperationDefinition
	variables map[string]any                      // the supplied ones, including defaults
	loggedIn  func(object map[string]any) *caller // the new caller, by the result of a field
	refused   map[string]string                   // by response path
	reached   map[string]bool                     // coordinates, with the object's type and with the one they are selected on
	entered   map[string]bool                     // types of which a field was selected
}

// Where a field is. An argument is refused with its root field. Below a field that
// authenticates it is too late for that: the root field has run.
const (
	atRoot     = "root"
	belowRoot  = "below the root"
	belowLogin = "below a login"
)

// newWalk returns a walk through the only operation of a text.
func newWalk(schema *ast.Schema, text string, variables map[string]any) (*walk, error) {
	document, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		return nil, err
	}
	w := &walk{
		oracle: oracle{schema}, document: document, operation: document.Operations[0], variables: map[string]any{},
		refused: map[string]string{}, entered: map[string]bool{}, reached: map[string]bool{},
	}
	for _, def := range w.operation.VariableDefinitions {
		if value, supplied := variables[def.Variable]; supplied {
			w.variables[def.Variable] = value
		} else if def.DefaultValue != nil {
			w.variables[def.Variable], _ = w.value(def.DefaultValue)
		}
	}
	return w, nil
}

// evaluate walks the operation. data is its result if nothing were refused.
func (w *walk) evaluate(p *caller, data map[string]any) {
	root := w.root()
	refused := false
	w.each(root, w.operation.SelectionSet, root, func(on *ast.Definition, f *ast.Field) {
		if why := w.verdict(p, on, on, f, nil, atRoot); why != "" {
			w.refused[f.Alias], refused = why, true
		}
	})
	if data != nil && (!refused || w.operation.Operation != ast.Mutation) {
		w.object(p, root, w.operation.SelectionSet, data, "", atRoot)
	}
}

func (w *walk) root() *ast.Definition {
	if w.operation.Operation == ast.Mutation {
		return w.schema.Mutation
	}
	return w.schema.Query
}

// public reports whether any caller may run the operation, even with a bad
// credential.
func (w *walk) public() bool {
	open := true
	on := w.root()
	w.all(on, w.operation.SelectionSet, func(_ *ast.Definition, f *ast.Field) {
		open = open && (on.Directives.ForName("public") != nil || on.Fields.ForName(f.Name).Directives.ForName("public") != nil)
	})
	return open
}

// object evaluates the selections on an object. Each object in the data has its
// __typename, and its ids as Type_field.
func (w *walk) object(p *caller, on *ast.Definition, set ast.SelectionSet, object map[string]any, at, where string) {
	def := w.root()
	if where != atRoot {
		def = w.schema.Types[object["__typename"].(string)]
	}
	w.each(on, set, def, func(on *ast.Definition, f *ast.Field) {
		w.entered[on.Name] = true
		path := at + f.Alias
		if why := w.verdict(p, on, def, f, object, where); why != "" {
			w.refused[path] = why
			return
		}
		w.reached[on.Name+"."+f.Name], w.reached[def.Name+"."+f.Name] = true, true
		field, whose, below := def.Fields.ForName(f.Name), p, belowRoot
		if where == belowLogin {
			below = belowLogin
		}
		if result, ok := object[f.Alias].(map[string]any); ok && field.Directives.ForName("authenticates") != nil {
			whose, below = w.loggedIn(result), belowLogin
		}
		w.result(whose, w.schema.Types[field.Type.Name()], f.SelectionSet, object[f.Alias], path, below)
	})
}

// result evaluates the selections on the result of a field.
func (w *walk) result(p *caller, on *ast.Definition, set ast.SelectionSet, value any, at, where string) {
	items, _ := value.([]any)
	for i, item := range items {
		w.result(p, on, set, item, at+"."+strconv.Itoa(i), where)
	}
	if object, ok := value.(map[string]any); ok && len(set) > 0 {
		w.object(p, on, set, object, at+".", where)
	}
}

// verdict is what the oracle says about a field of an object of type def.
func (w *walk) verdict(p *caller, on, def *ast.Definition, f *ast.Field, object map[string]any, where string) string {
	own := func(name string) any { return object[def.Name+"_"+name] }
	if def == w.schema.Query || def == w.schema.Mutation {
		own = func(path string) any {
			first, rest, deeper := strings.Cut(path, ".")
			if value := w.given(f, first); !deeper {
				return value
			} else if members, ok := value.(map[string]any); ok {
				return members[rest]
			}
			return nil
		}
	}
	why := p.verdict(w.field(on, f.Name), own)
	if (why == "" || isStep(why)) && where != belowRoot {
		why = graver(why, w.arguments(p, on, f))
	}
	if why != "" && !isStep(why) || where != atRoot || on.Fields.ForName(f.Name).Directives.ForName("authenticates") != nil {
		return why
	}
	w.below(w.schema.Types[on.Fields.ForName(f.Name).Type.Name()], f.SelectionSet, func(on *ast.Definition, f *ast.Field) {
		why = graver(why, w.arguments(p, on, f))
	})
	return why
}

// arguments is what the oracle says about the arguments of a field.
func (w *walk) arguments(p *caller, on *ast.Definition, f *ast.Field) (why string) {
	for _, arg := range f.Arguments {
		if value, supplied := w.value(arg.Value); supplied {
			why = graver(why, p.verdict(w.argument(on, f.Name, arg.Name, value), nil))
		}
	}
	return why
}
