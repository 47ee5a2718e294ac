package policy

import (
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
	supplied map[*ast.Field]*Refusal
	roots    []Root
	clear    bool
}

// A verdict on a guarded field: allowed if it is zero.
type verdict struct {
	refusal *Refusal // refused whatever the object
	unmet   []clause // settled per object: each of these can be met by whose it is
}

// A Root is a refused root field.
type Root struct {
	Field *ast.Field
	Name  string // the response name
	Err   *Refusal
}

// Decide settles what needs no object. vars are the operation's variables, coerced, without the schema's defaults.
func (p *Plan) Decide(s *Subject, vars map[string]any) *Decision {
	t := p.settle(s)
	if t.clear != nil {
		return t.clear
	}
	d := p.decide(t, s, vars)
	if t.roots || len(d.refused) > 0 {
		d.refuseRoots(vars)
	}
	d.clear = d.settled() && !p.logsIn && !p.limited
	return d
}

// DecideBelow is Decide for the fields below one that authenticated the subject. The operation's other root fields are no concern of it.
func (p *Plan) DecideBelow(s *Subject, vars map[string]any) *Decision {
	return p.decide(p.settle(s), s, vars)
}

func (p *Plan) decide(t *settlement, s *Subject, vars map[string]any) *Decision {
	d := &Decision{plan: p, subject: s, verdicts: t.verdicts}
	if len(t.open) > 0 {
		d.verdicts = slices.Clone(t.verdicts)
	}
	for _, i := range t.open {
		g := p.guards[i]
		left := notSelf(d.verdicts[i].unmet, s, g.field, vars)
		d.verdicts[i] = verdict{}
		if len(left) > 0 {
			d.refuse(g.field, refuse(g.rule, s, left))
		}
	}
	// A root field is refused for what is supplied below it (refuseRoots). Each field is too, for itself: it may stand below a field that
	// authenticates, or below one that leads to a root type, which no check stops.
	for field := range p.probes {
		if r := d.arguments(field, vars); r != nil {
			d.supply(field, r)
		}
	}
	return d
}

// supply notes that a field is refused for an argument.
func (d *Decision) supply(field *ast.Field, r *Refusal) {
	if d.supplied == nil {
		d.supplied = map[*ast.Field]*Refusal{}
	}
	d.supplied[field] = r
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
func notSelf(unmet []clause, s *Subject, field *ast.Field, vars map[string]any) []clause {
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

// refuseRoots finds the root fields that are refused, for themselves or for an argument supplied anywhere below them. Fields that @skip or
// @include leaves out are not there.
func (d *Decision) refuseRoots(vars map[string]any) {
	groups, fragments := map[string]int{}, map[string]*Refusal{}
	d.eachRoot(d.plan.operation.SelectionSet, vars, map[string]bool{}, func(field *ast.Field) {
		r := d.root(field, vars, fragments)
		at, known := groups[field.Alias]
		switch {
		case known && d.roots[at].Err == nil:
			d.roots[at].Err = r
		case !known:
			groups[field.Alias] = len(d.roots)
			d.roots = append(d.roots, Root{Field: field, Name: field.Alias, Err: r})
		}
	})
	d.eachRoot(d.plan.operation.SelectionSet, vars, map[string]bool{}, func(field *ast.Field) {
		if r := d.roots[groups[field.Alias]].Err; r != nil {
			d.refuse(field, r) // whichever of the fields of one name is run, it is refused
		}
	})
	d.roots = slices.DeleteFunc(d.roots, func(r Root) bool { return r.Err == nil })
}

func (d *Decision) root(field *ast.Field, vars map[string]any, known map[string]*Refusal) *Refusal {
	if i, ok := d.plan.index[field]; ok && d.verdicts[i].refusal != nil {
		return d.verdicts[i].refusal
	}
	if r := d.refused[field]; r != nil || len(d.supplied) == 0 {
		return r
	}
	if rule := d.plan.policy.fields[field.Definition]; rule != nil && rule.Authenticates {
		return nil // below it the caller is another
	}
	return d.below(field.SelectionSet, vars, known)
}

// below returns the first refusal of an argument in the selections. known is what was found in each fragment so far.
func (d *Decision) below(set ast.SelectionSet, vars map[string]any, known map[string]*Refusal) *Refusal {
	for _, selection := range set {
		var r *Refusal
		switch s := selection.(type) {
		case *ast.Field:
			if !included(s.Directives, vars) {
				continue
			}
			if r = d.supplied[s]; r == nil {
				r = d.below(s.SelectionSet, vars, known)
			}
		case *ast.InlineFragment:
			if included(s.Directives, vars) {
				r = d.below(s.SelectionSet, vars, known)
			}
		case *ast.FragmentSpread:
			if included(s.Directives, vars) {
				r = d.fragment(s.Name, vars, known)
			}
		}
		if r != nil {
			return r
		}
	}
	return nil
}

func (d *Decision) fragment(name string, vars map[string]any, known map[string]*Refusal) *Refusal {
	if r, ok := known[name]; ok {
		return r
	}
	known[name] = nil
	if f := d.plan.document.Fragments.ForName(name); f != nil {
		known[name] = d.below(f.SelectionSet, vars, known)
	}
	return known[name]
}

// arguments returns the refusal of what the caller supplies to a field, nil if there is none.
func (d *Decision) arguments(field *ast.Field, vars map[string]any) *Refusal {
	for _, pr := range d.plan.probes[field] {
		for _, rule := range d.plan.policy.supplied(pr, vars) {
			if unmet := rule.unmet(d.subject); len(unmet) > 0 {
				return refuse(rule, d.subject, unmet)
			}
		}
	}
	return nil
}

// eachRoot visits the root fields that are run, those of each fragment once.
func (d *Decision) eachRoot(set ast.SelectionSet, vars map[string]any, seen map[string]bool, visit func(*ast.Field)) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if included(s.Directives, vars) {
				visit(s)
			}
		case *ast.InlineFragment:
			if included(s.Directives, vars) {
				d.eachRoot(s.SelectionSet, vars, seen, visit)
			}
		case *ast.FragmentSpread:
			if f := d.plan.document.Fragments.ForName(s.Name); f != nil && included(s.Directives, vars) && !seen[s.Name] {
				seen[s.Name] = true
				d.eachRoot(f.SelectionSet, vars, seen, visit)
			}
		}
	}
}

// included reports whether @skip and @include leave a selection in.
func included(list ast.DirectiveList, vars map[string]any) bool {
	return !condition(list.ForName("skip"), vars, false) && condition(list.ForName("include"), vars, true)
}

func condition(d *ast.Directive, vars map[string]any, absent bool) bool {
	if d == nil {
		return absent
	}
	arg := d.Arguments.ForName("if")
	if arg == nil {
		return absent
	}
	if arg.Value.Kind == ast.Variable {
		value, _ := vars[arg.Value.Raw].(bool)
		return value
	}
	return arg.Value.Raw == "true"
}

// settled reports whether nothing at all is refused or left for later.
func (d *Decision) settled() bool {
	return len(d.refused) == 0 && !slices.ContainsFunc(d.verdicts, func(v verdict) bool { return v.refusal != nil || v.unmet != nil })
}

// Refused returns the refused root fields, in the order of the document.
func (d *Decision) Refused() []Root { return d.roots }

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
	if left := d.others(v.unmet, typename, object); len(left) > 0 {
		return refuse(d.plan.guards[i].rule, d.subject, left)
	}
	return nil
}

// others returns the clauses that the object does not meet by being the subject's own.
func (d *Decision) others(unmet []clause, typename string, object any) []clause {
	var left []clause
	for _, c := range unmet {
		if !d.own(c, typename, object) {
			left = append(left, c)
		}
	}
	return left
}

// own reports whether the field that a clause compares holds the subject's id.
func (d *Decision) own(c clause, typename string, object any) bool {
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
