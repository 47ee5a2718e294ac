package policy

import (
	"encoding"
	"reflect"
	"slices"
	"strconv"
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
	made := &reader{typ: t, read: plainReader(t, s.field)}
	grown := append(slices.Clip(known), made)
	s.readers.CompareAndSwap(old, &grown) // if another was added at the same time, this one is made again
	return made
}

// plainReader returns a function that reads a plain field as text, or nil if a type has nothing of the name, or nothing
// plain: a method that takes arguments, or a value that is neither text nor a whole number.
func plainReader(t reflect.Type, name string) func(reflect.Value) (string, bool) {
	bound := bind(t, name)
	if bound == nil || bound.get == nil {
		return nil
	}
	text := textReader(bound.typ)
	if text == nil {
		return nil
	}
	return func(object reflect.Value) (string, bool) {
		value, ok := bound.get(object)
		if !ok {
			return "", false
		}
		return text(value)
	}
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
