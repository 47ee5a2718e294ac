package conformance_test

import (
	"slices"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// An easing makes a @fresh or @factors easier, or harder, to meet. It returns false if that directive
// can't be changed so.
type easing struct {
	name   string
	change func(d *ast.Directive) bool
}

func easings() []easing {
	return []easing{
		{"twice the time", func(d *ast.Directive) bool {
			arg := d.Arguments.ForName("within")
			if arg == nil {
				return false
			}
			within, _ := time.ParseDuration(arg.Value.Raw)
			arg.Value = &ast.Value{Kind: ast.StringValue, Raw: (2 * within).String()}
			return true
		}},
		{"one factor", func(d *ast.Directive) bool {
			arg := d.Arguments.ForName("least")
			if arg == nil || arg.Value.Raw == "1" {
				return false
			}
			arg.Value = &ast.Value{Kind: ast.IntValue, Raw: "1"}
			return true
		}},
		{"nothing proves it instead", func(d *ast.Directive) bool {
			if d.Name != "fresh" || d.Arguments.ForName("orGiven") == nil {
				return false
			}
			d.Arguments = slices.DeleteFunc(slices.Clone(d.Arguments), func(a *ast.Argument) bool { return a.Name == "orGiven" })
			return true
		}},
	}
}

// eased changes what each @fresh and @factors asks for. Each time a trial must fail.
func (w *suite) eased(t *testing.T, sdl string, trials []trial, start starter) {
	t.Helper()
	trials = slices.DeleteFunc(slices.Clone(trials), func(tr trial) bool { return tr.anonymous || tr.byKey() })
	for i := range applications(loadSchema(t, sdl)) {
		for _, e := range easings() {
			schema := loadSchema(t, sdl)
			a := applications(schema)[i]
			name := a.String()
			if !e.change((*a.list)[a.index]) {
				continue
			}
			h, err := start(schema)
			if err != nil {
				t.Errorf("%s, %s: %v", name, e.name, err)
				continue
			}
			if differ, _ := w.run(t, h, about(a.coordinate, trials), 1); len(differ) == 0 {
				t.Errorf("no trial fails with %s: %s", e.name, name)
			}
		}
	}
}

// provedAnyway are each @authenticated beside a @fresh or @factors. It says what the field is for, but
// only who is logged in can meet the others.
func provedAnyway(schema *ast.Schema) (all []string) {
	for _, a := range applications(schema) {
		isStep := func(d *ast.Directive) bool { return d.Name == "fresh" || d.Name == "factors" }
		if (*a.list)[a.index].Name == "authenticated" && slices.ContainsFunc(*a.list, isStep) {
			all = append(all, a.String())
		}
	}
	return all
}
