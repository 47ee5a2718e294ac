package policy

import (
	"encoding"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/vektah/gqlparser/v2/ast"
)

// A sibling reads the field of an object type that an orSelf names.
type sibling struct {
	rule  string        // coordinate of a rule that compares it
	at    *ast.Position // of that rule
	field string
	value Value // of Config.Sibling; nil reads the Go object by reflection

	// readers holds a reader for each Go type seen, as few as the program binds to the object type.
	// It is replaced, never changed, so that reading needs no lock.
	readers atomic.Pointer[[]*reader]
}

// A reader reads one field of the objects of one Go type.
type reader struct {
	typ  reflect.Type
	read func(object reflect.Value) (string, bool) // nil if the type has no such plain field
}

// read returns the value of the field, or false if the object does not have it.
func (s *sibling) read(object any) (string, bool) {
	if s.value != nil {
		return s.value(object)
	}
	v := reflect.ValueOf(object)
	for depth := 0; v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface; depth++ {
		if v.IsNil() || depth == maxIndirections {
			return "", false
		}
		v = v.Elem()
	}
	if !v.IsValid() {
		return "", false
	}
	if read := s.reader(v.Type()).read; read != nil {
		return read(v)
	}
	return "", false
}

// maxIndirections bounds the pointers and interfaces between what the executor holds and the object: an item of a list
// of interfaces, given as a pointer to its place, has three.
const maxIndirections = 4

// reader returns the reader for a Go type, which it makes once.
func (s *sibling) reader(t reflect.Type) *reader {
	old := s.readers.Load()
	var known []*reader
	if old != nil {
		known = *old
	}
	for _, r := range known {
		if r.typ == t {
			return r
		}
	}
	made := &reader{typ: t, read: plainField(t, s.field)}
	grown := append(slices.Clip(known), made)
	s.readers.CompareAndSwap(old, &grown) // if another was added at the same time, this one is made again
	return made
}

// plainField returns a function that reads what gqlgen binds a field of the schema to, or nil if a type has nothing of
// that name, or more than one, or something that is not plain: a method that takes arguments, or a value that is
// neither text nor a whole number.
//
// The rules are gqlgen's (codegen/field.go, findBindTarget): a method or field of the name, whatever its case, and else
// that of an embedded struct. Names that gqlgen.yml binds by fieldName or struct_tag are not seen here.
func plainField(t reflect.Type, name string) func(reflect.Value) (string, bool) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	fields, methods := fieldsNamed(t, name), methodsNamed(t, name)
	if len(fields) == 1 {
		methods = slices.DeleteFunc(methods, func(m reflect.Method) bool { return promoted(t, m.Name) })
	}
	switch {
	case len(fields) == 1 && len(methods) == 0:
		return fieldReader(fields[0])
	case len(fields) == 0 && len(methods) == 1:
		return methodReader(t, methods[0])
	case len(fields) == 0 && len(methods) == 0:
		return embeddedReader(t, name)
	}
	return nil
}

// fieldsNamed returns the exported fields of a struct type that a schema's field of the name is bound to.
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

// methodsNamed returns the methods of a type, or of pointers to it, that a schema's field of the name is bound to.
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

// sameName reports whether gqlgen takes a name in Go for that of a field: owner_id and ownerId are OwnerID in Go.
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

func fieldReader(f reflect.StructField) func(reflect.Value) (string, bool) {
	text := textReader(f.Type)
	if text == nil {
		return nil
	}
	at := f.Index[0]
	return func(object reflect.Value) (string, bool) { return text(object.Field(at)) }
}

// methodReader reads what a method returns that takes no arguments, with an error or a bool beside it, as gqlgen allows.
func methodReader(t reflect.Type, m reflect.Method) func(reflect.Value) (string, bool) {
	arguments := m.Type.NumIn()
	if t.Kind() != reflect.Interface {
		arguments-- // the receiver
	}
	results := m.Type.NumOut()
	if arguments != 0 || results == 0 || results > 2 {
		return nil
	}
	if results == 2 && m.Type.Out(1) != reflect.TypeFor[error]() && m.Type.Out(1) != reflect.TypeFor[bool]() {
		return nil
	}
	text := textReader(m.Type.Out(0))
	if text == nil {
		return nil
	}
	return func(object reflect.Value) (string, bool) {
		if !object.CanAddr() {
			copied := reflect.New(object.Type()).Elem()
			copied.Set(object)
			object = copied
		}
		out := object.Addr().Method(m.Index).Call(nil)
		if len(out) == 2 && (out[1].Kind() == reflect.Bool && !out[1].Bool() || out[1].Kind() == reflect.Interface && !out[1].IsNil()) {
			return "", false
		}
		return text(out[0])
	}
}

// embeddedReader reads a field of the one embedded struct that has it.
func embeddedReader(t reflect.Type, name string) (found func(reflect.Value) (string, bool)) {
	if t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		if f := t.Field(i); !f.Anonymous || f.Type.Kind() == reflect.Interface { // methods of an interface are promoted
			continue
		}
		read := plainField(t.Field(i).Type, name)
		switch {
		case read == nil:
			continue
		case found != nil:
			return nil // two of them have it
		}
		found = func(object reflect.Value) (string, bool) {
			embedded := object.Field(i)
			if embedded.Kind() == reflect.Pointer {
				if embedded.IsNil() {
					return "", false
				}
				embedded = embedded.Elem()
			}
			return read(embedded)
		}
	}
	return found
}

// textReader returns the function that gives a value of a type as gqlgen writes it for an ID or a String, or nil if
// that can't be told from the type: one that writes itself (MarshalGQL) may write anything.
func textReader(t reflect.Type) func(reflect.Value) (string, bool) {
	if t.Kind() == reflect.Pointer {
		text := textReader(t.Elem())
		if text == nil {
			return nil
		}
		return func(v reflect.Value) (string, bool) {
			if v.IsNil() {
				return "", false
			}
			return text(v.Elem())
		}
	}
	for _, writer := range []string{"MarshalGQL", "MarshalGQLContext"} {
		if _, ok := reflect.PointerTo(t).MethodByName(writer); ok {
			return nil
		}
	}
	switch t.Kind() {
	case reflect.String:
		return func(v reflect.Value) (string, bool) { return v.String(), true }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(v reflect.Value) (string, bool) { return strconv.FormatInt(v.Int(), 10), true }
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return func(v reflect.Value) (string, bool) { return strconv.FormatUint(v.Uint(), 10), true }
	}
	if t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) { // such as uuid.UUID
		return func(v reflect.Value) (string, bool) {
			text, err := v.Interface().(encoding.TextMarshaler).MarshalText()
			return string(text), err == nil
		}
	}
	return nil
}

// CheckModels makes sure that each field that an orSelf compares can be read from the Go objects. models are the Go
// types of the schema's object types, as far as they are known; of another type, a field that can't be read is found
// out when it is compared, and refuses. The error is a Findings.
func (p *Policy) CheckModels(models map[string]reflect.Type) error {
	var faults Findings
	for coordinate, s := range p.siblings {
		object, _, _ := strings.Cut(coordinate, ".")
		t := models[object]
		if t == nil || s.value != nil || plainField(t, s.field) != nil {
			continue
		}
		faults = append(faults, found(s.rule, s.at,
			"orSelf: nothing can read %s, which is not a plain field of %s: bind it to one, or set Config.Sibling", coordinate, t))
	}
	if len(faults) == 0 {
		return nil
	}
	slices.SortFunc(faults, byPlace)
	return faults
}
