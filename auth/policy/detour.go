package policy

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// detours finds data that one way asks a role or a scope for and another asks nothing for.
//
// It says so only where the schema alone can tell, so that its word is worth reading. The data is a type with an identity: a page or an
// amount of money stands everywhere and guards nothing. The guarded way is a root field that leads to the type itself, at most through types
// without an identity (UserConnection.nodes): a guard further up is about something else, and that of a mutation about what it does.
// @authenticated alone guards nothing in particular (me: User), and a login leads to one's own.
func (p *Policy) detours() Findings {
	guarded := p.guardedWays()
	open := &explorer{policy: p, guarded: guarded, known: map[string]bool{}}
	for _, root := range roots(p.schema) {
		for _, field := range root.Fields {
			if rule := p.fields[field]; rule != nil && rule.Public && !rule.Authenticates {
				open.door(root, field, "")
			}
		}
	}
	for len(open.queue) > 0 {
		next := open.queue[0]
		open.queue = open.queue[1:]
		for _, field := range next.to.Fields {
			if p.passable(field) {
				open.door(next.to, field, next.through)
			}
		}
	}
	return open.found
}

// A way leads to a type with an identity.
type way struct {
	to      *ast.Definition
	through string // the coordinates, such as "Query.users > UserConnection.nodes"
	rule    *Rule  // of the first; nil if it is open
}

// An explorer goes through every open door, the nearest first.
type explorer struct {
	policy  *Policy
	guarded map[string]way
	known   map[string]bool
	queue   []way
	found   Findings
}

// door goes through a field of a type that was reached through some others. Where that leads to what is guarded elsewhere, it is found.
func (e *explorer) door(def *ast.Definition, field *ast.FieldDefinition, through string) {
	for _, w := range e.policy.ways(def, field) {
		if through != "" {
			w.through = through + " > " + w.through
		}
		if other, ok := e.guarded[w.to.Name]; ok && w.to != def && e.policy.telling(w.to) {
			e.found = append(e.found, newFinding(def.Name+"."+field.Name, field.Position, "leads to %s without a guard (%s), which %s opens only for %s: "+
				"guard this field, or the fields of %[1]s", w.to.Name, w.through, other.through, other.rule))
		}
		if !e.known[w.to.Name] {
			e.known[w.to.Name] = true
			e.queue = append(e.queue, w)
		}
	}
}

// guardedWays returns for each type the first root field that reads it and asks for a role or a scope.
func (p *Policy) guardedWays() map[string]way {
	all := map[string]way{}
	for _, root := range roots(p.schema) {
		if root == p.schema.Mutation {
			continue
		}
		for _, field := range root.Fields {
			rule := p.fields[field]
			if rule == nil || !slices.ContainsFunc(rule.clauses, clause.special) {
				continue
			}
			for _, w := range p.ways(root, field) {
				if _, known := all[w.to.Name]; !known {
					w.rule = rule
					all[w.to.Name] = w
				}
			}
		}
	}
	return all
}

// special reports whether not everybody with an account meets the clause.
func (c clause) special() bool { return !slices.Contains(c.any, needAuthenticated) }

// ways returns the types with an identity that a field leads to, directly or through fields of types without one that ask for nothing.
func (p *Policy) ways(def *ast.Definition, field *ast.FieldDefinition) []way {
	type step struct {
		typename, through string
	}
	var all []way
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
				all = append(all, way{to: to, through: s.through})
				continue
			}
			for _, f := range to.Fields {
				if p.passable(f) {
					steps = append(steps, step{f.Type.Name(), s.through + " > " + to.Name + "." + f.Name})
				}
			}
		}
	}
	return all
}

// passable reports whether whoever has the object may have the field.
func (p *Policy) passable(field *ast.FieldDefinition) bool {
	rule := p.fields[field]
	return !strings.HasPrefix(field.Name, "__") && (rule == nil || !rule.guarded())
}

// identified reports whether objects of the type are somebody or something: they have an id, or a key of Apollo Federation.
func identified(def *ast.Definition) bool {
	return def.Directives.ForName("key") != nil ||
		slices.ContainsFunc(def.Fields, func(f *ast.FieldDefinition) bool { return f.Type.NamedType == "ID" && len(f.Arguments) == 0 })
}

// telling reports whether whoever has the object learns more than its id.
func (p *Policy) telling(def *ast.Definition) bool {
	return slices.ContainsFunc(def.Fields, func(f *ast.FieldDefinition) bool {
		typ := p.schema.Types[f.Type.Name()]
		return p.passable(f) && typ.IsLeafType() && f.Type.Name() != "ID"
	})
}
