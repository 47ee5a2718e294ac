package guard

import (
	"context"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"

	"gatehouse/auth/policy"
)

// A slot holds the decision that applies to a field. Below a field that
// authenticates it starts empty, so that nothing guarded is allowed until the
// login succeeds.
type slot struct {
	decision atomic.Pointer[policy.Decision]
}

type slotKey struct{}

// WithDecision returns a context in which a decision applies.
func WithDecision(ctx context.Context, d *policy.Decision) context.Context {
	s := &slot{}
	s.decision.Store(d)
	return context.WithValue(ctx, slotKey{}, s)
}

// DecisionFrom returns the decision that applies in a context, or nil if the
// operation was not decided on.
func DecisionFrom(ctx context.Context) *policy.Decision {
	if s, ok := ctx.Value(slotKey{}).(*slot); ok {
		return s.decision.Load()
	}
	return nil
}

// Below returns a context for the fields below one that authenticates. No
// decision applies there until decide is called.
func Below(ctx context.Context) (below context.Context, decide func(*policy.Decision)) {
	s := &slot{}
	return context.WithValue(ctx, slotKey{}, s), s.decision.Store
}

// Check returns the refusal of the field that a context is about to resolve, or
// nil if its caller may reach it. It is the check that each field passes.
func Check(ctx context.Context, p *policy.Policy) *policy.Refusal {
	return check(p, DecisionFrom(ctx), graphql.GetFieldContext(ctx))
}

func check(p *policy.Policy, d *policy.Decision, field *graphql.FieldContext) *policy.Refusal {
	var object any
	if field.Parent != nil {
		object = field.Parent.Result
	}
	return p.Check(d, field.Field.Field, field.Object, object)
}
