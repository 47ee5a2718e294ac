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

// remove takes the directive away. Those before it keep their places.
func (a application) remove() {
	*a.list = slices.Delete(slices.Clone(*a.list), a.index, a.index+1)
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

// mutants takes each directive out of the schema in turn and makes sure that the trials find out. Where the service does not start without
// it, for a root field says who may reach it, everybody is let in instead. The redundant ones nobody misses, even if all of them are gone: as
// each only keeps callers out, none is missed alone either.
func (w *world) mutants(t *testing.T, sdl string, redundant []string, start startChanged) {
	t.Helper()
	if testing.Short() {
		t.Skip("it takes all trials to miss a directive; without -short they are made")
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
		if differ, _ := w.run(t, h, about(a.coordinate, trials), 1); len(differ) == 0 {
			t.Errorf("nobody misses %s", name)
		}
	}
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

// about returns the trials in another order: those first that have to do with a coordinate.
func about(coordinate string, trials []trial) []trial {
	var first, second, rest []trial
	_, field, _ := strings.Cut(coordinate, ".")
	for _, tr := range trials {
		switch {
		case slices.Contains(tr.supplies, coordinate), strings.HasPrefix(tr.door, coordinate+" "), strings.HasSuffix(tr.door, " to "+coordinate),
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

// unreached returns what no trial got to: fields, arguments, input fields and ways to them.
func (w *world) unreached(reached map[string]bool) []string {
	var all []string
	for _, e := range w.experiments {
		all = append(all, e.door)
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

// unguarded takes every directive out of a schema, and lets everybody in.
func unguarded(schema *ast.Schema) *ast.Schema {
	for _, a := range slices.Backward(applications(schema)) {
		a.remove()
	}
	return opened(schema)
}

// opened puts @public on the root fields of a schema that do not say who may reach them.
func opened(schema *ast.Schema) *ast.Schema {
	says := func(list ast.DirectiveList) bool {
		return len(oracleNeeds(list)) > 0 || list.ForName("public") != nil
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
