package policy

import (
	"reflect"
	"slices"
	"strings"
)

// A binding is what gqlgen reads a field of the schema from, in objects of one
// Go type.
type binding struct {
	typ reflect.Type // of the value
	// get reads the value, and returns false without one. It is nil for a
	// method with arguments.
	get func(object reflect.Value) (reflect.Value, bool)
}

// bind returns what a type has for a field of the schema, or nil if it has
// nothing with that name or more than one thing.
//
// The rules are gqlgen's (codegen/field.go, findBindTarget): a method or field
// with the name, in any case, or else that of an embedded struct. It doesn't
// know names that gqlgen.yml binds by fieldName or struct_tag.
func bind(t reflect.Type, name string) *binding {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	fields, methods := fieldsNamed(t, name), methodsNamed(t, name)
	if len(fields) == 1 {
		methods = slices.DeleteFunc(methods, func(m reflect.Method) bool { return promoted(t, m.Name) })
	}
	switch {
	case len(fields) == 1 && len(methods) == 0:
		return &binding{typ: fields[0].Type, get: fieldAt(fields[0].Index[0])}
	case len(fields) == 0 && len(methods) == 1:
		return bindMethod(t, methods[0])
	case len(fields) == 0 && len(methods) == 0:
		return bindEmbedded(t, name)
	}
	return nil
}

// fieldsNamed returns the exported fields of a struct type that a field of the
// schema can be bound to.
func fieldsNamed(t reflect.Type, name string) (found []reflect.StructField) {
	if t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() && sameName(strings.ReplaceAll(f.Name, "_", ""), name) {
			found = append(found, f)
		}
	}
	return found
}

// methodsNamed returns the methods of a type, or of pointers to it, that a
// field of the schema can be bound to.
func methodsNamed(t reflect.Type, name string) (found []reflect.Method) {
	if t.Kind() != reflect.Interface {
		t = reflect.PointerTo(t)
	}
	for i := range t.NumMethod() {
		if m := t.Method(i); sameName(m.Name, name) {
			found = append(found, m)
		}
	}
	return found
}

// sameName reports whether gqlgen matches a Go name with a field: OwnerID
// matches owner_id and ownerId.
func sameName(inGo, inSchema string) bool {
	return strings.EqualFold(inGo, strings.ReplaceAll(inSchema, "_", ""))
}

// promoted reports whether a struct type has a method because one of its embedded types has it.
func promoted(t reflect.Type, method string) bool {
	for i := range t.NumField() {
		if f := t.Field(i); f.Anonymous {
			embedded := f.Type
			if embedded.Kind() != reflect.Pointer && embedded.Kind() != reflect.Interface {
				embedded = reflect.PointerTo(embedded)
			}
			if _, ok := embedded.MethodByName(method); ok {
				return true
			}
		}
	}
	return false
}

func fieldAt(index int) func(reflect.Value) (reflect.Value, bool) {
	return func(object reflect.Value) (reflect.Value, bool) { return object.Field(index), true }
}

// bindMethod binds to the result of a method. gqlgen allows an error or a bool
// beside it.
func bindMethod(t reflect.Type, m reflect.Method) *binding {
	arguments, results := m.Type.NumIn(), m.Type.NumOut()
	if t.Kind() != reflect.Interface {
		arguments-- // the receiver
	}
	if results == 0 || results > 2 {
		return nil
	}
	if results == 2 && m.Type.Out(1) != reflect.TypeFor[error]() && m.Type.Out(1) != reflect.TypeFor[bool]() {
		return nil
	}
	bound := &binding{typ: m.Type.Out(0)}
	if arguments == 0 {
		bound.get = func(object reflect.Value) (reflect.Value, bool) { return called(object, m.Index) }
	}
	return bound
}

// called returns the result of a method of a pointer to the object.
func called(object reflect.Value, method int) (reflect.Value, bool) {
	if !object.CanAddr() {
		copied := reflect.New(object.Type()).Elem()
		copied.Set(object)
		object = copied
	}
	out := object.Addr().Method(method).Call(nil)
	if len(out) == 1 {
		return out[0], true
	}
	if out[1].Kind() == reflect.Bool {
		return out[0], out[1].Bool()
	}
	return out[0], out[1].IsNil()
}

// bindEmbedded binds to a field of the only embedded struct that has it.
func bindEmbedded(t reflect.Type, name string) (found *binding) {
	if t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		if f := t.Field(i); !f.Anonymous || f.Type.Kind() == reflect.Interface { // promotes methods
			continue
		}
		bound := bind(t.Field(i).Type, name)
		switch {
		case bound == nil:
			continue
		case found != nil:
			return nil // it is ambiguous
		}
		found = &binding{typ: bound.typ, get: within(i, bound.get)}
	}
	return found
}

// within reads a value from an embedded struct.
func within(embedded int, get func(reflect.Value) (reflect.Value, bool)) func(reflect.Value) (reflect.Value, bool) {
	if get == nil {
		return nil
	}
	return func(object reflect.Value) (reflect.Value, bool) {
		inner := object.Field(embedded)
		if inner.Kind() == reflect.Pointer {
			if inner.IsNil() {
				return inner, false
			}
			inner = inner.Elem()
		}
		return get(inner)
	}
}
