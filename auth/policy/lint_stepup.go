package policy

import (
	"slices"
	"strings"
	"time"
)

// shortestProof is the shortest time within which a person can be expected to prove
// who they are and use it.
const shortestProof = time.Minute

// unproved finds mutations that take or answer a secret of any person in a session,
// such as those that change a password, and that any age of the session is enough
// for: a thief can take the account with it. A schema without @fresh has no such
// rule, so nothing is reported for it. Logging in is a proof itself, and what needs a
// role or a scope is about others.
func (p *Policy) unproved() Findings {
	if p.schema.Mutation == nil || !p.uses(fresh) {
		return nil
	}
	var all Findings
	for _, field := range p.schema.Mutation.Fields {
		rule := p.fields[field]
		if rule == nil || !rule.Sensitive || !rule.guarded() || rule.proves() || slices.ContainsFunc(rule.clauses, clause.selective) {
			continue
		}
		all = append(all, newFinding(rule.Coordinate, field.Position,
			"it takes a secret in a session of any age: add @fresh(within: \"10m\"), so that a stolen session is not enough"))
	}
	return all
}

// proves reports whether the rule asks for a proof, or the field takes one: it logs
// its caller in.
func (r *Rule) proves() bool {
	if r.Authenticates {
		return true
	}
	maxAge, _ := stepsAsked(r.Required())
	return maxAge > 0
}

// uses reports whether the schema has a directive anywhere.
func (p *Policy) uses(directive string) bool {
	for _, d := range uses(p.schema) {
		if d.Name == directive {
			return true
		}
	}
	return false
}

// hasty finds proofs that a person can hardly give in time.
func (p *Policy) hasty() Findings {
	var all Findings
	for coordinate, d := range uses(p.schema) {
		if d.Name != fresh {
			continue
		}
		if within, err := time.ParseDuration(str(d, "within")); err == nil && within > 0 && within < shortestProof {
			all = append(all, newFinding(coordinate, d.Position,
				"within: %q is over before a person who proves who they are can use it: allow a minute at least", strings.TrimSpace(str(d, "within"))))
		}
	}
	return all
}
