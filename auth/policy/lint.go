package policy

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Review returns all findings about a schema: the faults for which [Compile]
// refuses it, then the [Policy.Warnings], each sorted by place. The policy is
// nil if there is a fault.
func Review(schema *ast.Schema, config Config, grants map[string][]string, admin string) (*Policy, Findings) {
	p, faults := compile(schema, config)
	all := slices.Concat(faults, p.Warnings(grants, admin))
	if len(faults) > 0 {
		return nil, all
	}
	return p, all
}

// Warnings returns what can be enforced but may not be intended, sorted by
// place: a refusal that would blank more than its field, a scope that almost no
// caller has or that opens nothing, data that is guarded on one path and open on
// another, a secret that a stolen session can change, a proof that is too short
// to be given, and directives that may look like guards but are not ours.
//
// grants are the scopes of each role; with nil, scopes are not checked. admin
// is the role that has all scopes.
func (p *Policy) Warnings(grants map[string][]string, admin string) Findings {
	var all Findings
	for _, def := range p.schema.Types {
		if def.Kind == ast.Object {
			all = append(all, p.blanking(def)...)
		}
	}
	if grants != nil {
		all = append(all, p.ungranted(grants, admin)...)
	}
	all = append(all, p.unused()...)
	all = append(all, p.bypasses()...)
	all = append(all, p.unproved()...)
	all = append(all, p.hasty()...)
	all = append(all, p.foreign()...)
	for i := range all {
		all[i].Warning = true
	}
	slices.SortFunc(all, byPlace)
	return all
}

// blanking finds guarded fields that can't be null: a refusal then removes
// their parent as well (GraphQL specification, 6.4.4).
func (p *Policy) blanking(def *ast.Definition) Findings {
	parent := "its parent"
	if slices.Contains(roots(p.schema), def) {
		parent = "the whole answer"
	}
	var all Findings
	for _, field := range def.Fields {
		if rule := p.fields[field]; rule != nil && rule.guarded() && field.Type.NonNull {
			all = append(all, newFinding(rule.Coordinate, field.Position,
				"a refusal of this non-null field blanks %s: make it %s", parent, strings.TrimSuffix(field.Type.String(), "!")))
		}
	}
	return all
}

// ungranted finds scopes that no role except admin grants.
func (p *Policy) ungranted(grants map[string][]string, admin string) Findings {
	granted := map[string]bool{}
	for role, scopes := range grants {
		for _, scope := range scopes {
			granted[scope] = granted[scope] || role != admin
		}
	}
	var all Findings
	for _, scope := range p.scopes {
		if !granted[scope] {
			coordinate, at := firstMention(p.schema, hasScope, "scope", scope)
			all = append(all, newFinding(coordinate, at, "no role but %s grants the scope %s: grant it to one (role grant ROLE %[2]s)", admin, scope))
		}
	}
	return all
}

// unused finds titles of scopes that open nothing.
func (p *Policy) unused() Findings {
	var all Findings
	for _, d := range p.schema.SchemaDirectives {
		name := str(d, "name")
		if d.Name == scopeTitle && Declares(p.schema, scopeTitle) && !slices.Contains(p.scopes, name) && !slices.Contains(p.own, name) {
			all = append(all, newFinding("schema", d.Position, "the scope %q opens nothing: correct the name, or remove this @scope", name))
		}
	}
	return all
}
