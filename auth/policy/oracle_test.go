package policy

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// An oracle reads a schema as a person would: each time it is asked it looks at the directives that stand there. It shares nothing with
// the compiler but the syntax tree.
type oracle struct {
	schema *ast.Schema
	vars   map[string]any
}

// A want is one directive: any of the names, or being whoever own names.
type want struct {
	role  bool
	names []string // none: anybody who is logged in
	own   string
}

func (w want) met(s *Subject, own func(name string) string) bool {
	if s == nil {
		return false
	}
	has := s.Scopes
	if w.role {
		has = s.Roles
	}
	has = slices.Concat(has, []string{""})
	return w.names == nil || slices.ContainsFunc(w.names, func(n string) bool { return slices.Contains(has, n) }) ||
		w.own != "" && own(w.own) == s.ID
}

func wants(list ast.DirectiveList) (all []want) {
	for _, d := range list {
		w := want{role: d.Name == "hasRole"}
		if own := d.Arguments.ForName("orSelf"); own != nil {
			w.own = own.Value.Raw
		}
		for _, name := range []string{"role", "scope"} {
			if arg := d.Arguments.ForName(name); arg != nil {
				for _, v := range append(arg.Value.Children, &ast.ChildValue{Value: arg.Value}) {
					if v.Value.Kind == ast.StringValue {
						w.names = append(w.names, v.Value.Raw)
					}
				}
			}
		}
		if d.Name == "hasRole" || d.Name == "hasScope" || d.Name == "authenticated" {
			all = append(all, w)
		}
	}
	return all
}

// asked is what a field of the type asks for: of an interface, what any object that may stand there asks for.
func (o oracle) asked(def *ast.Definition, field string) (all []want) {
	if def.Kind == ast.Interface {
		for _, t := range o.schema.Types {
			if t.Kind == ast.Object && slices.Contains(t.Interfaces, def.Name) {
				all = append(all, o.asked(t, field)...)
			}
		}
		return all
	}
	all = append(wants(def.Directives), wants(def.Fields.ForName(field).Directives)...)
	for _, name := range def.Interfaces {
		if f := o.schema.Types[name].Fields.ForName(field); f != nil {
			all = append(all, wants(f.Directives)...)
		}
	}
	return all
}

// given is what the arguments that are supplied to a field of the type ask for.
func (o oracle) given(def *ast.Definition, field *ast.Field) (all []want) {
	types := []*ast.Definition{def}
	for _, t := range o.schema.Types {
		if def.Kind == ast.Interface && t.Kind == ast.Object && slices.Contains(t.Interfaces, def.Name) {
			types = append(types, t)
		}
	}
	for _, arg := range field.Arguments {
		value, supplied := o.value(arg.Value)
		for _, t := range types {
			if d := t.Fields.ForName(field.Name).Arguments.ForName(arg.Name); supplied {
				all = append(append(all, wants(d.Directives)...), o.within(d.Type.Name(), value)...)
			}
		}
	}
	return all
}

// value is what stands in a document, with the variables filled in; false if it is a variable without a value.
func (o oracle) value(v *ast.Value) (any, bool) {
	if v.Kind == ast.Variable {
		value, ok := o.vars[v.Raw]
		return value, ok
	}
	value, err := v.Value(o.vars) // leaves out the members whose variable has no value
	return value, err == nil
}

// within is what the fields of an input type that a value has ask for.
func (o oracle) within(typename string, value any) (all []want) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			all = append(all, o.within(typename, item)...)
		}
	case map[string]any:
		for name, member := range v {
			f := o.schema.Types[typename].Fields.ForName(name)
			all = append(append(all, wants(f.Directives)...), o.within(f.Type.Name(), member)...)
		}
	}
	return all
}
