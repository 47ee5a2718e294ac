package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"gatehouse/auth"
	"gatehouse/auth/policy"
	"gatehouse/graph/guard"
)

// guard is the one check that every field passes before it is resolved. It
// refuses a field that was refused, a guarded field of an operation that was
// not decided on, and one that is resolved too often.
func (e *execution) guard(ctx context.Context, next graphql.Resolver) (any, error) {
	if r := guard.Check(ctx, e.view.policy); r != nil {
		if e.handler.mode != ModeDryRun {
			return nil, r
		}
		e.dry.note(ctx, r)
	}
	fc := graphql.GetFieldContext(ctx)
	rule := e.view.policy.Rule(fc.Field.Definition)
	if rule == nil {
		return next(ctx)
	}
	if rule.Authenticates {
		return e.authenticate(ctx, fc, rule, next)
	}
	if err := e.count(ctx, fc, rule); err != nil {
		return nil, err
	}
	return next(ctx)
}

// authenticated is the result of a field that logs its caller in.
type authenticated interface{ Principal() *auth.Principal }

// authenticate resolves a field that logs its caller in. Below it the caller is
// the one who was authenticated, and the decision is made anew.
func (e *execution) authenticate(ctx context.Context, fc *graphql.FieldContext, rule *policy.Rule, next graphql.Resolver) (any, error) {
	if err := e.count(ctx, fc, rule); err != nil {
		e.attempted(fc.Field.Name, err)
		return nil, err
	}
	ctx, decide := guard.Below(ctx)
	ctx = auth.WithCaller(ctx, e.caller)
	result, err := next(ctx)
	if login, ok := result.(authenticated); ok && err == nil {
		auth.Become(ctx, login.Principal())
		decide(e.operation.Plan.DecideBelow(login.Principal().Subject(), e.variables))
	}
	e.attempted(fc.Field.Name, err)
	return result, err
}

// pass resolves a field of an operation of which nothing can be refused.
func pass(ctx context.Context, next graphql.Resolver) (any, error) { return next(ctx) }
