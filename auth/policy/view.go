package policy

import (
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Key identifies the class of callers that the subject belongs to: those who
// may reach the same coordinates. Its size depends on the schema, not on the
// caller's roles and scopes.
func (p *Policy) Key(s *Subject) string {
	bits := make([]byte, (len(p.guarded)+7)/8)
	for i, rule := range p.guarded {
		if rule.open(s) {
			bits[i/8] |= 1 << (i % 8)
		}
	}
	return string(bits)
}

// open reports whether the subject may reach the rule's coordinate, at least
// for some objects, or after proving again who they are.
func (r *Rule) open(s *Subject) bool {
	return onlySelf(s, r.unmet(s))
}

// View returns the policy of the part of the schema that the subject may reach:
// a valid schema without anything else. It includes what is below a field that
// logs a caller in, because that depends on the user.
func (p *Policy) View(s *Subject) *Policy {
	v := &viewer{policy: p, subject: s, below: map[string]bool{}, fields: map[*ast.FieldDefinition]*ast.FieldDefinition{}}
	v.markLogins()
	types := v.types()
	for v.removeEmpty(types) {
	}
	kept := v.reachable(types)
	return v.assemble(kept)
}

// A viewer reduces a schema to what a subject may reach.
type viewer struct {
	policy  *Policy
	subject *Subject
	below   map[string]bool                               // the types below a login
	fields  map[*ast.FieldDefinition]*ast.FieldDefinition // originals of copies
}

// markLogins marks the types below a field that logs a caller in and that the
// subject may reach.
func (v *viewer) markLogins() {
	for field, rule := range v.policy.fields {
		if rule.Authenticates && rule.open(v.subject) {
			v.markBelow(field.Type.Name())
		}
	}
}

func (v *viewer) markBelow(name string) {
	def := v.policy.schema.Types[name]
	if def == nil || v.below[name] || slices.Contains(roots(v.policy.schema), def) {
		return
	}
	v.below[name] = true
	for _, field := range def.Fields {
		v.markBelow(field.Type.Name())
	}
	for _, possible := range v.policy.schema.PossibleTypes[name] {
		v.markBelow(possible.Name)
	}
}

// types copies each type, with the fields that the subject may reach.
func (v *viewer) types() map[string]*ast.Definition {
	types := make(map[string]*ast.Definition, len(v.policy.schema.Types))
	for name, def := range v.policy.schema.Types {
		if def.BuiltIn || strings.HasPrefix(name, "__") {
			types[name] = def
			continue
		}
		pruned := *def
		pruned.Fields = nil
		for _, field := range def.Fields {
			if shown := v.field(def, field); shown != nil {
				pruned.Fields = append(pruned.Fields, shown)
			}
		}
		types[name] = &pruned
	}
	return types
}

// field returns the field as the subject may see it, or nil.
func (v *viewer) field(def *ast.Definition, field *ast.FieldDefinition) *ast.FieldDefinition {
	rule := v.policy.fields[field]
	if def.Kind == ast.InputObject {
		rule = v.policy.inputs[field]
	}
	if rule != nil && !v.below[def.Name] && !rule.open(v.subject) {
		return nil
	}
	return v.arguments(field, func(arg *ast.ArgumentDefinition) bool {
		rule := v.policy.args[arg]
		return rule == nil || v.below[def.Name] || rule.open(v.subject)
	})
}

// arguments returns the field with the arguments that are kept, or nil if a
// required argument is not.
func (v *viewer) arguments(field *ast.FieldDefinition, keep func(*ast.ArgumentDefinition) bool) *ast.FieldDefinition {
	kept := make(ast.ArgumentDefinitionList, 0, len(field.Arguments))
	for _, arg := range field.Arguments {
		switch {
		case keep(arg):
			kept = append(kept, arg)
		case arg.Type.NonNull && arg.DefaultValue == nil:
			return nil
		}
	}
	if len(kept) == len(field.Arguments) {
		return field
	}
	pruned := *field
	pruned.Arguments = kept
	v.fields[&pruned] = v.original(field)
	return &pruned
}

// original returns the field that a copy was made of.
func (v *viewer) original(field *ast.FieldDefinition) *ast.FieldDefinition {
	if original := v.fields[field]; original != nil {
		return original
	}
	return field
}

// removeEmpty removes fields and arguments whose type has nothing left, and
// reports whether it removed any.
func (v *viewer) removeEmpty(types map[string]*ast.Definition) bool {
	changed := false
	for _, def := range types {
		if def.BuiltIn || strings.HasPrefix(def.Name, "__") || (def.Kind != ast.Object && def.Kind != ast.Interface && def.Kind != ast.InputObject) {
			continue
		}
		var fields ast.FieldList
		for _, field := range def.Fields {
			if empty(v.policy, types, field.Type) {
				continue
			}
			if shown := v.arguments(field, func(a *ast.ArgumentDefinition) bool { return !empty(v.policy, types, a.Type) }); shown != nil {
				fields = append(fields, shown)
			}
		}
		changed = changed || !slices.Equal(fields, def.Fields)
		def.Fields = fields
	}
	return changed
}

// empty reports whether nothing is left of a type, or of all its possible
// types.
func empty(p *Policy, types map[string]*ast.Definition, typ *ast.Type) bool {
	def := types[typ.Name()]
	switch def.Kind {
	case ast.Object, ast.InputObject, ast.Interface:
		return len(def.Fields) == 0
	case ast.Union:
		for _, possible := range p.schema.PossibleTypes[def.Name] {
			if len(types[possible.Name].Fields) > 0 {
				return false
			}
		}
		return true
	}
	return false
}

// reachable returns the types that the operation types lead to, and those that
// every schema has.
func (v *viewer) reachable(types map[string]*ast.Definition) map[string]*ast.Definition {
	kept := map[string]*ast.Definition{}
	var visit func(name string)
	visit = func(name string) {
		def := types[name]
		if def == nil || kept[name] != nil {
			return
		}
		if !def.BuiltIn && len(def.Fields) == 0 && (def.Kind == ast.Object || def.Kind == ast.Interface || def.Kind == ast.InputObject) {
			return
		}
		kept[name] = def
		for _, field := range def.Fields {
			visit(field.Type.Name())
			for _, arg := range field.Arguments {
				visit(arg.Type.Name())
			}
		}
		for _, possible := range v.policy.schema.PossibleTypes[name] {
			visit(possible.Name)
		}
		for _, name := range def.Interfaces {
			visit(name)
		}
	}
	for name, def := range types {
		if def.BuiltIn || strings.HasPrefix(name, "__") || unreferenced(v.policy.schema, def) {
			visit(name)
		}
	}
	for _, root := range roots(v.policy.schema) {
		visit(root.Name)
	}
	return kept
}

// unreferenced reports whether a type is an enum that nothing refers to. Such
// an enum is documentation, for all callers.
func unreferenced(schema *ast.Schema, def *ast.Definition) bool {
	if def.Kind != ast.Enum {
		return false
	}
	for _, other := range schema.Types {
		for _, field := range other.Fields {
			if field.Type.Name() == def.Name {
				return false
			}
			if slices.ContainsFunc(field.Arguments, func(a *ast.ArgumentDefinition) bool { return a.Type.Name() == def.Name }) {
				return false
			}
		}
	}
	return true
}

// assemble returns the policy of the remaining types.
func (v *viewer) assemble(types map[string]*ast.Definition) *Policy {
	view := *v.policy
	view.schema = withTypes(v.policy.schema, types)
	view.schema.SchemaDirectives = shownTitles(view.schema)
	view.fields = maps.Clone(v.policy.fields)
	for pruned, original := range v.fields {
		if rule := v.policy.fields[original]; rule != nil {
			view.fields[pruned] = rule
		}
	}
	return &view
}
