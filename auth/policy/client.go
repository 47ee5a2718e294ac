package policy

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Needs are what a caller must have to run all of an operation.
type Needs struct {
	Anonymous bool       `json:"anonymous"` // whether it requires nothing
	Required  [][]string `json:"required"`  // as in [Rule.Required], without duplicates
	// Perhaps are the guarded input fields that the operation's variables may
	// have and its text doesn't.
	Perhaps []Condition `json:"perhaps"`
}

// A Condition is what is required if something is supplied.
type Condition struct {
	Coordinate string     `json:"coordinate"`
	Required   [][]string `json:"required"`
}

// Needs returns what the operation requires of its caller if nothing is skipped
// and each variable has a value. Fields below one that logs a caller in require
// nothing beforehand. It returns false if the operation is too large to
// explain; the needs are then incomplete.
func (p *Plan) Needs() (Needs, bool) {
	rows, whole := p.explain(nil, nil, func(*ast.VariableDefinition) bool { return true })
	needs := Needs{Anonymous: true, Required: [][]string{}, Perhaps: p.perhaps(rows)}
	for _, row := range rows {
		if row.Verdict != Deny {
			continue
		}
		needs.Anonymous = false
		for _, any := range row.Required {
			if !slices.ContainsFunc(needs.Required, func(have []string) bool { return slices.Equal(have, any) }) {
				needs.Required = append(needs.Required, any)
			}
		}
	}
	slices.SortFunc(needs.Required, slices.Compare[[]string])
	return needs, whole
}

// perhaps returns the guarded input fields in the types of the operation's
// variables, sorted, except for those that are required anyway.
func (p *Plan) perhaps(asked []FieldDecision) []Condition {
	within := map[*Rule]bool{}
	seen := map[string]bool{}
	for _, def := range p.operation.VariableDefinitions {
		p.policy.within(def.Type.Name(), seen, within)
	}
	all := []Condition{}
	for rule := range within {
		if !slices.ContainsFunc(asked, func(d FieldDecision) bool { return d.Coordinate == rule.Coordinate }) {
			all = append(all, Condition{Coordinate: rule.Coordinate, Required: rule.Required()})
		}
	}
	slices.SortFunc(all, func(a, b Condition) int { return strings.Compare(a.Coordinate, b.Coordinate) })
	return all
}

// within collects the rules of the fields that a value of an input type may
// have.
func (p *Policy) within(name string, seen map[string]bool, rules map[*Rule]bool) {
	if seen[name] || !p.guardedInputs[name] {
		return
	}
	seen[name] = true
	for _, field := range p.schema.Types[name].Fields {
		if rule := p.inputs[field]; rule != nil {
			rules[rule] = true
		}
		p.within(field.Type.Name(), seen, rules)
	}
}

// Least returns the fewest scopes and the fewest roles with which a caller can
// run all of the operations, each sorted. If own is set, the caller asks only
// for objects of their own, where that helps.
func Least(all []Needs, own bool) (scopes, roles []string) {
	return least(all, own, scopePrefix), least(all, own, rolePrefix)
}

func least(all []Needs, own bool, prefix string) []string {
	var choices [][]string
	for _, needs := range all {
		for _, any := range needs.Required {
			if own && slices.Contains(any, requireSelf) {
				continue
			}
			if choice := prefixed(any, prefix); len(choice) > 0 {
				choices = append(choices, choice)
			}
		}
	}
	return cover(choices)
}

// cover returns the smallest set, sorted, that has one of each of the choices.
// The result doesn't depend on the order of the choices.
func cover(choices [][]string) []string {
	slices.SortFunc(choices, func(a, b []string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return slices.Compare(a, b)
	})
	for size := lowerBound(choices); ; size++ {
		if set := coverOfSize(choices, nil, size); set != nil {
			slices.Sort(set)
			return set
		}
	}
}

// lowerBound returns a size that a cover has at least: the number of choices,
// taken in order, that have nothing in common with the ones before.
func lowerBound(choices [][]string) int {
	taken, n := map[string]bool{}, 0
	for _, choice := range choices {
		if !slices.ContainsFunc(choice, func(name string) bool { return taken[name] }) {
			n++
			for _, name := range choice {
				taken[name] = true
			}
		}
	}
	return n
}

// coverOfSize returns a set of at most size names, including the chosen ones,
// that has one of each of the choices, or nil.
func coverOfSize(choices [][]string, chosen []string, size int) []string {
	missed := slices.IndexFunc(choices, func(choice []string) bool {
		return !slices.ContainsFunc(choice, func(name string) bool { return slices.Contains(chosen, name) })
	})
	if missed < 0 {
		return append([]string{}, chosen...)
	}
	if len(chosen) == size {
		return nil
	}
	for _, name := range choices[missed] {
		if found := coverOfSize(choices, append(slices.Clone(chosen), name), size); found != nil {
			return found
		}
	}
	return nil
}

// LeastDelegated returns the fewest scopes, sorted, with which something that acts for a
// person can run all of the operations, on what is that person's own where that helps.
// Of scopes that do equally, it takes those that open one's own. unmet has the
// requirements that no scope meets.
func LeastDelegated(all []Needs) (scopes []string, unmet [][]string) {
	var choices [][]string
	for _, needs := range all {
		for _, any := range needs.Required {
			choice := append(prefixed(any, appPrefix), prefixed(any, scopePrefix)...)
			switch {
			case slices.Contains(any, requireApp):
			case len(choice) == 0:
				unmet = append(unmet, any)
			default:
				choices = append(choices, choice)
			}
		}
	}
	return cover(choices), unmet
}

// prefixed returns the names with the prefix, without it.
func prefixed(needs []string, prefix string) (names []string) {
	for _, need := range needs {
		if name, ok := strings.CutPrefix(need, prefix); ok {
			names = append(names, name)
		}
	}
	return names
}
