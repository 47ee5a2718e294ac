package policy

import (
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// A Verdict is what would become of a coordinate.
type Verdict string

// The verdicts.
const (
	Allow Verdict = "ALLOW"
	Deny  Verdict = "DENY"
	Self  Verdict = "SELF" // depends on whose object it is, or on who will have logged in
)

// A FieldDecision says what would become of one guarded coordinate at one place of an operation.
type FieldDecision struct {
	Coordinate string     `json:"coordinate"`
	Path       []string   `json:"path"` // the response names that lead there
	Verdict    Verdict    `json:"verdict"`
	Reason     *Reason    `json:"reason"` // nil unless denied
	Required   [][]string `json:"required"`
	Missing    [][]string `json:"missing"` // the part of Required that the subject is not by itself
}

// How long an explanation may be. Fragments within fragments make an operation far larger than its text, so both are counted.
const (
	ExplainedRows       = 2000  // guarded coordinates, each place counted
	explainedSelections = 20000 // selections visited
)

// Explain says what would become of each guarded coordinate of the operation for the subject, in the order of the document, without
// running it. A subject without an id is anybody with its roles and scopes. vars are the operation's variables, coerced; a required one that
// is missing is one whose value is not known yet. The answer is false if there was too much to explain, and then not whole.
func (p *Plan) Explain(s *Subject, vars map[string]any) ([]FieldDecision, bool) {
	return p.explain(s, vars, func(def *ast.VariableDefinition) bool { return def.Type.NonNull })
}

// explain is Explain, with the variables without a value for which expected holds counted as supplied.
func (p *Plan) explain(s *Subject, vars map[string]any, expected func(*ast.VariableDefinition) bool) ([]FieldDecision, bool) {
	given := maps.Clone(vars)
	if given == nil {
		given = map[string]any{}
	}
	for _, def := range p.operation.VariableDefinitions {
		if _, ok := given[def.Variable]; !ok && expected(def) {
			given[def.Variable] = nil
		}
	}
	e := &explainer{
		plan: p, subject: s, vars: vars, given: given,
		rows: []FieldDecision{}, written: map[string]bool{}, rules: map[*ast.Field][]*Rule{},
	}
	e.walk(p.operation.SelectionSet, false)
	return e.rows, !e.full()
}

// An explainer walks an operation as it would be executed.
type explainer struct {
	plan    *Plan
	subject *Subject
	vars    map[string]any
	given   map[string]any // vars, with null for those that will have a value which is not known

	path    []string // where it is
	rows    []FieldDecision
	written map[string]bool // coordinates, each with its path
	rules   map[*ast.Field][]*Rule
	visited int
}

func (e *explainer) full() bool {
	return len(e.rows) > ExplainedRows || e.visited > explainedSelections
}

// walk visits selections; below is set where the caller is whom a field authenticated.
func (e *explainer) walk(set ast.SelectionSet, below bool) {
	for _, selection := range set {
		if e.visited++; e.full() {
			return
		}
		switch s := selection.(type) {
		case *ast.Field:
			if e.included(s.Directives) {
				e.field(s, below)
			}
		case *ast.InlineFragment:
			if e.included(s.Directives) {
				e.walk(s.SelectionSet, below)
			}
		case *ast.FragmentSpread:
			if f := e.plan.document.Fragments.ForName(s.Name); f != nil && e.included(s.Directives) {
				e.walk(f.SelectionSet, below)
			}
		}
	}
}

func (e *explainer) field(field *ast.Field, below bool) {
	e.path = append(e.path, field.Alias)
	for _, rule := range e.asked(field) {
		place := rule.Coordinate + " " + strings.Join(e.path, " ")
		if !e.written[place] {
			e.written[place] = true
			e.rows = append(e.rows, e.row(rule, field, below))
		}
	}
	rule := e.plan.policy.fields[field.Definition]
	e.walk(field.SelectionSet, below || rule != nil && rule.Authenticates)
	e.path = e.path[:len(e.path)-1]
}

// asked returns the rules of a field and of what is supplied to it.
func (e *explainer) asked(field *ast.Field) []*Rule {
	rules, known := e.rules[field]
	if known {
		return rules
	}
	if i, ok := e.plan.index[field]; ok {
		rules = append(rules, e.plan.guards[i].rule)
	}
	for _, check := range e.plan.arguments[field] {
		for _, rule := range e.plan.policy.supplied(check, e.given) {
			if !slices.Contains(rules, rule) {
				rules = append(rules, rule)
			}
		}
	}
	e.rules[field] = rules
	return rules
}

// row decides on a rule where it is.
func (e *explainer) row(rule *Rule, field *ast.Field, below bool) FieldDecision {
	row := FieldDecision{Coordinate: rule.Coordinate, Path: slices.Clone(e.path), Required: rule.Required(), Missing: [][]string{}}
	switch unmet := e.unmet(rule, field); {
	case below && len(rule.unmet(&Subject{})) > 0:
		row.Verdict = Self
	case below || len(unmet) == 0:
		row.Verdict = Allow
	case e.subject != nil && onlySelf(unmet) && (!rule.root || e.maybeOwn(unmet, field)):
		row.Verdict, row.Missing = Self, required(unmet)
	default:
		why := reason(e.subject, unmet)
		row.Verdict, row.Reason, row.Missing = Deny, &why, required(unmet)
	}
	return row
}

// unmet returns the clauses that the subject does not meet, whose argument is not their own either.
func (e *explainer) unmet(rule *Rule, field *ast.Field) []clause {
	unmet := rule.unmet(e.subject)
	if e.subject == nil || !rule.root {
		return unmet
	}
	return notOwn(unmet, e.subject, field, e.vars)
}

// maybeOwn reports whether each of the clauses may still be met: by somebody of whom no id is known, or with a value that is not known.
func (e *explainer) maybeOwn(unmet []clause, root *ast.Field) bool {
	return !slices.ContainsFunc(unmet, func(c clause) bool {
		arg := root.Arguments.ForName(c.self)
		if arg == nil {
			return true
		}
		id, known := idOf(arg.Value, e.vars)
		return known && (id == "" || e.subject.ID != "") || !known && !e.unknown(arg.Value)
	})
}

// unknown reports whether a value is a variable that will have a value which is not known.
func (e *explainer) unknown(v *ast.Value) bool {
	if v.Kind != ast.Variable {
		return false
	}
	_, known := e.vars[v.Raw]
	_, given := e.given[v.Raw]
	return given && !known
}

// included reports whether @skip and @include leave a selection in, or may, as they depend on a value that is not known.
func (e *explainer) included(list ast.DirectiveList) bool {
	return included(slices.DeleteFunc(slices.Clone(list), func(d *ast.Directive) bool {
		arg := d.Arguments.ForName("if")
		return arg != nil && e.unknown(arg.Value)
	}), e.vars)
}
