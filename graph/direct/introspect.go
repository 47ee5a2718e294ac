package direct

import (
	"context"
	"io"

	"github.com/99designs/gqlgen/graphql"
)

// Introspect is the root middleware of an operation that gqlgen executes. It
// answers fields of introspection, for which gqlgen takes four times as long, and
// of which an answer has thousands. Their plans are not kept.
func (o *Operation) Introspect(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	field, oc := graphql.GetRootFieldContext(ctx).Field, graphql.GetOperationContext(ctx)
	if field.Name != "__schema" && field.Name != "__type" {
		return next(ctx)
	}
	c := o.compilation(oc.Variables, 0)
	root := c.schema.Query.Name
	n, ok := c.node(root, c.types[root], field, 0, false)
	if !ok {
		return next(ctx)
	}
	w := &writer{oc: oc, execution: o.compiler.executable.Execution(oc), ctx: ctx}
	switch {
	case w.resolve(&n, nil):
		return graphql.WriterFunc(func(to io.Writer) { _, _ = to.Write(w.buf) })
	case n.nonNull:
		return graphql.RequiredNull
	}
	return graphql.Null
}
