package policy

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// CheckModels makes sure that each field that an orSelf compares can be read from the Go objects. models are the Go
// types of the schema's object types, as far as they are known; those that their fields lead to need not be among them.
// resolver reports whether a field has a resolver, so that it is not read from the object.
//
// Of a type that is not known, a field that can't be read is found out when it is compared, and refuses. The error is a
// [Findings].
func (p *Policy) CheckModels(models map[string]reflect.Type, resolver func(object, field string) bool) error {
	known := p.reached(models, resolver)
	var faults Findings
	for coordinate, s := range p.siblings {
		object, field, _ := strings.Cut(coordinate, ".")
		t := known[object]
		if t == nil || s.value != nil {
			continue
		}
		if resolver(object, field) {
			faults = append(faults, newFinding(s.rule, s.at,
				"orSelf: nothing can read %s, which has a resolver: bind it to a field of %s, or set Config.Sibling", coordinate, t))
		} else if plainReader(t, field) == nil {
			faults = append(faults, newFinding(s.rule, s.at,
				"orSelf: nothing can read %s, which is not a plain field of %s: bind it to one, or set Config.Sibling", coordinate, t))
		}
	}
	if len(faults) == 0 {
		return nil
	}
	slices.SortFunc(faults, byPlace)
	return faults
}

// reached adds to the models those that their fields lead to.
func (p *Policy) reached(models map[string]reflect.Type, resolver func(object, field string) bool) map[string]reflect.Type {
	known := map[string]reflect.Type{}
	var visit func(name string, t reflect.Type)
	visit = func(name string, t reflect.Type) {
		def := p.schema.Types[name]
		if t == nil || def == nil || def.Kind != ast.Object || known[name] != nil {
			return
		}
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Chan {
			t = t.Elem()
		}
		known[name] = t
		for _, field := range def.Fields {
			if resolver(name, field.Name) {
				continue
			}
			if bound := bind(t, field.Name); bound != nil {
				visit(field.Type.Name(), bound.typ)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(models)) {
		visit(name, models[name])
	}
	return known
}
