package conformance_test

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// An oracle applies the directives of a schema as their descriptions say. It
// shares no code with auth/policy.
type oracle struct{ schema *ast.Schema }

// A caller is a principal as the directives see it, nil if anonymous.
type caller struct {
	id            string
	roles, scopes []string
}

// A requirement is what one directive requires.
type requirement struct {
	kind string // authenticated, role or scope
	any  []string
	self string
}

func requirementsOf(list ast.DirectiveList) (required []requirement) {
	for _, d := range list {
		kind, args := map[string]string{"authenticated": "authenticated", "hasRole": "role", "hasScope": "scope"}[d.Name], d.ArgumentMap(nil)
		if kind == "" {
			continue
		}
		self, _ := args["orSelf"].(string)
		n := requirement{kind: kind, self: self}
		if one, ok := args[kind].(string); ok {
			n.any = []string{one}
		}
		for _, name := range itemsOf(args[kind]) {
			n.any = append(n.any, name.(string))
		}
		required = append(required, n)
	}
	return required
}

// verdict is "" if all requirements are met, else why not. own returns the value
// of what an orSelf names.
func (p *caller) verdict(required []requirement, own func(name string) any) (why string) {
	for _, n := range required {
		one := func(list []string) bool {
			return slices.ContainsFunc(n.any, func(s string) bool { return slices.Contains(list, s) })
		}
		switch {
		case p == nil:
			return "UNAUTHENTICATED no_credential"
		case n.kind == "authenticated", n.kind == "role" && one(p.roles), n.kind == "scope" && one(p.scopes):
		case n.self == "":
			return "FORBIDDEN missing_" + n.kind
		case own(n.self) != p.id:
			why = "FORBIDDEN not_self"
		}
	}
	return why
}

// field is what it requires to select a field on an object type: the directives
// of the field, of the type, and of that field of each interface. On an interface
// it is what each possible type requires.
func (o oracle) field(on *ast.Definition, name string) (required []requirement) {
	for _, def := range o.schema.GetPossibleTypes(on) {
		required = append(required, requirementsOf(def.Directives)...)
		for _, i := range def.Interfaces {
			if inherited := o.schema.Types[i].Fields.ForName(name); inherited != nil {
				required = append(required, requirementsOf(inherited.Directives)...)
			}
		}
		required = append(required, requirementsOf(def.Fields.ForName(name).Directives)...)
	}
	return required
}

// argument is what it requires to supply an argument of a field with a value.
func (o oracle) argument(on *ast.Definition, field, name string, value any) (required []requirement) {
	for _, def := range o.schema.GetPossibleTypes(on) {
		required = append(required, requirementsOf(def.Fields.ForName(field).Arguments.ForName(name).Directives)...)
	}
	typ := on.Fields.ForName(field).Arguments.ForName(name).Type
	return append(required, o.input(o.schema.Types[typ.Name()], value)...)
}

// input is what it requires to supply the fields in a value of an input type, or
// in a list of them.
func (o oracle) input(def *ast.Definition, value any) (required []requirement) {
	for _, item := range itemsOf(value) {
		required = append(required, o.input(def, item)...)
	}
	members, _ := value.(map[string]any)
	for _, field := range def.Fields {
		if member, supplied := members[field.Name]; supplied {
			required = append(append(required, requirementsOf(field.Directives)...), o.input(o.schema.Types[field.Type.Name()], member)...)
		}
	}
	return required
}
