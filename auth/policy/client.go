package policy

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Needs are what a caller must have to run an operation whole.
type Needs struct {
	Anonymous bool       `json:"anonymous"` // nothing: whoever asks may run it
	Required  [][]string `json:"required"`  // all of the outer list, any of each inner one, as in Rule.Required; each once
	// Perhaps are the guarded input fields that the values of the operation's variables may hold, and that its text does not.
	Perhaps []Condition `json:"perhaps"`
}

// A Condition is what is needed if something is supplied.
type Condition struct {
	Coordinate string     `json:"coordinate"`
	Required   [][]string `json:"required"`
}

// Needs returns what the operation asks of whoever runs it, whatever its variables skip, and as if each had a value. What stands below a
// field that authenticates asks nothing of the caller before. The answer is false if the operation is too large to tell.
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

// perhaps returns the guarded input fields in the types of the operation's variables, sorted, without those that are asked anyway.
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

// within collects the rules of the fields that a value of an input type may hold.
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

// Least returns the fewest scopes, and the fewest roles, with which a caller can run all of the operations, each sorted. With own set it is
// a caller who asks for nothing but their own, where that helps.
func Least(all []Needs, own bool) (scopes, roles []string) {
	return least(all, own, "scope:"), least(all, own, "role:")
}

func least(all []Needs, own bool, kind string) []string {
	var choices [][]string
	for _, needs := range all {
		for _, any := range needs.Required {
			if own && slices.Contains(any, needSelf) {
				continue
			}
			var of []string
			for _, need := range any {
				if name, ok := strings.CutPrefix(need, kind); ok {
					of = append(of, name)
				}
			}
			if len(of) > 0 {
				choices = append(choices, of)
			}
		}
	}
	return cover(choices)
}

// cover returns the smallest set, sorted, that has one of each of the choices; of several always the same, in whatever order they come.
func cover(choices [][]string) []string {
	slices.SortFunc(choices, func(a, b []string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return slices.Compare(a, b)
	})
	for size := apart(choices); ; size++ {
		if set := covering(choices, nil, size); set != nil {
			slices.Sort(set)
			return set
		}
	}
}

// apart returns how many choices there are at least that have nothing in common, each of which takes a member of its own.
func apart(choices [][]string) int {
	taken, n := map[string]bool{}, 0
	for _, of := range choices {
		if !slices.ContainsFunc(of, func(name string) bool { return taken[name] }) {
			n++
			for _, name := range of {
				taken[name] = true
			}
		}
	}
	return n
}

// covering returns a set of size names at most, those chosen among them, that has one of each of the choices; nil if there is none.
func covering(choices [][]string, chosen []string, size int) []string {
	missed := slices.IndexFunc(choices, func(of []string) bool {
		return !slices.ContainsFunc(of, func(name string) bool { return slices.Contains(chosen, name) })
	})
	if missed < 0 {
		return append([]string{}, chosen...)
	}
	if len(chosen) == size {
		return nil
	}
	for _, name := range choices[missed] {
		if found := covering(choices, append(slices.Clone(chosen), name), size); found != nil {
			return found
		}
	}
	return nil
}
