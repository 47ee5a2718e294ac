package main

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// An oracle reads the directives of an SDL as their descriptions have it. It shares nothing with auth/policy.
type oracle struct{ schema *ast.Schema }

// An asker is a caller as the directives see one. Nil is nobody.
type asker struct {
	id            string
	roles, scopes []string
}

// A need is what one directive asks for.
type need struct {
	kind string // authenticated, role or scope
	any  []string
	self string
}

func oracleNeeds(list ast.DirectiveList) (needs []need) {
	for _, d := range list {
		kind, args := map[string]string{"authenticated": "authenticated", "hasRole": "role", "hasScope": "scope"}[d.Name], d.ArgumentMap(nil)
		if kind == "" {
			continue
		}
		self, _ := args["orSelf"].(string)
		n := need{kind: kind, self: self}
		if one, ok := args[kind].(string); ok {
			n.any = []string{one}
		}
		for _, name := range itemsOf(args[kind]) {
			n.any = append(n.any, name.(string))
		}
		needs = append(needs, n)
	}
	return needs
}

// verdict is "", or why the needs are not all met. own is the value of what an orSelf names.
func (p *asker) verdict(needs []need, own func(name string) any) (why string) {
	for _, n := range needs {
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

// field is what a field needs that is selected on a type: what stands on it, on its type and on that field of each interface; selected on
// an interface, what each possible type needs.
func (o oracle) field(on *ast.Definition, name string) (needs []need) {
	for _, def := range o.schema.GetPossibleTypes(on) {
		needs = append(needs, oracleNeeds(def.Directives)...)
		for _, i := range def.Interfaces {
			if inherited := o.schema.Types[i].Fields.ForName(name); inherited != nil {
				needs = append(needs, oracleNeeds(inherited.Directives)...)
			}
		}
		needs = append(needs, oracleNeeds(def.Fields.ForName(name).Directives)...)
	}
	return needs
}

// argument is what it needs to supply a value to the argument of a field that is selected on a type.
func (o oracle) argument(on *ast.Definition, field, name string, value any) (needs []need) {
	for _, def := range o.schema.GetPossibleTypes(on) {
		needs = append(needs, oracleNeeds(def.Fields.ForName(field).Arguments.ForName(name).Directives)...)
	}
	typ := on.Fields.ForName(field).Arguments.ForName(name).Type
	return append(needs, o.input(o.schema.Types[typ.Name()], value)...)
}

// input is what it needs to supply the fields that stand in a value of an input type, or in a list of them.
func (o oracle) input(def *ast.Definition, value any) (needs []need) {
	for _, item := range itemsOf(value) {
		needs = append(needs, o.input(def, item)...)
	}
	members, _ := value.(map[string]any)
	for _, field := range def.Fields {
		if member, supplied := members[field.Name]; supplied {
			needs = append(append(needs, oracleNeeds(field.Directives)...), o.input(o.schema.Types[field.Type.Name()], member)...)
		}
	}
	return needs
}
