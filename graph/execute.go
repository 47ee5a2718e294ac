package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/auth"
	"gatehouse/graph/document"
	"gatehouse/graph/fault"
	"gatehouse/graph/guard"
)

// An execution is one operation on its way.
type execution struct {
	handler   *Handler
	view      *view
	operation *document.Operation
	variables map[string]any
	caller    *auth.Principal
	sender    auth.Sender
	requestID string

	dry dryRun
}

// A result is what an operation came to.
type result struct {
	data       json.RawMessage // nil: there is no member data
	errors     gqlerror.List
	extensions map[string]any
}

// run decides on the operation, and executes what of it is allowed. If one root field of a mutation is refused, none runs.
func (e *execution) run(ctx context.Context, name string) (r result) {
	decision := e.operation.Plan.Decide(e.caller.Subject(), e.variables)
	e.observe(decision)
	switch {
	case e.handler.mode == ModeDryRun:
	case e.operation.Operation == ast.Mutation && len(decision.Refused()) > 0:
		return result{data: json.RawMessage("null"), errors: guard.RefusedRoots(decision.Refused(), e.detailed())}
	case e.handler.mode == ModeReject && !decision.Clear():
		if rows := e.denied(); len(rows) > 0 {
			return e.rejectAll(rows)
		}
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
		op.ResolverMiddleware = pass
	}
	limited, end := withDeadline(auth.WithCaller(ctx, e.caller), e.handler.limits.Timeout)
	defer end()
	ctx = graphql.WithOperationContext(guard.WithDecision(limited, decision), op)
	ctx = graphql.WithResponseContext(ctx, e.present, e.recovered)
	defer func() { // the executor answers for fields; this is for all else
		if fault := recover(); fault != nil {
			r = result{data: json.RawMessage("null"), errors: gqlerror.List{e.handler.present(e.recovered(ctx, fault), false, e.requestID)}}
		}
	}()
	response := e.view.schema.Exec(ctx)(ctx)
	errs := append(response.Errors, graphql.GetErrors(ctx)...)
	guard.Sort(errs, op.Doc, op.Operation)
	return result{data: response.Data, errors: errs, extensions: e.report()}
}

// present gives an error of a resolver or of the guard its place in the answer.
func (e *execution) present(ctx context.Context, err error) *gqlerror.Error {
	var own *gqlerror.Error
	if errors.As(err, &own) && own.Err == nil && own.Extensions != nil {
		return own // of an operation given as an argument, in its place already
	}
	placed := graphql.DefaultErrorPresenter(ctx, err)
	var f *fault.Fault
	if errors.As(err, &f) {
		return add(ctx, f)
	}
	g := e.handler.present(err, e.detailed(), e.requestID)
	g.Path = placed.Path
	g.Locations = placed.Locations
	return g
}

// recovered turns a panic into an error that is logged, with the stack, and shown as INTERNAL.
func (e *execution) recovered(_ context.Context, fault any) error {
	e.handler.log.Error("panic", slog.String("request_id", e.requestID), slog.String("panic", fmt.Sprint(fault)),
		slog.String("stack", string(debug.Stack())))
	return errLogged
}
