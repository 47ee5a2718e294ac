package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
	"pgregory.net/rapid"
)

// TestDecisionAgreesWithOracle: the compiled decision and the oracle agree on
// random operations of random schemas: on the refused root fields, and on every
// field that is then reached, for each possible type, for the caller's own
// object and another's, above and below a login.
func TestDecisionAgreesWithOracle(t *testing.T) {
	reached := 0
	for range rounds {
		rapid.Check(t, func(t *rapid.T) { reached += agree(t) })
	}
	least := 100 * rounds
	if testing.Short() {
		least /= 5 // a round is a fifth as long
	}
	if reached < least {
		t.Errorf("only %d fields were compared", reached)
	}
}

// rounds is the number of rounds, of a hundred schemas each.
const rounds = 20

// agree compares the two on one schema and operation. It returns the number of
// compared fields.
func agree(t *rapid.T) int {
	g := &generator{T: t, variables: map[string]string{}, by: map[string][]string{}}
	sdl := g.schema()
	schema, err := validator.LoadSchema(validator.Prelude, &ast.Source{Input: sdl})
	if err != nil {
		t.Fatalf("%v\n%s", err, sdl)
	}
	p, err := Compile(schema, Config{Sibling: readable})
	if err != nil {
		t.Fatalf("%v\n%s", err, sdl)
	}
	text := g.operation()
	doc := documentOfProperty(t, schema, text)
	a := &agreement{T: t, oracle: oracle{schema: schema, vars: g.values()}, policy: p, doc: doc, caller: g.caller(), below: g.caller()}
	t.Logf("%s\n%s\n%v, caller %v, below %v", sdl, text, a.vars, a.caller, a.below)
	a.check(p.Plan(doc, doc.Operations[0]))
	return a.reached
}

func documentOfProperty(t *rapid.T, schema *ast.Schema, text string) *ast.QueryDocument {
	doc, err := parse(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if errs := validator.ValidateWithRules(schema, doc, rules.NewDefaultRules()); len(errs) > 0 {
		t.Fatalf("%v\n%s", errs, text)
	}
	return doc
}

// An agreement runs an operation like an executor and asks both at each field.
type agreement struct {
	*rapid.T
	oracle
	policy        *Policy
	doc           *ast.QueryDocument
	caller, below *Subject
	reached       int
}

func (a *agreement) check(plan *Plan) {
	op := a.doc.Operations[0]
	root := rootOf(a.schema, op.Operation)
	expected := map[string]bool{}
	a.each(root, op.SelectionSet, func(def *ast.Definition, f *ast.Field) {
		if f.Name != "__typename" && !(a.open(def, f, a.caller, "") && a.suppliedOpen(def, f)) {
			expected[f.Alias] = true
		}
	})
	d := plan.Decide(a.caller, a.vars)
	got := map[string]bool{}
	for _, r := range d.Refused() {
		got[r.Name] = true
	}
	if !maps.Equal(got, expected) {
		a.Fatalf("refused %v, the oracle says %v", got, expected)
	}
	if len(got) > 0 && op.Operation == ast.Mutation {
		return
	}
	a.each(root, op.SelectionSet, func(_ *ast.Definition, f *ast.Field) {
		switch {
		case f.Name == "__typename" || got[f.Alias]:
		case f.Name == "login":
			a.run(plan.DecideBelow(a.below, a.vars), f, a.below, true)
		default:
			a.run(d, f, a.caller, false)
		}
	})
}

// run compares the two on everything below a field.
func (a *agreement) run(d *Decision, field *ast.Field, who *Subject, below bool) {
	static := a.schema.Types[field.Definition.Type.Name()]
	for _, concrete := range a.objects(static) {
		a.eachOn(static, concrete, field.SelectionSet, func(def *ast.Definition, f *ast.Field) {
			if f.Name == "__typename" {
				return
			}
			opened := false
			for _, object := range []string{"own", "other"} {
				a.reached++
				want := a.open(def, f, who, object)
				if below {
					want = want && a.met(a.given(def, f), who, "")
				}
				got := a.policy.Check(d, f, concrete.Name, object)
				if (got == nil) != want {
					a.Fatalf("%s: %s.%s on %s %q: %+v, the oracle says %t", f.Alias, def.Name, f.Name, concrete.Name, object, got, want)
				}
				if undecided := a.policy.Check(nil, f, concrete.Name, object); (undecided == nil) != (len(a.asked(def, f.Name)) == 0) {
					a.Fatalf("%s without a decision: %+v", f.Alias, undecided)
				}
				if d.Clear() && !want {
					a.Fatalf("%s: the decision is clear", f.Alias)
				}
				opened = opened || want
			}
			if opened {
				a.run(d, f, who, below)
			}
		})
	}
}

// open is the oracle's verdict on a field by its directives. object is "" for
// the query and mutation types, where the argument decides.
func (a *agreement) open(def *ast.Definition, f *ast.Field, who *Subject, object string) bool {
	if object == "" {
		if arg := f.Arguments.ForName("id"); arg != nil {
			value, _ := a.value(arg.Value)
			object, _ = value.(string)
		}
	}
	return a.metBy(a.asked(def, f.Name), who, func(name string) string {
		if name == "id" {
			return object
		}
		return a.proof(f, name)
	})
}

// proof returns what an argument, or a field of one, proves: "" if it is not given.
func (a *agreement) proof(f *ast.Field, path string) string {
	first, rest, deeper := strings.Cut(path, ".")
	arg := f.Arguments.ForName(first)
	if arg == nil {
		return ""
	}
	value, _ := a.value(arg.Value)
	if object, ok := value.(map[string]any); deeper && ok {
		value = object[rest]
	} else if deeper {
		value = nil
	}
	if value == nil {
		return ""
	}
	return "given"
}

func (a *agreement) met(all []want, who *Subject, own string) bool {
	return a.metBy(all, who, func(string) string { return own })
}

func (a *agreement) metBy(all []want, who *Subject, own func(string) string) bool {
	return !slices.ContainsFunc(all, func(w want) bool { return !w.met(who, own) })
}

// suppliedOpen is the oracle's verdict on a root field by what is supplied to
// it and below it.
func (a *agreement) suppliedOpen(def *ast.Definition, f *ast.Field) bool {
	open := a.met(a.given(def, f), a.caller, "")
	if f.Name != "login" && f.SelectionSet != nil {
		a.each(a.schema.Types[f.Definition.Type.Name()], f.SelectionSet, func(def *ast.Definition, f *ast.Field) {
			open = open && (f.Name == "__typename" || a.suppliedOpen(def, f))
		})
	}
	return open
}

func (a *agreement) objects(static *ast.Definition) []*ast.Definition {
	return slices.DeleteFunc(slices.Clone(a.schema.GetPossibleTypes(static)), func(d *ast.Definition) bool { return d.Kind != ast.Object })
}

// each visits the executed fields, with the type on which they are selected.
func (a *agreement) each(def *ast.Definition, set ast.SelectionSet, visit func(*ast.Definition, *ast.Field)) {
	a.eachOn(def, nil, set, visit)
}

// eachOn also leaves out what doesn't apply to objects of the type concrete,
// unless that is nil.
func (a *agreement) eachOn(def, concrete *ast.Definition, set ast.SelectionSet, visit func(*ast.Definition, *ast.Field)) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			if a.included(s.Directives) {
				visit(def, s)
			}
		case *ast.InlineFragment:
			if on := a.schema.Types[s.TypeCondition]; a.included(s.Directives) && a.applies(on, concrete) {
				a.eachOn(on, concrete, s.SelectionSet, visit)
			}
		case *ast.FragmentSpread:
			f := a.doc.Fragments.ForName(s.Name)
			if on := a.schema.Types[f.TypeCondition]; a.included(s.Directives) && a.applies(on, concrete) {
				a.eachOn(on, concrete, f.SelectionSet, visit)
			}
		}
	}
}

func (a *agreement) applies(on, concrete *ast.Definition) bool {
	return concrete == nil || slices.Contains(a.objects(on), concrete)
}

func (a *agreement) included(list ast.DirectiveList) bool {
	for _, d := range list {
		value, _ := a.value(d.Arguments.ForName("if").Value)
		if fmt.Sprint(value) == fmt.Sprint(d.Name == "skip") {
			return false
		}
	}
	return true
}
