package conformance_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
)

// An application is one of our directives at one place in a schema.
type application struct {
	coordinate string
	list       *ast.DirectiveList
	index      int
}

func (a application) String() string {
	d := (*a.list)[a.index]
	text := a.coordinate + " @" + d.Name
	for _, arg := range d.Arguments {
		text += " " + arg.Name + ": " + arg.Value.String()
	}
	return text
}

// remove removes the directive. Those before it keep their indexes.
func (a application) remove() {
	*a.list = slices.Delete(slices.Clone(*a.list), a.index, a.index+1)
}

// loadSchema parses a schema again, so that it can be changed.
func loadSchema(t testing.TB, sdl string) *ast.Schema {
	t.Helper()
	schema, err := validator.LoadSchema(validator.Prelude, &ast.Source{Name: "schema.graphqls", Input: sdl})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// applications lists our directives in a schema, always in the same order.
func applications(schema *ast.Schema) []application {
	var all []application
	add := func(coordinate string, list *ast.DirectiveList) {
		for i, d := range *list {
			if slices.Contains([]string{"public", "authenticated", "hasRole", "hasScope", "authenticates", "delegable", "fresh", "factors"}, d.Name) {
				all = append(all, application{coordinate, list, i})
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Types)) {
		def := schema.Types[name]
		add(name, &def.Directives)
		for _, field := range def.Fields {
			add(name+"."+field.Name, &field.Directives)
			for _, arg := range field.Arguments {
				add(name+"."+field.Name+"("+arg.Name+":)", &arg.Directives)
			}
		}
	}
	return all
}

// A starter makes the handler of a changed schema, or fails as the service
// would.
type starter func(*ast.Schema) (http.Handler, error)

// mutants removes one directive of the schema after the other. Each time a trial
// must fail. If the service does not start without it, because a root field must
// have a directive, @public takes its place. Removing all redundant ones at once
// fails no trial; each of them only refuses callers, so removing one alone
// doesn't either.
func (w *suite) mutants(t *testing.T, sdl string, redundant []string, start starter) {
	t.Helper()
	if testing.Short() {
		t.Skip("only all trials find every missing directive: run without -short")
	}
	trials := w.trials()
	without := loadSchema(t, sdl)
	for i, a := range slices.Backward(applications(without)) {
		if slices.Contains(redundant, a.String()) {
			a.remove()
			continue
		}
		schema := loadSchema(t, sdl)
		a := applications(schema)[i]
		name, gone := a.String(), (*a.list)[a.index].Name
		a.remove()
		prune(schema)
		h, err := start(schema)
		if err != nil && gone == "public" {
			continue
		}
		if err != nil {
			if h, err = start(opened(schema)); err != nil {
				t.Errorf("%s: with @public in its place: %v", name, err)
				continue
			}
		}
		relevant := about(a.coordinate, trials)
		if gone == "delegable" {
			relevant = slices.DeleteFunc(relevant, func(tr trial) bool { return !tr.delegated })
		}
		if differ, _ := w.run(t, h, relevant, 1); len(differ) == 0 {
			t.Errorf("no trial fails without %s", name)
		}
	}
	w.delegated(t, sdl, trials, start)
	w.eased(t, sdl, trials, start)
	if len(redundant) == 0 {
		return
	}
	h, err := start(without)
	if err != nil {
		t.Fatal(err)
	}
	if differ, _ := w.run(t, h, trials, 1); len(differ) > 0 {
		t.Errorf("without %q: %s", redundant, differ[0])
	}
}

// delegated lets others act where only persons may, one field after the other, and
// without a scope where they need one. Each time a trial must fail.
func (w *suite) delegated(t *testing.T, sdl string, trials []trial, start starter) {
	t.Helper()
	original, made := loadSchema(t, sdl), 0
	trials = slices.DeleteFunc(slices.Clone(trials), func(tr trial) bool { return !tr.delegated })
	for _, name := range slices.Sorted(maps.Keys(original.Types)) {
		if original.Types[name].Kind != ast.Object || strings.HasPrefix(name, "__") {
			continue
		}
		for i, field := range fieldsOf(original.Types[name]) {
			if !opens(directivesOf(original, original.Types[name], field.Name)) || field.Directives.ForName("sensitive") != nil {
				continue
			}
			schema := loadSchema(t, sdl)
			changed := fieldsOf(schema.Types[name])[i]
			coordinate := name + "." + field.Name
			switch present := changed.Directives.ForName("delegable"); {
			case present == nil && len(delegableOf(directivesOf(schema, schema.Types[name], field.Name))) > 0:
				continue // the type or an interface says by what scope
			case present == nil:
				changed.Directives = append(changed.Directives, &ast.Directive{Name: "delegable", Definition: schema.Directives["delegable"], Position: &ast.Position{}})
			case len(present.Arguments) == 0:
				continue
			default:
				present.Arguments = nil
			}
			made++
			h, err := start(schema)
			if err != nil {
				t.Errorf("%s: %v", coordinate, err)
				continue
			}
			if differ, _ := w.run(t, h, about(coordinate, trials), 1); len(differ) == 0 {
				t.Errorf("no trial fails with @delegable on %s", coordinate)
			}
		}
	}
	if made < 5 {
		t.Errorf("only %d fields were changed", made)
	}
}

// opens reports whether @delegable next to the directives would open anything.
func opens(list ast.DirectiveList) bool {
	required := requirementsOf(list)
	isRole := func(n requirement) bool { return n.kind == "role" && n.self == "" || n.isStep() }
	asks := func(n requirement) bool { return n.kind == "authenticated" || n.self != "" }
	return slices.ContainsFunc(required, asks) && !slices.ContainsFunc(required, isRole)
}

// prune removes each @delegable of a field that would open nothing, for which the
// service would not start.
func prune(schema *ast.Schema) {
	for _, def := range schema.Types {
		for _, field := range def.Fields {
			works := func(t *ast.Definition) bool { return opens(directivesOf(schema, t, field.Name)) }
			if !slices.ContainsFunc(schema.GetPossibleTypes(def), works) {
				field.Directives = slices.DeleteFunc(slices.Clone(field.Directives), func(d *ast.Directive) bool { return d.Name == "delegable" })
			}
		}
		works := func(field *ast.FieldDefinition) bool { return opens(directivesOf(schema, def, field.Name)) }
		if def.Kind == ast.Object && !slices.ContainsFunc(fieldsOf(def), works) {
			def.Directives = slices.DeleteFunc(slices.Clone(def.Directives), func(d *ast.Directive) bool { return d.Name == "delegable" })
		}
	}
}

// about sorts trials: those that have to do with a coordinate come first.
func about(coordinate string, trials []trial) []trial {
	var first, second, rest []trial
	_, field, _ := strings.Cut(coordinate, ".")
	for _, tr := range trials {
		switch {
		case slices.Contains(tr.supplies, coordinate), strings.HasPrefix(tr.path, coordinate+" "), strings.HasSuffix(tr.path, " to "+coordinate),
			strings.HasPrefix(tr.text, strings.ToLower(coordinate)):
			first = append(first, tr)
		case field != "" && strings.Contains(tr.text, " "+field):
			second = append(second, tr)
		default:
			rest = append(rest, tr)
		}
	}
	return slices.Concat(first, second, rest)
}

// unreached returns the fields, arguments, input fields and paths that no trial
// reached.
func (w *suite) unreached(reached map[string]bool) []string {
	var all []string
	for _, e := range w.experiments {
		all = append(all, e.path)
	}
	for _, def := range w.schema.Types {
		if def.BuiltIn || def.Kind != ast.Object && def.Kind != ast.Interface && def.Kind != ast.InputObject {
			continue
		}
		for _, field := range fieldsOf(def) {
			all = append(all, def.Name+"."+field.Name)
			for _, arg := range field.Arguments {
				if def.Kind == ast.Object {
					all = append(all, def.Name+"."+field.Name+"("+arg.Name+":)")
				}
			}
		}
	}
	all = slices.DeleteFunc(all, func(coordinate string) bool { return reached[coordinate] })
	slices.Sort(all)
	return slices.Compact(all)
}

// unguarded removes every directive of a schema and makes its root fields
// public.
func unguarded(schema *ast.Schema) *ast.Schema {
	for _, a := range slices.Backward(applications(schema)) {
		a.remove()
	}
	return opened(schema)
}

// opened puts @public on the root fields of a schema without a directive.
func opened(schema *ast.Schema) *ast.Schema {
	says := func(list ast.DirectiveList) bool {
		return len(requirementsOf(list)) > 0 || list.ForName("public") != nil
	}
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation} {
		for _, field := range fieldsOf(root) {
			if !says(root.Directives) && !says(field.Directives) {
				public := &ast.Directive{Name: "public", Definition: schema.Directives["public"], Position: &ast.Position{}}
				field.Directives = append(field.Directives, public)
			}
		}
	}
	return schema
}
