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
	roots   []Root
	clear   bool
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
	d := p.decide(s, vars)
	d.refuseRoots(vars)
	d.clear = d.settled() && !p.logsIn
	return d
}

// DecideBelow is Decide for the fields below one that authenticated the subject. The operation's other root fields are no concern of it.
func (p *Plan) DecideBelow(s *Subject, vars map[string]any) *Decision {
	d := p.decide(s, vars)
	for field := range p.probes {
		if r := d.arguments(field, vars); r != nil {
			d.refused[field] = r
		}
	}
	return d
}

func (p *Plan) decide(s *Subject, vars map[string]any) *Decision {
	d := &Decision{plan: p, subject: s, verdicts: make([]verdict, len(p.guards)), refused: map[*ast.Field]*Refusal{}}
	for i, g := range p.guards {
		unmet := g.rule.unmet(s)
		switch {
		case len(unmet) == 0:
		case s == nil || !onlySelf(unmet):
			d.verdicts[i].refusal = refuse(g.rule, s, unmet)
		case !g.rule.root:
			d.verdicts[i].unmet = unmet
		default:
			if left := notSelf(unmet, s, g.field, vars); len(left) > 0 {
				d.verdicts[i].refusal = refuse(g.rule, s, left)
			}
		}
	}
	return d
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
	groups := map[string]int{}
	d.eachRoot(d.plan.operation.SelectionSet, vars, map[string]bool{}, func(field *ast.Field) {
		r := d.root(field, vars)
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
			d.refused[field] = r // whichever of the fields of one name is run, it is refused
		}
	})
	d.roots = slices.DeleteFunc(d.roots, func(r Root) bool { return r.Err == nil })
}

func (d *Decision) root(field *ast.Field, vars map[string]any) *Refusal {
	if i, ok := d.plan.index[field]; ok && d.verdicts[i].refusal != nil {
		return d.verdicts[i].refusal
	}
	if len(d.plan.probes) == 0 {
		return nil
	}
	if r := d.arguments(field, vars); r != nil {
		return r
	}
	if rule := d.plan.policy.fields[field.Definition]; rule != nil && rule.Authenticates {
		return nil // below it the caller is another
	}
	return d.below(field.SelectionSet, vars, map[string]bool{})
}

// below returns the first refusal of an argument in the selections.
func (d *Decision) below(set ast.SelectionSet, vars map[string]any, seen map[string]bool) *Refusal {
	var refusal *Refusal
	d.each(set, vars, seen, func(field *ast.Field) bool {
		if refusal == nil {
			refusal = d.arguments(field, vars)
		}
		if refusal == nil {
			refusal = d.below(field.SelectionSet, vars, seen)
		}
		return refusal == nil
	})
	return refusal
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

func (d *Decision) eachRoot(set ast.SelectionSet, vars map[string]any, seen map[string]bool, visit func(*ast.Field)) {
	d.each(set, vars, seen, func(field *ast.Field) bool {
		visit(field)
		return true
	})
}

// each visits the fields of the selections that are run, those of each fragment once, until visit returns false.
func (d *Decision) each(set ast.SelectionSet, vars map[string]any, seen map[string]bool, visit func(*ast.Field) bool) bool {
	for _, selection := range set {
		goOn := true
		switch s := selection.(type) {
		case *ast.Field:
			goOn = !included(s.Directives, vars) || visit(s)
		case *ast.InlineFragment:
			goOn = !included(s.Directives, vars) || d.each(s.SelectionSet, vars, seen, visit)
		case *ast.FragmentSpread:
			if f := d.plan.document.Fragments.ForName(s.Name); f != nil && included(s.Directives, vars) && !seen[s.Name] {
				seen[s.Name] = true
				goOn = d.each(f.SelectionSet, vars, seen, visit)
			}
		}
		if !goOn {
			return false
		}
	}
	return true
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

// Clear reports whether no field of the operation need be checked: nothing is refused, nothing is left to be settled, and nobody logs in.
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
	return slices.DeleteFunc(slices.Clone(unmet), func(c clause) bool {
		value := d.plan.policy.siblings[typename+"."+c.self]
		if value == nil {
			return false
		}
		id, ok := value(object)
		return ok && id == d.subject.ID && id != ""
	})
}

// undecided refuses a guarded field that nobody decided on.
func (p *Policy) undecided(field *ast.Field) *Refusal {
	if rule := p.fields[field.Definition]; rule != nil && rule.guarded() {
		return &Refusal{Coordinate: rule.Coordinate, Reason: Undecided, Required: rule.Required()}
	}
	return nil
}
