package direct

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
)

// A writer writes the answer of one operation, or of one of its root fields.
type writer struct {
	oc        *graphql.OperationContext
	execution any
	allowed   Allowed
	buf       []byte

	// ctx is that of the innermost field that passed the middleware, places are
	// the plain fields and list items below it.
	ctx    context.Context
	places []place
}

// A place is a plain field, or an item of a list.
type place struct {
	node  *node // nil: an item
	index int
	value any
}

var null = []byte("null")

// Write makes a writer an [io.Writer] for values that write themselves.
func (w *writer) Write(p []byte) (int, error) {
	w.buf = append(w.buf, p...)
	return len(p), nil
}

// write writes an object. It is not valid, and must become null, if a field
// that can't be null is.
func (w *writer) write(o *object, value any) (valid bool) {
	valid = true
	for i := 0; i < len(o.nodes); i++ {
		if i = w.leaves(o, value, i); i == len(o.nodes) {
			break
		}
		if n := &o.nodes[i]; !w.field(n, value) && n.nonNull {
			valid = false
		}
	}
	if len(o.nodes) == 0 {
		w.buf = append(w.buf, '{')
	}
	w.buf = append(w.buf, '}')
	return valid
}

// leaves writes plain leaves from one on. It returns the first that is not such
// a leaf, is null and must not be, may be refused, or panics: nothing is written
// of that one.
func (w *writer) leaves(o *object, value any, from int) (at int) {
	at = from
	defer func() { _ = recover() }() // the field is then resolved, and panics again where that is handled
	for ; at < len(o.nodes); at++ {
		n := &o.nodes[at]
		if n.def == nil {
			w.buf = append(w.buf, n.key...)
			continue
		}
		if n.def.Append == nil || !w.may(n, value) {
			return at
		}
		written, ok := n.def.Append(append(w.buf, n.key...), value)
		switch {
		case ok:
			w.buf = written
		case n.nonNull:
			return at
		default:
			w.buf = append(append(w.buf, n.key...), null...)
		}
	}
	return at
}

// may reports whether a plain field may be written without the middleware.
func (w *writer) may(n *node, value any) bool {
	switch n.check {
	case Unguarded:
		return true
	case Guarded:
		return w.allowed == nil || w.allowed(w.ctx, n.field.Field, n.object, value)
	}
	return false
}

// field writes a field with its name. It reports whether the value is not null.
func (w *writer) field(n *node, value any) (found bool) {
	w.buf = append(w.buf, n.key...)
	if n.def == nil {
		return true
	}
	start := len(w.buf)
	switch {
	case n.def.Resolve == nil:
		found = w.root(n)
	case n.def.Value != nil && w.may(n, value):
		found = w.plain(n, value)
	default:
		found = w.resolve(n, value)
	}
	if !found {
		w.buf = append(w.buf[:start], null...)
	}
	return found
}

// plain writes a plain field that has fields or is a list of such.
func (w *writer) plain(n *node, object any) (found bool) {
	depth := len(w.places)
	w.places = append(w.places, place{node: n})
	defer func() {
		if p := recover(); p != nil {
			w.places = w.places[:depth+1]
			ctx := w.context()
			w.oc.Error(ctx, w.oc.Recover(ctx, p))
			found = false
		}
		w.places = w.places[:depth]
	}()
	value := n.def.Value(object)
	if value == nil {
		if n.nonNull {
			missing(w.context(), errNull)
		}
		return false
	}
	w.places[depth].value = value
	return w.value(n, value)
}

// resolve writes a field that passes the middleware.
func (w *writer) resolve(n *node, object any) (found bool) {
	outer, places := w.ctx, w.places
	fc := &graphql.FieldContext{Object: n.object, Field: n.field, IsMethod: n.def.Method || n.def.Resolver, IsResolver: n.def.Resolver}
	ctx := graphql.WithFieldContext(w.context(), fc)
	defer func() {
		if p := recover(); p != nil {
			w.oc.Error(ctx, w.oc.Recover(ctx, p))
			found = false
		}
		w.ctx, w.places = outer, places
	}()
	if n.def.Args != nil {
		var err error
		if fc.Args, err = n.def.Args(ctx, w.execution, n.field.ArgumentMap(w.oc.Variables)); err != nil {
			w.oc.Error(ctx, err)
			return false
		}
	}
	value, err := w.oc.ResolverMiddleware(ctx, func(inner context.Context) (any, error) {
		ctx = inner // what the middleware put there is for the fields below, too
		return n.def.Resolve(ctx, w.execution, object)
	})
	switch {
	case err != nil:
		w.oc.Error(ctx, graphql.AddFieldLocationToError(ctx, err))
		return false
	case value == nil:
		if n.nonNull {
			missing(ctx, errNull)
		}
		return false
	}
	fc.Result = value
	w.ctx, w.places = ctx, nil
	return w.value(n, value)
}

// root writes a field that leads to a root type. It has no resolver and is not
// checked; the fields below it are.
func (w *writer) root(n *node) (found bool) {
	outer, places := w.ctx, w.places
	fc := &graphql.FieldContext{Object: n.object, Field: n.field, IsMethod: n.def.Method, IsResolver: n.def.Resolver}
	ctx := graphql.WithFieldContext(w.context(), fc)
	defer func() { w.ctx, w.places = outer, places }()
	w.ctx, w.places = graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: n.only.name}), nil
	return w.write(n.only, nil)
}

// context returns the context of the innermost place.
func (w *writer) context() context.Context {
	ctx := w.ctx
	for _, p := range w.places {
		fc := &graphql.FieldContext{Result: p.value}
		if p.node == nil {
			fc.Index = &p.index
		} else {
			fc.Object, fc.Field, fc.IsMethod = p.node.object, p.node.field, p.node.def.Method
		}
		ctx = graphql.WithFieldContext(ctx, fc)
	}
	return ctx
}
