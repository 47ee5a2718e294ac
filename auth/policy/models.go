package policy

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// CheckModels checks that each field that an orSelf compares can be read from
// the Go objects. models are the Go types of the schema's object types, as far
// as they are known; types that their fields lead to can be left out. resolver
// reports whether a field has a resolver, and so isn't read from the object.
//
// If the Go type is unknown and the field can't be read, comparing it refuses
// the caller. The error is a [Findings].
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

// reached returns the models and the types that their fields lead to.
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
