package graph

import (
	"context"
	"reflect"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"

	"gatehouse/auth"
	"gatehouse/auth/policy"
)

// A cell holds the decision that stands where a field is resolved. Below a field that authenticates there is a new one, which is empty, so
// that nothing is let through, until that field has said whom it authenticated.
type cell struct {
	decision atomic.Pointer[policy.Decision]
}

type cellKey struct{}

func decided(d *policy.Decision) *cell {
	c := &cell{}
	c.decision.Store(d)
	return c
}

// decisionAt returns the decision that stands here, nil for none.
func decisionAt(ctx context.Context) *policy.Decision {
	if c, ok := ctx.Value(cellKey{}).(*cell); ok {
		return c.decision.Load()
	}
	return nil
}

// guard is the one check that every field passes before it is resolved: it refuses what was refused, a guarded field that nobody decided on, and
// what is resolved too often.
func (e *execution) guard(ctx context.Context, next graphql.Resolver) (any, error) {
	fc := graphql.GetFieldContext(ctx)
	var object any
	if fc.Parent != nil {
		object = item(fc.Parent.Result)
	}
	if r := e.view.policy.Check(decisionAt(ctx), fc.Field.Field, fc.Object, object); r != nil {
		if e.handler.mode != ModeDryRun {
			return nil, r
		}
		e.dry.note(ctx, r)
	}
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

// authenticated is the result of a field that logs somebody in.
type authenticated interface{ Principal() *auth.Principal }

// authenticate resolves a field that logs somebody in. Below it they are the caller, and the decision is made for them.
func (e *execution) authenticate(ctx context.Context, fc *graphql.FieldContext, rule *policy.Rule, next graphql.Resolver) (any, error) {
	if err := e.count(ctx, fc, rule); err != nil {
		e.attempted(fc.Field.Name, err)
		return nil, err
	}
	below := &cell{}
	ctx = auth.WithCaller(context.WithValue(ctx, cellKey{}, below), e.caller)
	result, err := next(ctx)
	if login, ok := result.(authenticated); ok && err == nil {
		auth.Become(ctx, login.Principal())
		below.decision.Store(e.operation.Plan.DecideBelow(login.Principal().Subject(), e.variables))
	}
	e.attempted(fc.Field.Name, err)
	return result, err
}

// pass resolves a field of an operation in which nothing can be refused.
func pass(ctx context.Context, next graphql.Resolver) (any, error) { return next(ctx) }

// Sibling reads the plain fields that an orSelf may name.
func Sibling(object, field string) policy.Value {
	if object == "User" && field == "id" {
		return userID
	}
	return nil
}

// userID reads the id of an account.
func userID(object any) (string, bool) {
	if u, ok := object.(*auth.User); ok {
		return u.ID, true
	}
	return "", false
}

// item returns the object itself where the executor has a pointer to its place in a list.
func item(object any) any {
	if place := reflect.ValueOf(object); place.Kind() == reflect.Pointer && !place.IsNil() {
		if kind := place.Elem().Kind(); kind == reflect.Pointer || kind == reflect.Interface {
			return place.Elem().Interface()
		}
	}
	return object
}
