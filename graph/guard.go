package graph

import (
	"context"
	"reflect"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"

	"gatehouse/auth"
	"gatehouse/auth/policy"
)

// A slot holds the decision that applies to a field. Below a login field there
// is a slot of its own. It starts empty, so nothing is allowed until the login
// succeeds.
type slot struct {
	decision atomic.Pointer[policy.Decision]
}

type slotKey struct{}

// withDecision returns a context in which the decision applies.
func withDecision(ctx context.Context, d *policy.Decision) context.Context {
	s := &slot{}
	s.decision.Store(d)
	return context.WithValue(ctx, slotKey{}, s)
}

// decisionFrom returns the decision that applies, nil if there is none.
func decisionFrom(ctx context.Context) *policy.Decision {
	if s, ok := ctx.Value(slotKey{}).(*slot); ok {
		return s.decision.Load()
	}
	return nil
}

// guard is the one check that every field passes before it is resolved. It
// refuses a field that was refused, a guarded field without a decision, and a
// field that is resolved too often.
func (e *execution) guard(ctx context.Context, next graphql.Resolver) (any, error) {
	fc := graphql.GetFieldContext(ctx)
	var object any
	if fc.Parent != nil {
		object = item(fc.Parent.Result)
	}
	if r := e.view.policy.Check(decisionFrom(ctx), fc.Field.Field, fc.Object, object); r != nil {
		if e.handler.mode != ModeDryRun {
			return nil, r
		}
		e.dry.note(ctx, r)
	}
	rule := e.view.policy.Rule(fc.Field.Definition)
	switch {
	case rule == nil:
		return next(ctx)
	case rule.Authenticates:
		return e.authenticate(ctx, fc, rule, next)
	}
	if err := e.count(ctx, fc, rule); err != nil {
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
	if err := e.count(ctx, fc, rule); err != nil {
		e.handler.observer.attempted(fc.Field.Name, err)
		return nil, err
	}
	below := &slot{}
	ctx = auth.WithCaller(context.WithValue(ctx, slotKey{}, below), auth.Caller(ctx))
	result, err := next(ctx)
	if login, ok := result.(authenticated); ok && err == nil {
		auth.Become(ctx, login.Principal())
		below.decision.Store(e.operation.Plan.DecideBelow(login.Principal().Subject(), e.variables))
	}
	e.handler.observer.attempted(fc.Field.Name, err)
	return result, err
}

// Sibling returns how to read a field that an orSelf names.
func Sibling(object, field string) policy.Value {
	if object == "User" && field == "id" {
		return userID
	}
	return nil
}

func userID(object any) (string, bool) {
	if u, ok := object.(*auth.User); ok {
		return u.ID, true
	}
	return "", false
}

// item returns the object itself if the executor has a pointer to its place in a
// list.
func item(object any) any {
	if place := reflect.ValueOf(object); place.Kind() == reflect.Pointer && !place.IsNil() {
		if kind := place.Elem().Kind(); kind == reflect.Pointer || kind == reflect.Interface {
			return place.Elem().Interface()
		}
	}
	return object
}
