package graph

import (
	"context"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/policy"
	"gatehouse/graph/document"
	"gatehouse/graph/fault"
)

// coordinatesLimit bounds the coordinates in one question.
const coordinatesLimit = 100

// access answers questions about what callers may do.
type access struct {
	views *views
	now   func() time.Time
}

// A subjectFunc returns the subject that a question is about.
type subjectFunc func(ctx context.Context) (*policy.Subject, error)

// callerSubject returns the caller.
func (a *access) callerSubject(ctx context.Context) (*policy.Subject, error) {
	return auth.Caller(ctx).Subject(a.now()), nil
}

// impersonated returns a function for another subject: any user with the role,
// or the user with the ID.
func (r *Resolver) impersonated(role, userID *string) subjectFunc {
	return func(ctx context.Context) (*policy.Subject, error) { return r.Accounts.SubjectAs(ctx, role, userID) }
}

// explain returns what would become of an operation, without running it.
func (a *access) explain(ctx context.Context, of subjectFunc, text string, name *string, variables map[string]any) ([]*policy.FieldDecision, error) {
	subject, err := of(ctx)
	if err != nil {
		return nil, err
	}
	v, err := a.views.of(auth.Caller(ctx))
	if err != nil {
		return nil, err
	}
	op, values, f := v.prepare(text, name, variables)
	if f != nil {
		return nil, f
	}
	rows, whole := op.Plan.Explain(subject, values)
	if !whole {
		return nil, fault.Invalid(fault.TooLarge("explanation", policy.ExplainedRows, 0))
	}
	pointers := make([]*policy.FieldDecision, len(rows))
	for i := range rows {
		pointers[i] = &rows[i]
	}
	return pointers, nil
}

// prepare returns a valid operation and its variables. nil stays nil: it stands
// for variables that are not known.
func (v *view) prepare(text string, name *string, variables map[string]any) (*document.Operation, map[string]any, *fault.Fault) {
	if name == nil {
		name = new(string)
	}
	op, f := v.documents.Find(text, *name)
	if f != nil {
		return nil, nil, f
	}
	if f := v.documents.Validate(op.Document); f != nil {
		return nil, nil, f
	}
	if variables == nil {
		return op, nil, nil
	}
	values, f := v.documents.Coerce(op, variables)
	if f == nil && values == nil {
		values = map[string]any{}
	}
	return op, values, f
}

// can reports for each coordinate whether the caller may reach it on any object.
func (a *access) can(caller *auth.Principal, coordinates []string) ([]bool, error) {
	if len(coordinates) > coordinatesLimit {
		return nil, &auth.InputError{Field: "coordinates", Message: "Ask about 100 coordinates at most."}
	}
	v, err := a.views.of(caller)
	if err != nil {
		return nil, err
	}
	subject := caller.Subject(a.now())
	answers := make([]bool, len(coordinates))
	for i, coordinate := range coordinates {
		allowed, known := v.policy.Can(subject, coordinate)
		if !known {
			return nil, &auth.InputError{
				Field: "coordinates", Message: "Unknown coordinate. Write it like User.email or Mutation.updateUser(id:).",
			}
		}
		answers[i] = allowed
	}
	return answers, nil
}

// scopes returns the scopes of the schema: if introspection is filtered, those
// that the caller may pass on.
func (a *access) scopes(caller *auth.Principal) ([]*policy.Scope, error) {
	v, err := a.views.of(caller)
	if err != nil {
		return nil, err
	}
	subject := caller.Subject(a.now())
	all := []*policy.Scope{}
	for i := range v.scopes {
		if a.views.filtered == nil || subject.MayPassOn(&v.scopes[i]) {
			all = append(all, &v.scopes[i])
		}
	}
	return all, nil
}
