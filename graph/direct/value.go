package direct

import (
	"context"
	"errors"

	"github.com/99designs/gqlgen/graphql"
)

// The errors of gqlgen for a null where there can't be one.
var (
	errNull        = errors.New("must not be null")
	errNullElement = errors.New("the requested element is null which the schema does not allow")
)

// missing adds an error for a null, unless the field has one that says why.
func missing(ctx context.Context, err error) {
	if !graphql.HasFieldError(ctx, graphql.GetFieldContext(ctx)) {
		graphql.AddError(ctx, err)
	}
}

// value writes the value of a field. It reports whether it is not null.
func (w *writer) value(n *node, value any) (found bool) {
	switch {
	case n.def.Leaf != nil:
		return w.marshal(n.def.Leaf(w.ctx, w.execution, value))
	case n.def.Len != nil:
		return w.list(n, value)
	}
	name, object := n.def.Object(value)
	if object == nil {
		if n.nonNull && n.isNull(name) {
			missing(w.context(), errNullElement)
		}
		return false
	}
	return w.object(n, name, object)
}

func (w *writer) marshal(m graphql.Marshaler) bool {
	if m == graphql.Null {
		return false
	}
	m.MarshalGQL(w)
	return true
}

// object writes an object of a type that is known by name.
func (w *writer) object(n *node, name string, object any) bool {
	switch {
	case n.only != nil:
		return w.write(n.only, object)
	case name == "":
		return w.marshal(object.(graphql.Marshaler))
	}
	return w.write(n.below[name], object)
}

// list writes a list of objects.
func (w *writer) list(n *node, value any) (found bool) {
	length := n.def.Len(value)
	if length < 0 && !n.nonNull {
		return false
	}
	start := len(w.buf)
	found, broken := true, false
	w.buf = append(w.buf, '[')
	for i := range length {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		at := len(w.buf)
		there, panicked := w.item(n, value, i)
		if !there {
			w.buf = append(w.buf[:at], null...)
			found = found && !n.itemNonNull
		}
		broken = broken || panicked
	}
	if broken { // gqlgen answers an empty list then
		w.buf, found = w.buf[:start+1], true
	}
	w.buf = append(w.buf, ']')
	return found
}

// item writes an item of a list.
func (w *writer) item(n *node, value any, i int) (found, panicked bool) {
	depth := len(w.places)
	w.places = append(w.places, place{index: i})
	defer func() {
		if p := recover(); p != nil {
			w.places = w.places[:depth+1]
			ctx := w.context()
			graphql.AddError(ctx, graphql.Recover(ctx, p))
			found, panicked = false, true
		}
		w.places = w.places[:depth]
	}()
	name, object := n.def.At(value, i)
	w.places[depth].value = object
	if object == nil {
		if n.itemNonNull && n.isNull(name) {
			missing(w.context(), errNullElement)
		}
		return false, false
	}
	return w.object(n, name, object), false
}
