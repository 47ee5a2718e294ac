package policy

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// A Root is a refused root field.
type Root struct {
	Field *ast.Field
	Name  string // the response name
	Err   *Refusal
}

// refuseRoots finds the root fields that are refused, either themselves or
// because of an argument anywhere below them. It ignores fields that @skip or
// @include leaves out.
func (d *Decision) refuseRoots(vars map[string]any) {
	groups, fragments := map[string]int{}, map[string]*Refusal{}
	include := func(list ast.DirectiveList) bool { return included(list, vars) }
	fields := rootFields(d.plan.document, d.plan.operation.SelectionSet, include)
	for field := range fields {
		r := d.rootRefusal(field, vars, fragments)
		at, known := groups[field.Alias]
		switch {
		case known:
			d.roots[at].Err = graver(d.roots[at].Err, r)
		default:
			groups[field.Alias] = len(d.roots)
			d.roots = append(d.roots, Root{Field: field, Name: field.Alias, Err: r})
		}
	}
	for field := range fields {
		if r := d.roots[groups[field.Alias]].Err; r != nil {
			d.refuse(field, r) // of fields with one response name, any may be executed
		}
	}
	d.roots = slices.DeleteFunc(d.roots, func(r Root) bool { return r.Err == nil })
}

// rootRefusal returns the refusal of a root field, or nil. known has the
// results for fragments so far.
func (d *Decision) rootRefusal(field *ast.Field, vars map[string]any, known map[string]*Refusal) *Refusal {
	r := d.refused[field]
	if i, ok := d.plan.index[field]; ok {
		own := d.verdicts[i].refusal
		if own != nil && !own.StepUp() {
			return own
		}
		r = graver(own, r)
	}
	if r != nil && !r.StepUp() || len(d.refusedArguments) == 0 {
		return r
	}
	if rule := d.plan.policy.fields[field.Definition]; rule != nil && rule.Authenticates {
		return r // the fields below have another caller
	}
	return graver(r, d.argumentRefusal(field.SelectionSet, vars, known))
}

// argumentRefusal returns the gravest refusal of an argument in the selections,
// or nil.
func (d *Decision) argumentRefusal(set ast.SelectionSet, vars map[string]any, known map[string]*Refusal) (found *Refusal) {
	for _, selection := range set {
		var r *Refusal
		switch s := selection.(type) {
		case *ast.Field:
			if !included(s.Directives, vars) {
				continue
			}
			if r = d.refusedArguments[s]; r.gravity() < gravest {
				r = graver(r, d.argumentRefusal(s.SelectionSet, vars, known))
			}
		case *ast.InlineFragment:
			if included(s.Directives, vars) {
				r = d.argumentRefusal(s.SelectionSet, vars, known)
			}
		case *ast.FragmentSpread:
			if included(s.Directives, vars) {
				r = d.fragmentRefusal(s.Name, vars, known)
			}
		}
		if found = graver(found, r); found.gravity() == gravest {
			break
		}
	}
	return found
}

func (d *Decision) fragmentRefusal(name string, vars map[string]any, known map[string]*Refusal) *Refusal {
	if r, ok := known[name]; ok {
		return r
	}
	known[name] = nil
	if f := d.plan.document.Fragments.ForName(name); f != nil {
		known[name] = d.argumentRefusal(f.SelectionSet, vars, known)
	}
	return known[name]
}

// included reports whether @skip and @include leave a selection in.
func included(list ast.DirectiveList, vars map[string]any) bool {
	return !condition(list.ForName("skip"), vars, false) && condition(list.ForName("include"), vars, true)
}

// condition returns the value of a directive's argument if, or absent if there
// is no directive.
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

// Refused returns the refused root fields, in the order of the document.
func (d *Decision) Refused() []Root { return d.roots }
