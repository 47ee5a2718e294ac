package policy

import (
	"slices"
	"strconv"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// An oracle reads a schema as a person would: it looks at the directives for
// each question. It shares only the syntax tree with the compiler.
type oracle struct {
	schema *ast.Schema
	vars   map[string]any
}

// A want is one directive: any of the names, or the owner.
type want struct {
	role  bool
	names []string // if empty, any authenticated caller
	own   string
	// a step: within which time a proof must be given, or what proves it instead, and
	// with how many factors. person is set for what only a person in a session meets.
	within  time.Duration
	given   string
	factors int
	person  bool
	// delegable has the scopes of each @delegable next to it, nil for any.
	delegable [][]string
}

func (w want) met(s *Subject, own func(name string) string) bool {
	if s == nil || w.person && (s.Delegated || s.Key) {
		return false
	}
	if w.person {
		age := s.Now.Sub(s.AuthTime)
		return (w.within == 0 || age >= 0 && age < w.within || w.given != "" && own(w.given) != "") && s.Factors >= w.factors
	}
	has := s.Scopes
	if w.role {
		has = s.Roles
	}
	one := func(names []string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(has, n) })
	}
	if w.role && (s.Delegated || s.Key) {
		has = nil
	}
	if w.names != nil && one(w.names) {
		return true
	}
	has = s.Scopes
	acts := len(w.delegable) > 0 && !slices.ContainsFunc(w.delegable, func(names []string) bool { return names != nil && !one(names) })
	return (!s.Delegated || acts) && (w.names == nil || w.own != "" && own(w.own) == s.ID)
}

func wants(list ast.DirectiveList) (all []want) {
	for _, d := range list {
		w := want{role: d.Name == "hasRole"}
		if own := d.Arguments.ForName("orSelf"); own != nil {
			w.own = own.Value.Raw
		}
		w.names = append(namesIn(d, "role"), namesIn(d, "scope")...)
		switch d.Name {
		case "fresh":
			step := want{person: true}
			step.within, _ = time.ParseDuration(d.Arguments.ForName("within").Value.Raw)
			if given := d.Arguments.ForName("orGiven"); given != nil {
				step.given = given.Value.Raw
			}
			all = append(all, step)
		case "factors":
			step := want{person: true}
			step.factors, _ = strconv.Atoi(d.Arguments.ForName("least").Value.Raw)
			all = append(all, step)
		}
		if d.Name == "hasRole" || d.Name == "hasScope" || d.Name == "authenticated" {
			all = append(all, w)
		}
	}
	for _, d := range list {
		for i := range all {
			if d.Name == "delegable" {
				all[i].delegable = append(all[i].delegable, namesIn(d, "scope"))
			}
		}
	}
	return all
}

// namesIn returns the strings in an argument of a directive.
func namesIn(d *ast.Directive, name string) (names []string) {
	if arg := d.Arguments.ForName(name); arg != nil {
		for _, v := range append(arg.Value.Children, &ast.ChildValue{Value: arg.Value}) {
			if v.Value.Kind == ast.StringValue {
				names = append(names, v.Value.Raw)
			}
		}
	}
	return names
}

// asked returns what a field of the type requires. A field of an interface
// requires what the field of each possible type does.
func (o oracle) asked(def *ast.Definition, field string) (all []want) {
	if def.Kind == ast.Interface {
		for _, t := range o.schema.Types {
			if t.Kind == ast.Object && slices.Contains(t.Interfaces, def.Name) {
				all = append(all, o.asked(t, field)...)
			}
		}
		return all
	}
	list := slices.Concat(def.Directives, def.Fields.ForName(field).Directives)
	for _, name := range def.Interfaces {
		if f := o.schema.Types[name].Fields.ForName(field); f != nil {
			list = append(list, f.Directives...)
		}
	}
	all = wants(list)
	if field := def.Fields.ForName(field); field.Directives.ForName("sensitive") != nil && len(all) > 0 {
		all = append(all, want{person: true})
	}
	return all
}

// given returns what the supplied arguments of a field require.
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

// value returns a value of the document with its variables filled in, or false
// for a variable without a value.
func (o oracle) value(v *ast.Value) (any, bool) {
	if v.Kind == ast.Variable {
		value, ok := o.vars[v.Raw]
		return value, ok
	}
	value, err := v.Value(o.vars) // without members whose variable has no value
	return value, err == nil
}

// within returns what the fields in a value of an input type require.
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
