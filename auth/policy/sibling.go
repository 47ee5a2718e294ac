package policy

import (
	"encoding"
	"reflect"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/vektah/gqlparser/v2/ast"
)

// A sibling reads a field of an object type that an orSelf names.
type sibling struct {
	rule  string        // the coordinate of a rule that compares it
	at    *ast.Position // of that rule
	field string
	value Value // from Config.Sibling; if nil, reflection reads the Go object

	// readers has a reader for each Go type seen. There are as few as the
	// program binds to the object type. The list is replaced, never changed, so
	// reading needs no lock.
	readers atomic.Pointer[[]*reader]
}

// A reader reads one field of the objects of one Go type.
type reader struct {
	typ  reflect.Type
	read func(object reflect.Value) (string, bool) // nil if the type has no such plain field
}

// read returns the value of the field, or false if the object doesn't have it.
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

// maxIndirections limits the pointers and interfaces between the executor's
// value and the object. A pointer to an item of a list of interfaces has three.
const maxIndirections = 4

// reader returns the reader for a Go type. It makes it on first use.
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
	s.readers.CompareAndSwap(old, &grown) // after a lost race it is made again
	return made
}

// plainReader returns a function that reads a plain field as text, or nil if
// the type has no such field. A method with arguments is not plain, nor is a
// value that is neither text nor a whole number.
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

// textReader returns a function that formats a value of a type as gqlgen does
// for an ID or a String, or nil if the type alone doesn't determine that: a
// type with a MarshalGQL may write anything.
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
