package policy

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// bypasses finds data for which one path requires a role or a scope and another
// requires nothing.
//
// It reports only what the schema alone proves, so that its warnings are worth
// reading:
//
//   - The data is a type with an identity. Types such as a page or an amount of
//     money occur everywhere and guard nothing.
//   - The guarded path is a root field of a query or subscription that leads to
//     the type itself, at most through types without an identity
//     (UserConnection.nodes). A guard further up protects something else, and the
//     guard of a mutation protects what it does.
//   - Its guard is a role or a scope. @authenticated alone protects nothing in
//     particular (me: User), and a login leads to the caller's own data.
func (p *Policy) bypasses() Findings {
	guarded := p.guardedPaths()
	open := &bypassFinder{policy: p, guarded: guarded, known: map[string]bool{}}
	for _, root := range roots(p.schema) {
		for _, field := range root.Fields {
			if rule := p.fields[field]; rule != nil && rule.Public && !rule.Authenticates {
				open.follow(root, field, "")
			}
		}
	}
	for len(open.queue) > 0 {
		next := open.queue[0]
		open.queue = open.queue[1:]
		for _, field := range next.to.Fields {
			if p.isOpen(field) {
				open.follow(next.to, field, next.through)
			}
		}
	}
	return open.found
}

// A dataPath leads to a type with an identity.
type dataPath struct {
	to      *ast.Definition
	through string // coordinates, such as "Query.users > UserConnection.nodes"
	rule    *Rule  // of the first coordinate, or nil if it is open
}

// A bypassFinder follows every open field, nearest first.
type bypassFinder struct {
	policy  *Policy
	guarded map[string]dataPath
	known   map[string]bool
	queue   []dataPath
	found   Findings
}

// follow follows a field of a type that was reached through some others. If
// that leads to data that is guarded elsewhere, it reports a finding.
func (e *bypassFinder) follow(def *ast.Definition, field *ast.FieldDefinition, through string) {
	for _, w := range e.policy.dataPaths(def, field) {
		if through != "" {
			w.through = through + " > " + w.through
		}
		if other, ok := e.guarded[w.to.Name]; ok && w.to != def && e.policy.hasData(w.to) {
			e.found = append(e.found, newFinding(def.Name+"."+field.Name, field.Position, "leads to %s without a guard (%s), which %s opens only for %s: "+
				"guard this field, or the fields of %[1]s", w.to.Name, w.through, other.through, other.rule))
		}
		if !e.known[w.to.Name] {
			e.known[w.to.Name] = true
			e.queue = append(e.queue, w)
		}
	}
}

// guardedPaths returns, for each type, the first root field that reads it and
// requires a role or a scope.
func (p *Policy) guardedPaths() map[string]dataPath {
	all := map[string]dataPath{}
	for _, root := range roots(p.schema) {
		if root == p.schema.Mutation {
			continue
		}
		for _, field := range root.Fields {
			rule := p.fields[field]
			if rule == nil || !slices.ContainsFunc(rule.clauses, clause.selective) {
				continue
			}
			for _, w := range p.dataPaths(root, field) {
				if _, known := all[w.to.Name]; !known {
					w.rule = rule
					all[w.to.Name] = w
				}
			}
		}
	}
	return all
}

// selective reports whether some persons in their own sessions don't meet the
// clause.
func (c clause) selective() bool {
	return c.any[0] != requireAuthenticated && c.any[0] != requireSession && !c.isStep()
}

// dataPaths returns the paths from a field to types with an identity: direct
// ones, and those through open fields of types without an identity.
func (p *Policy) dataPaths(def *ast.Definition, field *ast.FieldDefinition) []dataPath {
	type step struct {
		typename, through string
	}
	var all []dataPath
	steps, seen := []step{{field.Type.Name(), def.Name + "." + field.Name}}, map[string]bool{}
	for len(steps) > 0 {
		s := steps[0]
		steps = steps[1:]
		for _, to := range p.schema.PossibleTypes[s.typename] {
			if seen[to.Name] || to.Kind != ast.Object || slices.Contains(roots(p.schema), to) {
				continue
			}
			seen[to.Name] = true
			if identified(to) {
				all = append(all, dataPath{to: to, through: s.through})
				continue
			}
			for _, f := range to.Fields {
				if p.isOpen(f) {
					steps = append(steps, step{f.Type.Name(), s.through + " > " + to.Name + "." + f.Name})
				}
			}
		}
	}
	return all
}

// isOpen reports whether a field requires nothing of a caller who has the
// object.
func (p *Policy) isOpen(field *ast.FieldDefinition) bool {
	rule := p.fields[field]
	return !strings.HasPrefix(field.Name, "__") && (rule == nil || !rule.guarded())
}

// identified reports whether objects of the type have an identity: an id, or a
// key of Apollo Federation.
func identified(def *ast.Definition) bool {
	return def.Directives.ForName("key") != nil ||
		slices.ContainsFunc(def.Fields, func(f *ast.FieldDefinition) bool { return f.Type.NamedType == "ID" && len(f.Arguments) == 0 })
}

// hasData reports whether the open fields of a type tell more than its id.
func (p *Policy) hasData(def *ast.Definition) bool {
	return slices.ContainsFunc(def.Fields, func(f *ast.FieldDefinition) bool {
		typ := p.schema.Types[f.Type.Name()]
		return p.isOpen(f) && typ.IsLeafType() && f.Type.Name() != "ID"
	})
}
