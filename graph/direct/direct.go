// Package direct executes operations on a schema made with gqlgen, and gives
// the answers that gqlgen gives.
//
// It compiles an operation once: which fields it selects, what their names look
// like in the answer, and how each value is written. When the operation runs,
// plain fields are appended to the answer from their Go values. Fields with a
// resolver, with arguments or that may be refused pass the operation's
// middleware as they do in gqlgen, and so does every plain field that is refused,
// broken, or null where it must not be.
//
// What it does not know stays with gqlgen: @defer, lists of lists of objects, and
// resolvers below a list, which gqlgen runs at the same time.
// An operation is compiled or it is not; that doesn't depend on its answer. Of one
// that is not, [Operation.Introspect] still writes the fields of introspection.
package direct

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
)

// An Executable is a schema that gqlgen made executable and of which
// graph/direct/generate described the types.
type Executable interface {
	graphql.ExecutableSchema
	// Types returns the object types by name.
	Types() Types
	// Execution returns what the functions of a Field need for one operation.
	Execution(*graphql.OperationContext) any
}

// Types are the object types of a schema by name.
type Types map[string]*Type

// A Type is an object type.
type Type struct {
	Implements []string // its own name, and those of its interfaces and unions
	Fields     map[string]*Field
}

// A Field is a field of an object type, and how it is read from the Go value of
// an object. The functions may panic.
type Field struct {
	// Append appends the JSON of a plain leaf. It reports false for null. It is
	// nil for other fields.
	Append func(b []byte, object any) ([]byte, bool)
	// Value returns the value of a plain field of an object type or a list of
	// those. It is nil for other fields.
	Value func(object any) any

	// Args coerces arguments. It is nil without arguments.
	Args func(ctx context.Context, execution any, raw map[string]any) (map[string]any, error)
	// Resolve returns the value of any field. Its arguments are those of the
	// field context. It is nil if the field leads to a root type.
	Resolve func(ctx context.Context, execution, object any) (any, error)

	// One of these reads a value of the field's type.

	// Leaf returns the JSON of a scalar, an enum or a list of those.
	Leaf func(ctx context.Context, execution, value any) graphql.Marshaler
	// Object returns an object and the name of its type. The object is nil for
	// null; an interface that holds a nil pointer still has a name. An object
	// without a name is a [graphql.Marshaler].
	Object func(value any) (name string, object any)
	// Len returns the length of a list of objects, -1 for null.
	Len func(value any) int
	// At is Object for an item of a list.
	At func(value any, i int) (name string, object any)

	Method   bool // the Go value has a method for it
	Resolver bool // it has a resolver, which may wait
}

// Ref returns a pointer as an object, nil for a nil pointer.
func Ref[T any](name string, object *T) (string, any) {
	if object == nil {
		return name, nil
	}
	return name, object
}

// Len returns the length of a slice, -1 for a nil slice.
func Len[T any](items []T) int {
	if items == nil {
		return -1
	}
	return len(items)
}
