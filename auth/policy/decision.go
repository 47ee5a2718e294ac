package policy

import (
	"iter"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// A Decision is what one caller may reach of one operation. It is made before anything runs and read while it runs.
type Decision struct {
	plan     *Plan
	subject  *Subject
	verdicts []verdict // by guard
	// refused are the fields that are refused for what variables say: whose id is asked for, which arguments are supplied.
	refused map[*ast.Field]*Refusal
	// supplied are the refusals of arguments alone, which refuse the root field they belong to.
	refusedArguments map[*ast.Field]*Refusal
	roots            []Root
	clear            bool
}

// A verdict on a guarded field: allowed if it is zero.
type verdict struct {
	refusal *Refusal // refused whatever the object
	unmet   []clause // settled per object: each of these can be met by whose it is
}

// Decide settles what needs no object. vars are the operation's variables, coerced, without the schema's defaults.
func (p *Plan) Decide(s *Subject, vars map[string]any) *Decision {
	t := p.cached(s)
	if t.clear != nil {
		return t.clear
	}
	d := p.decide(t, s, vars)
	if t.roots || len(d.refused) > 0 {
		d.refuseRoots(vars)
	}
	d.clear = d.complete() && !p.authenticates && !p.rateLimited
	return d
}

// DecideBelow is Decide for the fields below one that authenticated the subject. The operation's other root fields are no concern of it.
func (p *Plan) DecideBelow(s *Subject, vars map[string]any) *Decision {
	return p.decide(p.cached(s), s, vars)
}

func (p *Plan) decide(t *cachedDecision, s *Subject, vars map[string]any) *Decision {
	d := &Decision{plan: p, subject: s, verdicts: t.verdicts}
	if len(t.open) > 0 {
		d.verdicts = slices.Clone(t.verdicts)
	}
	for _, i := range t.open {
		g := p.guards[i]
		left := notOwn(d.verdicts[i].unmet, s, g.field, vars)
		d.verdicts[i] = verdict{}
		if len(left) > 0 {
			d.refuse(g.field, refuse(g.rule, s, left))
		}
	}
	// A root field is refused for what is supplied below it (refuseRoots). Each field is too, for itself: it may stand below a field that
	// authenticates, or below one that leads to a root type, which no check stops.
	for field := range p.arguments {
		if r := d.suppliedRefusal(field, vars); r != nil {
			d.refuseArgument(field, r)
		}
	}
	return d
}

// supply notes that a field is refused for an argument.
func (d *Decision) refuseArgument(field *ast.Field, r *Refusal) {
	if d.refusedArguments == nil {
		d.refusedArguments = map[*ast.Field]*Refusal{}
	}
	d.refusedArguments[field] = r
	if d.refused[field] == nil {
		d.refuse(field, r)
	}
}

// refuse notes that a field is refused for what variables say.
func (d *Decision) refuse(field *ast.Field, r *Refusal) {
	if d.refused == nil {
		d.refused = map[*ast.Field]*Refusal{}
	}
	d.refused[field] = r
}

// notSelf returns the clauses whose argument is not the subject's own id.
func notOwn(unmet []clause, s *Subject, field *ast.Field, vars map[string]any) []clause {
	return slices.DeleteFunc(slices.Clone(unmet), func(c clause) bool {
		arg := field.Arguments.ForName(c.self)
		if arg == nil {
			return false
		}
		id, ok := idOf(arg.Value, vars)
		return ok && id == s.ID && id != ""
	})
}

// idOf returns the string that an argument holds.
func idOf(v *ast.Value, vars map[string]any) (string, bool) {
	switch v.Kind {
	case ast.Variable:
		id, ok := vars[v.Raw].(string)
		return id, ok
	case ast.StringValue, ast.BlockValue, ast.IntValue:
		return v.Raw, true
	}
	return "", false
}

// settled reports whether nothing at all is refused or left for later.
func (d *Decision) complete() bool {
	return len(d.refused) == 0 && !slices.ContainsFunc(d.verdicts, func(v verdict) bool { return v.refusal != nil || v.unmet != nil })
}

// Clear reports whether no field need be checked: nothing is refused or left to be settled, nobody logs in, and nothing is counted.
func (d *Decision) Clear() bool { return d != nil && d.clear }

// Check is asked before each field is resolved. It returns the refusal of a field that the caller may not reach, nil for all others.
// typename is the type of the object, which the field's own parent may be an interface of. A guarded field without a decision is refused.
func (p *Policy) Check(d *Decision, field *ast.Field, typename string, object any) *Refusal {
	if d == nil {
		return p.undecided(field)
	}
	if r := d.refused[field]; r != nil {
		return r
	}
	i, planned := d.plan.index[field]
	if !planned {
		return p.undecided(field)
	}
	v := d.verdicts[i]
	if v.refusal != nil || v.unmet == nil {
		return v.refusal
	}
	if left := d.notOwnObject(v.unmet, typename, object); len(left) > 0 {
		return refuse(d.plan.guards[i].rule, d.subject, left)
	}
	return nil
}

// others returns the clauses that the object does not meet by being the subject's own.
func (d *Decision) notOwnObject(unmet []clause, typename string, object any) []clause {
	var left []clause
	for _, c := range unmet {
		if !d.isOwn(c, typename, object) {
			left = append(left, c)
		}
	}
	return left
}

// own reports whether the field that a clause compares holds the subject's id.
func (d *Decision) isOwn(c clause, typename string, object any) bool {
	s := d.plan.policy.siblings[typename+"."+c.self]
	if s == nil {
		return false
	}
	id, ok := s.read(object)
	return ok && id == d.subject.ID && id != ""
}

// undecided refuses a guarded field that nobody decided on.
func (p *Policy) undecided(field *ast.Field) *Refusal {
	if rule := p.fields[field.Definition]; rule != nil && rule.guarded() {
		return &Refusal{Coordinate: rule.Coordinate, Reason: Undecided, Required: rule.Required()}
	}
	return nil
}

// An Outcome is what was decided on a coordinate before an operation runs.
type Outcome struct {
	Verdict Verdict
	Reason  Reason // "" unless denied
}

// Outcomes goes through what was decided on the guarded fields of the operation and on the arguments that are refused, by coordinate.
func (d *Decision) Outcomes() iter.Seq2[string, Outcome] {
	return func(yield func(string, Outcome) bool) {
		for i, g := range d.plan.guards {
			if !yield(g.rule.Coordinate, d.outcome(i)) {
				return
			}
		}
		for field, r := range d.refused {
			if at, guarded := d.plan.index[field]; guarded && d.plan.guards[at].rule.Coordinate == r.Coordinate {
				continue
			}
			if !yield(r.Coordinate, Outcome{Verdict: Deny, Reason: r.Reason}) {
				return
			}
		}
	}
}

// outcome is what was decided on one guarded field.
func (d *Decision) outcome(i int) Outcome {
	v, g := d.verdicts[i], d.plan.guards[i]
	if r := d.refused[g.field]; r != nil && r.Coordinate == g.rule.Coordinate {
		return Outcome{Verdict: Deny, Reason: r.Reason}
	}
	switch {
	case v.refusal != nil:
		return Outcome{Verdict: Deny, Reason: v.refusal.Reason}
	case v.unmet != nil:
		return Outcome{Verdict: Self}
	default:
		return Outcome{Verdict: Allow}
	}
}
