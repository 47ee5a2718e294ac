package policy

import (
	"encoding/json"
	"iter"
	"slices"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// A Decision is what one caller may reach of one operation. It is made before
// the operation runs and read while it runs.
type Decision struct {
	plan     *Plan
	subject  *Subject
	verdicts []verdict // by guard
	// refused are the fields that are refused because of variables: whose id an
	// argument is, or which arguments are supplied.
	refused map[*ast.Field]*Refusal
	// refusedArguments are those that are refused for an argument; the root
	// field above is refused too.
	refusedArguments map[*ast.Field]*Refusal
	roots            []Root
	clear            bool
}

// A verdict is what was decided on a guarded field. The zero verdict allows it.
type verdict struct {
	refusal *Refusal // for any object
	unmet   []clause // the object decides: it can meet each of these
}

// Decide decides everything that doesn't depend on an object. vars are the
// coerced variables of the operation, without the schema's defaults.
func (p *Plan) Decide(s *Subject, vars map[string]any) *Decision {
	cached := p.cached(s)
	if cached.clear != nil {
		return cached.clear
	}
	d := p.decide(cached, s, vars)
	if cached.roots || len(d.refused) > 0 {
		d.refuseRoots(vars)
	}
	d.clear = d.allAllowed() && !p.authenticates && !p.rateLimited
	return d
}

// DecideBelow is Decide for the fields below one that logged the subject in. It
// doesn't decide on the other root fields.
func (p *Plan) DecideBelow(s *Subject, vars map[string]any) *Decision {
	return p.decide(p.cached(s), s, vars)
}

func (p *Plan) decide(cached *cachedDecision, s *Subject, vars map[string]any) *Decision {
	d := &Decision{plan: p, subject: s, verdicts: cached.verdicts}
	if len(cached.open) > 0 {
		d.verdicts = slices.Clone(cached.verdicts)
	}
	for _, i := range cached.open {
		g := p.guards[i]
		left := notOwn(d.verdicts[i].unmet, s, g.field, vars)
		d.verdicts[i] = verdict{}
		if len(left) > 0 {
			d.refuse(g.field, refuse(g.rule, s, left))
		}
	}
	// refuseRoots refuses a root field for an argument below it. The field with the
	// argument is refused too: it may be below a field that logs a caller in, or
	// below one that leads to a root type, which is never checked.
	for field := range p.arguments {
		if r := d.suppliedRefusal(field, vars); r != nil {
			d.refuseArgument(field, r)
		}
	}
	return d
}

// refuseArgument refuses a field because of an argument.
func (d *Decision) refuseArgument(field *ast.Field, r *Refusal) {
	if d.refusedArguments == nil {
		d.refusedArguments = map[*ast.Field]*Refusal{}
	}
	d.refusedArguments[field] = r
	if own := d.refused[field]; own == nil || own.StepUp() {
		d.refuse(field, graver(own, r))
	}
}

// refuse refuses a field because of variables.
func (d *Decision) refuse(field *ast.Field, r *Refusal) {
	if d.refused == nil {
		d.refused = map[*ast.Field]*Refusal{}
	}
	d.refused[field] = r
}

// notOwn returns the clauses that no argument meets: with the subject's id, or
// with what proves who they are.
func notOwn(unmet []clause, s *Subject, field *ast.Field, vars map[string]any) []clause {
	return slices.DeleteFunc(slices.Clone(unmet), func(c clause) bool {
		if c.mayGive(s) {
			return c.isGiven(field, vars)
		}
		arg := field.Arguments.ForName(c.self)
		if arg == nil || !c.maySelf(s) {
			return false
		}
		id, ok := idOf(arg.Value, vars)
		return ok && id == s.ID && id != ""
	})
}

// idOf returns the string value of an argument.
func idOf(v *ast.Value, vars map[string]any) (string, bool) {
	switch v.Kind {
	case ast.Variable:
		switch id := vars[v.Raw].(type) {
		case string:
			return id, true
		case json.Number: // gqlparser leaves numbers as they are
			return id.String(), true
		case int64:
			return strconv.FormatInt(id, 10), true
		}
	case ast.StringValue, ast.BlockValue, ast.IntValue:
		return v.Raw, true
	}
	return "", false
}

// allAllowed reports whether nothing is refused or depends on an object.
func (d *Decision) allAllowed() bool {
	return len(d.refused) == 0 && !slices.ContainsFunc(d.verdicts, func(v verdict) bool { return v.refusal != nil || v.unmet != nil })
}

// Clear reports whether no field needs a check: nothing is refused or depends
// on an object, no field logs a caller in, and none has a rate limit.
func (d *Decision) Clear() bool { return d != nil && d.clear }

// Check returns the refusal of a field that the caller may not reach, or nil.
// Call it before each field is resolved. typename is the type of the object;
// the field's own parent may be an interface of that type. A guarded field
// without a decision is refused.
func (p *Policy) Check(d *Decision, field *ast.Field, typename string, object any) *Refusal {
	if d == nil {
		return p.undecided(field)
	}
	refused := d.refused[field]
	if refused != nil && !refused.StepUp() {
		return refused
	}
	i, planned := d.plan.index[field]
	if !planned {
		return graver(refused, p.undecided(field))
	}
	return graver(refused, d.checkObject(i, typename, object))
}

// checkObject returns the refusal of the guarded field with the index, or nil.
func (d *Decision) checkObject(i int, typename string, object any) *Refusal {
	v := d.verdicts[i]
	if v.refusal != nil || v.unmet == nil {
		return v.refusal
	}
	if left := d.notOwnObject(v.unmet, typename, object); len(left) > 0 {
		return refuse(d.plan.guards[i].rule, d.subject, left)
	}
	return nil
}

// notOwnObject returns the clauses whose field of the object is not the
// subject's id.
func (d *Decision) notOwnObject(unmet []clause, typename string, object any) []clause {
	var left []clause
	for _, c := range unmet {
		if !d.isOwn(c, typename, object) {
			left = append(left, c)
		}
	}
	return left
}

// isOwn reports whether the field that a clause compares has the subject's id.
func (d *Decision) isOwn(c clause, typename string, object any) bool {
	s := d.plan.policy.siblings[typename+"."+c.self]
	if s == nil {
		return false
	}
	id, ok := s.read(object)
	return ok && id == d.subject.ID && id != ""
}

// undecided refuses a guarded field without a decision.
func (p *Policy) undecided(field *ast.Field) *Refusal {
	if rule := p.fields[field.Definition]; rule != nil && rule.guarded() {
		return &Refusal{Coordinate: rule.Coordinate, Reason: Undecided, Required: rule.Required()}
	}
	return nil
}

// An Outcome is what was decided on a coordinate before an operation runs.
type Outcome struct {
	Verdict Verdict
	Reason  Reason // "" unless the verdict is Deny or StepUp
}

// outcomeOf returns the outcome of a refusal.
func outcomeOf(r *Refusal) Outcome {
	if r.StepUp() {
		return Outcome{Verdict: StepUp, Reason: r.Reason}
	}
	return Outcome{Verdict: Deny, Reason: r.Reason}
}

// Outcomes returns what was decided on the guarded fields of the operation, and
// the refusals of arguments, by coordinate. Below a field that logs a caller in,
// it is [Self], because it depends on who that is.
func (d *Decision) Outcomes() iter.Seq2[string, Outcome] {
	return func(yield func(string, Outcome) bool) {
		for i, g := range d.plan.guards {
			if !yield(g.rule.Coordinate, d.outcome(i)) {
				return
			}
		}
		for field, r := range d.refused {
			at, guarded := d.plan.index[field]
			if d.plan.waits(field) || guarded && d.plan.guards[at].rule.Coordinate == r.Coordinate {
				continue
			}
			if !yield(r.Coordinate, outcomeOf(r)) {
				return
			}
		}
	}
}

// outcome returns what was decided on one guarded field.
func (d *Decision) outcome(i int) Outcome {
	v, g := d.verdicts[i], d.plan.guards[i]
	if d.plan.waits(g.field) {
		return Outcome{Verdict: Self}
	}
	if r := d.refused[g.field]; r != nil && r.Coordinate == g.rule.Coordinate {
		return outcomeOf(r)
	}
	switch {
	case v.refusal != nil:
		return outcomeOf(v.refusal)
	case v.unmet != nil:
		return Outcome{Verdict: Self}
	default:
		return Outcome{Verdict: Allow}
	}
}
