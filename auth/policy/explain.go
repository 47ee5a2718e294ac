package policy

import (
	"slices"

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
	Coordinate string
	Path       []string // the response names that lead there
	Verdict    Verdict
	Reason     *string // a Reason; nil unless denied
	Required   [][]string
	Missing    [][]string // the part of Required that the subject is not by itself
}

// explained is how many rows an explanation has at most: fragments within fragments make an operation much larger than its text.
const explained = 2000

// Explain says what would become of each guarded coordinate of the operation for the subject, in the order of the document, without
// running it. A subject without an id is anybody with its roles and scopes; nil vars are values that are not known. The answer is false where it would be too long.
func (p *Plan) Explain(s *Subject, vars map[string]any) ([]FieldDecision, bool) {
	e := &explainer{plan: p, subject: s, vars: vars}
	e.walk(p.operation.SelectionSet, nil, false)
	return e.rows, len(e.rows) <= explained
}

// An explainer walks an operation as it would be executed.
type explainer struct {
	plan    *Plan
	subject *Subject
	vars    map[string]any
	rows    []FieldDecision
}

// walk visits the selections below a path; below is set where the caller is whom a field authenticated.
func (e *explainer) walk(set ast.SelectionSet, path []string, below bool) {
	for _, selection := range set {
		if len(e.rows) > explained {
			return
		}
		switch s := selection.(type) {
		case *ast.Field:
			if e.included(s.Directives) {
				e.field(s, append(slices.Clone(path), s.Alias), below)
			}
		case *ast.InlineFragment:
			if e.included(s.Directives) {
				e.walk(s.SelectionSet, path, below)
			}
		case *ast.FragmentSpread:
			if f := e.plan.document.Fragments.ForName(s.Name); f != nil && e.included(s.Directives) {
				e.walk(f.SelectionSet, path, below)
			}
		}
	}
}

func (e *explainer) field(field *ast.Field, path []string, below bool) {
	if i, ok := e.plan.index[field]; ok {
		e.add(e.plan.guards[i].rule, field, path, below)
	}
	for _, pr := range e.plan.probes[field] {
		for _, rule := range e.plan.policy.supplied(pr, e.vars) {
			e.add(rule, field, path, below)
		}
	}
	rule := e.plan.policy.fields[field.Definition]
	e.walk(field.SelectionSet, path, below || rule != nil && rule.Authenticates)
}

// add writes the row of a rule at a place.
func (e *explainer) add(rule *Rule, field *ast.Field, path []string, below bool) {
	row := FieldDecision{Coordinate: rule.Coordinate, Path: path, Required: rule.Required(), Missing: [][]string{}}
	switch unmet := e.unmet(rule, field); {
	case below:
		row.Verdict = Self
	case len(unmet) == 0:
		row.Verdict = Allow
	case e.subject != nil && onlySelf(unmet) && (!rule.root || e.subject.ID == "" || e.open(field, unmet)):
		row.Verdict, row.Missing = Self, required(unmet)
	default:
		why := string(reason(e.subject, unmet))
		row.Verdict, row.Reason, row.Missing = Deny, &why, required(unmet)
	}
	e.rows = append(e.rows, row)
}

// open reports whether the arguments that the clauses compare are variables, of which the values are not known.
func (e *explainer) open(field *ast.Field, unmet []clause) bool {
	return e.vars == nil && !slices.ContainsFunc(unmet, func(c clause) bool {
		arg := field.Arguments.ForName(c.self)
		return arg == nil || arg.Value.Kind != ast.Variable
	})
}

// included reports whether a selection would be executed. Where that depends on a variable whose value is not known, it may be.
func (e *explainer) included(list ast.DirectiveList) bool {
	for _, d := range list {
		if arg := d.Arguments.ForName("if"); e.vars == nil && arg != nil && arg.Value.Kind == ast.Variable {
			return true
		}
	}
	return included(list, e.vars)
}

// unmet returns the clauses that the subject does not meet, whose argument is not their own either.
func (e *explainer) unmet(rule *Rule, field *ast.Field) []clause {
	unmet := rule.unmet(e.subject)
	if e.subject == nil || !rule.root {
		return unmet
	}
	return notSelf(unmet, e.subject, field, e.vars)
}
