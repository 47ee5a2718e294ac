package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"gatehouse/auth"
	"gatehouse/auth/policy"
	"gatehouse/graph/guard"
	"gatehouse/graph/uses"
)

// guard is the one check that every field passes before it is resolved. It
// refuses a field that was refused, a guarded field without a decision, and a
// field that is resolved too often.
func (e *execution) guard(ctx context.Context, next graphql.Resolver) (any, error) {
	if r := guard.Check(ctx, e.view.policy); r != nil {
		if e.handler.mode != ModeDryRun {
			return nil, r
		}
		e.dry.note(ctx, r)
	}
	fc := graphql.GetFieldContext(ctx)
	rule := e.view.policy.Rule(fc.Field.Definition)
	switch {
	case rule == nil:
		return next(ctx)
	case rule.Authenticates:
		return e.authenticate(ctx, fc, rule, next)
	}
	if err := e.count(ctx, fc, rule); err != nil {
		e.limited(ctx, fc, err)
		return nil, err
	}
	return next(ctx)
}

// unguarded resolves a field of an operation of which nothing can be refused.
func unguarded(ctx context.Context, next graphql.Resolver) (any, error) { return next(ctx) }

// authenticated is the result of a login field.
type authenticated interface{ Principal() *auth.Principal }

// authenticate resolves a login field. Below it the caller is the principal that
// logged in, and the decision is the one for that principal.
func (e *execution) authenticate(ctx context.Context, fc *graphql.FieldContext, rule *policy.Rule, next graphql.Resolver) (any, error) {
	if e.handler.loginCounts && rule.Coordinate == uses.LoginCoordinate { // counted with the attempt: with Redis this saves a round trip
		ctx = withUses(ctx, e.uses(ctx, fc, rule))
	} else if err := e.count(ctx, fc, rule); err != nil {
		e.handler.observer.attempted(fc.Field.Name, err)
		return nil, err
	}
	ctx, decide := guard.Below(ctx)
	ctx = auth.WithCaller(ctx, auth.Caller(ctx))
	result, err := next(ctx)
	if login, ok := result.(authenticated); ok && err == nil {
		auth.SetCaller(ctx, login.Principal())
		decide(e.operation.Plan.DecideBelow(login.Principal().Subject(e.handler.tokenTime()), e.variables))
	}
	e.handler.observer.attempted(fc.Field.Name, err)
	return result, err
}
