package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/auth"
	"gatehouse/auth/client"
	"gatehouse/auth/policy"
	"gatehouse/graph/deadline"
	"gatehouse/graph/document"
	"gatehouse/graph/fault"
	"gatehouse/graph/guard"
	"gatehouse/graph/transport"
)

// An execution is one run of an operation. Its caller is that of the context.
type execution struct {
	handler   *Handler
	view      *view
	operation *document.Operation
	variables map[string]any
	client    client.Client
	loggedIn  *auth.Principal // by the operation; nil: none was

	dry dryRun
}

// null is the data of an operation that did not run.
var null = json.RawMessage("null")

// run decides on the operation and executes what is allowed of it.
func (e *execution) run(ctx context.Context, name string) (r transport.Result) {
	decision := e.operation.Plan.Decide(auth.Caller(ctx).Subject(e.handler.tokenTime()), e.variables)
	e.handler.observer.decided(decision)
	if refused := e.refusedWhole(ctx, decision); len(refused) > 0 {
		return transport.Result{Data: null, Errors: refused}
	}
	op := &graphql.OperationContext{
		RawQuery:               e.operation.Document.Text,
		Variables:              e.variables,
		OperationName:          name,
		Doc:                    e.operation.Document.AST,
		Operation:              e.operation.OperationDefinition,
		RecoverFunc:            e.recovered,
		ResolverMiddleware:     e.guard,
		RootResolverMiddleware: func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler { return next(ctx) },
	}
	if decision.Clear() {
		op.ResolverMiddleware = unguarded
	}
	if e.operation.Operation == ast.Mutation {
		op.ResolverMiddleware = e.recorded(op.ResolverMiddleware)
	}
	limited, end := deadline.With(ctx, e.handler.limits.Timeout)
	defer end()
	ctx = graphql.WithOperationContext(guard.WithDecision(limited, decision), op)
	ctx = graphql.WithResponseContext(ctx, e.present, e.recovered)
	defer func() { // the executor recovers panics of resolvers, this one all others
		if p := recover(); p != nil {
			r = transport.Result{Data: null, Errors: gqlerror.List{e.handler.present(ctx, e.recovered(ctx, p), false)}}
		}
	}()
	data, errs := e.execute(ctx, op, decision)
	errs = append(errs, graphql.GetErrors(ctx)...)
	guard.Sort(errs, op.Doc, op.Operation)
	return transport.Result{Data: data, Errors: errs, Extensions: e.report()}
}

// execute has the operation executed directly, or by gqlgen.
func (e *execution) execute(ctx context.Context, op *graphql.OperationContext, d *policy.Decision) (json.RawMessage, gqlerror.List) {
	if e.operation.Direct != nil {
		allowed := e.allowed
		if d.Clear() {
			allowed = nil
		}
		if data, ok := e.operation.Direct.Execute(ctx, op, allowed); ok {
			return data, nil
		}
		op.RootResolverMiddleware = e.operation.Direct.Introspect
	}
	response := e.view.schema.Exec(ctx)(ctx)
	return response.Data, response.Errors
}

// refusedWhole returns the refusals for which nothing of the operation runs: of
// root fields of a mutation, and in ModeReject of any field, if they don't depend
// on its object.
func (e *execution) refusedWhole(ctx context.Context, d *policy.Decision) (errs gqlerror.List) {
	switch {
	case e.handler.mode == ModeDryRun:
	case e.operation.Operation == ast.Mutation && len(d.Refused()) > 0:
		for _, root := range d.Refused() {
			e.refused(ctx, root.Field, root.Err)
		}
		return guard.RefusedRoots(d.Refused(), e.detailed(ctx))
	case e.handler.mode == ModeReject && !d.Clear():
		for _, row := range e.denied(ctx) {
			g := guard.Refused(row.Refusal(), e.detailed(ctx))
			for _, name := range row.Path {
				g.Path = append(g.Path, ast.PathName(name))
			}
			errs = append(errs, g)
		}
	}
	return errs
}

// denied returns what is refused of the operation, whatever its objects are.
func (e *execution) denied(ctx context.Context) []policy.FieldDecision {
	variables := e.variables
	if variables == nil {
		variables = map[string]any{} // nil would mean that they are not known
	}
	rows, _ := e.operation.Plan.Explain(auth.Caller(ctx).Subject(e.handler.tokenTime()), variables)
	return slices.DeleteFunc(rows, func(row policy.FieldDecision) bool { return row.Refusal() == nil })
}

// present returns what a client sees of the error of a field.
func (e *execution) present(ctx context.Context, err error) *gqlerror.Error {
	var own *gqlerror.Error
	if errors.As(err, &own) && own.Err == nil && own.Extensions != nil {
		return own // see presentFault
	}
	placed := graphql.DefaultErrorPresenter(ctx, err)
	var f *fault.Fault
	if errors.As(err, &f) {
		return presentFault(ctx, f)
	}
	g := e.handler.present(ctx, err, e.detailed(ctx))
	g.Path, g.Locations = placed.Path, placed.Locations
	if name, ok := g.Extensions["field"].(string); ok {
		g.Extensions["field"] = argumentPath(e.view.schema.Schema(), graphql.GetFieldContext(ctx), name)
	}
	return g
}

// presentFault puts the errors of an operation that was given as an argument
// into the answer, but the last, which it returns. Their paths lead to the field;
// their locations are in that operation.
func presentFault(ctx context.Context, f *fault.Fault) *gqlerror.Error {
	for _, err := range f.Errors {
		err.Path = graphql.GetPath(ctx)
	}
	last := len(f.Errors) - 1
	for _, err := range f.Errors[:last] {
		graphql.AddError(ctx, err)
	}
	return f.Errors[last]
}

// recovered logs a panic with its stack. It returns the error that stands for it.
func (e *execution) recovered(ctx context.Context, p any) error {
	e.handler.log.ErrorContext(ctx, "panic", slog.String("request_id", requestID(ctx)), slog.String("panic", fmt.Sprint(p)),
		slog.String("stack", string(debug.Stack())))
	return errLogged
}
