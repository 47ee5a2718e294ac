package policy

import (
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// A Verdict is what a policy decides on a coordinate.
type Verdict string

// The verdicts.
const (
	Allow Verdict = "ALLOW"
	Deny  Verdict = "DENY"
	Self  Verdict = "SELF" // depends on the object, or on the user who logs in
	// StepUp is for what the caller reaches after proving again who they are, and
	// with nothing else.
	StepUp Verdict = "STEP_UP"
)

// A FieldDecision is the verdict on one guarded coordinate at one place of an
// operation.
type FieldDecision struct {
	Coordinate string     `json:"coordinate"`
	Path       []string   `json:"path"` // response names
	Verdict    Verdict    `json:"verdict"`
	Reason     *Reason    `json:"reason"` // nil unless the verdict is Deny or StepUp
	Required   [][]string `json:"required"`
	Missing    [][]string `json:"missing"` // the unmet part of Required
}

// Refusal returns the refusal that the decision stands for, or nil if the verdict
// is neither Deny nor StepUp.
func (d *FieldDecision) Refusal() *Refusal {
	if d.Reason == nil {
		return nil
	}
	r := &Refusal{Coordinate: d.Coordinate, Reason: *d.Reason, Required: d.Required, Missing: d.Missing}
	if r.StepUp() {
		r.MaxAge, r.Factors = stepsAsked(r.Required)
	}
	return r
}

// The limits of an explanation. Nested fragments can make an operation far
// larger than its text, so both are needed.
const (
	ExplainedRows       = 2000  // guarded coordinates, one for each place
	explainedSelections = 20000 // visited selections
)

// Explain returns the verdict on each guarded coordinate of the operation for
// the subject, in document order, without executing it.
//
// A subject without an id stands for any caller with its roles and scopes. vars
// are the coerced variables of the operation; a required variable that is
// missing counts as supplied with an unknown value. Explain returns false if
// the operation is too large; the explanation is then incomplete.
func (p *Plan) Explain(s *Subject, vars map[string]any) ([]FieldDecision, bool) {
	return p.explain(s, vars, func(def *ast.VariableDefinition) bool { return def.Type.NonNull })
}

// explain is [Plan.Explain], but the variables without a value that count as
// supplied are those for which expected is true.
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
		rows: []FieldDecision{}, seen: map[string]bool{}, known: map[*ast.Field][]*Rule{},
	}
	e.walk(p.operation.SelectionSet, false)
	return e.rows, !e.full()
}

// An explainer walks an operation as it would be executed.
type explainer struct {
	plan    *Plan
	subject *Subject
	vars    map[string]any
	given   map[string]any // vars, with null for those with an unknown value

	path    []string // the current place
	rows    []FieldDecision
	seen    map[string]bool        // coordinates with their paths
	known   map[*ast.Field][]*Rule // results of rules
	visited int
}

func (e *explainer) full() bool {
	return len(e.rows) > ExplainedRows || e.visited > explainedSelections
}

// walk visits selections. below is set if a field above logged the caller in.
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
	for _, rule := range e.rules(field) {
		place := rule.Coordinate + " " + strings.Join(e.path, " ")
		if !e.seen[place] {
			e.seen[place] = true
			e.rows = append(e.rows, e.row(rule, field, below))
		}
	}
	rule := e.plan.policy.fields[field.Definition]
	e.walk(field.SelectionSet, below || rule != nil && rule.Authenticates)
	e.path = e.path[:len(e.path)-1]
}

// rules returns the rules of a field and of what is supplied to it.
func (e *explainer) rules(field *ast.Field) []*Rule {
	rules, known := e.known[field]
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
	e.known[field] = rules
	return rules
}

// row decides on a rule at the current place.
func (e *explainer) row(rule *Rule, field *ast.Field, below bool) FieldDecision {
	row := FieldDecision{Coordinate: rule.Coordinate, Path: slices.Clone(e.path), Required: rule.Required(), Missing: [][]string{}}
	switch unmet := e.unmet(rule, field); {
	case below && len(rule.unmet(&Subject{})) > 0:
		row.Verdict = Self
	case below || len(unmet) == 0:
		row.Verdict = Allow
	case onlySteps(e.subject, unmet):
		why := stepReason(unmet)
		row.Verdict, row.Reason, row.Missing = StepUp, &why, required(unmet)
	case onlySelf(e.subject, unmet) && (!rule.root || e.maybeOwn(unmet, field)):
		row.Verdict, row.Missing = Self, required(unmet)
	default:
		why := reason(e.subject, unmet)
		row.Verdict, row.Reason, row.Missing = Deny, &why, required(unmet)
	}
	return row
}

// unmet returns the clauses that neither the subject nor its own id in an
// argument meets.
func (e *explainer) unmet(rule *Rule, field *ast.Field) []clause {
	unmet := rule.unmet(e.subject)
	if e.subject == nil || !rule.root {
		return unmet
	}
	return notOwn(unmet, e.subject, field, e.vars)
}

// maybeOwn reports whether each of the clauses may still be met, because the
// subject's id or the argument's value is unknown.
func (e *explainer) maybeOwn(unmet []clause, root *ast.Field) bool {
	return !slices.ContainsFunc(unmet, func(c clause) bool {
		if c.stepUp(e.subject) {
			return false
		}
		arg := root.Arguments.ForName(c.self)
		if arg == nil {
			return true
		}
		id, known := idOf(arg.Value, e.vars)
		return known && (id == "" || e.subject.ID != "") || !known && !e.unknown(arg.Value)
	})
}

// unknown reports whether a value is a supplied variable with an unknown value.
func (e *explainer) unknown(v *ast.Value) bool {
	if v.Kind != ast.Variable {
		return false
	}
	_, known := e.vars[v.Raw]
	_, given := e.given[v.Raw]
	return given && !known
}

// included reports whether @skip and @include leave a selection in, or may do
// so because they depend on an unknown value.
func (e *explainer) included(list ast.DirectiveList) bool {
	return included(slices.DeleteFunc(slices.Clone(list), func(d *ast.Directive) bool {
		arg := d.Arguments.ForName("if")
		return arg != nil && e.unknown(arg.Value)
	}), e.vars)
}
