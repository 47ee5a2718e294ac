package main

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
)

// An application is one directive of ours at one place of a schema.
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

// loadSchema reads a schema anew, so that it can be changed.
func loadSchema(t testing.TB, sdl string) *ast.Schema {
	t.Helper()
	schema, err := validator.LoadSchema(validator.Prelude, &ast.Source{Name: "schema.graphqls", Input: sdl})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// applications lists the directives of ours in a schema, always in the same order.
func applications(schema *ast.Schema) []application {
	var all []application
	add := func(coordinate string, list *ast.DirectiveList) {
		for i, d := range *list {
			if slices.Contains([]string{"public", "authenticated", "hasRole", "hasScope", "authenticates"}, d.Name) {
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

// A startChanged builds the handler of a changed schema, or fails as the service would.
type startChanged func(*ast.Schema) (http.Handler, error)

// mutants takes each directive out of the schema in turn and makes sure that the trials find out; it returns those that nobody misses.
// Where the service does not start without it, for a root field says who may reach it, it is replaced by @public.
func (w *world) mutants(t *testing.T, sdl string, start startChanged) (redundant []string) {
	t.Helper()
	for i := range applications(loadSchema(t, sdl)) {
		schema := loadSchema(t, sdl)
		a := applications(schema)[i]
		name, gone := a.String(), (*a.list)[a.index].Name
		*a.list = slices.Delete(slices.Clone(*a.list), a.index, a.index+1)
		h, err := start(schema)
		if err != nil && gone != "public" {
			if h, err = start(opened(schema)); err != nil {
				t.Errorf("%s: with @public in its place: %v", name, err)
			}
		}
		if err != nil {
			continue
		}
		if differ, _ := w.run(t, h, w.about(a.coordinate), 1); len(differ) == 0 {
			redundant = append(redundant, name)
		}
	}
	return redundant
}

// about returns all trials, those first that have to do with a coordinate.
func (w *world) about(coordinate string) []trial {
	typename, field, _ := strings.Cut(strings.SplitN(coordinate, "(", 2)[0], ".")
	concerns := func(tr trial) int {
		if slices.Contains(tr.supplies, coordinate) || field != "" && strings.Contains(tr.text, " "+field) ||
			field == "" && strings.HasSuffix(tr.door, " to "+typename) {
			return 0
		}
		return 1
	}
	trials := w.trials()
	slices.SortStableFunc(trials, func(a, b trial) int { return concerns(a) - concerns(b) })
	return trials
}

// unreached returns what no trial got to: fields, arguments, input fields and ways to them.
func (w *world) unreached(reached map[string]bool) []string {
	var all []string
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
	return all
}

// unguarded takes every directive out of a schema, and lets everybody in.
func unguarded(schema *ast.Schema) *ast.Schema {
	for _, a := range slices.Backward(applications(schema)) {
		*a.list = slices.Delete(slices.Clone(*a.list), a.index, a.index+1)
	}
	return opened(schema)
}

// opened puts @public on the root fields of a schema that do not say who may reach them.
func opened(schema *ast.Schema) *ast.Schema {
	says := func(list ast.DirectiveList) bool {
		return len(needsOf(list)) > 0 || list.ForName("public") != nil
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
