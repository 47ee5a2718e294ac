package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/auth"
	"gatehouse/auth/policy"
	"gatehouse/graph/document"
	"gatehouse/graph/fault"
)

// coordinatesLimit is how many coordinates one may ask about at once.
const coordinatesLimit = 100

// access answers what somebody may do, by the views that decide what they may.
type access struct{ views *views }

// A whom says about whom somebody asks.
type whom func(ctx context.Context) (*policy.Subject, error)

// self is the caller themselves.
func self(ctx context.Context) (*policy.Subject, error) { return auth.Caller(ctx).Subject(), nil }

// as is somebody else: anybody with the role, or the account.
func (r *Resolver) as(role, userID *string) whom {
	return func(ctx context.Context) (*policy.Subject, error) { return r.Accounts.SubjectAs(ctx, role, userID) }
}

// explain says what would become of an operation, without running it.
func (a *access) explain(ctx context.Context, of whom, text string, name *string, variables map[string]any) ([]*policy.FieldDecision, error) {
	subject, err := of(ctx)
	if err != nil {
		return nil, err
	}
	v, err := a.views.of(auth.Caller(ctx))
	if err != nil {
		return nil, err
	}
	op, err := v.named(text, name)
	if err != nil {
		return nil, err
	}
	if variables, err = known(v, op, variables); err != nil {
		return nil, err
	}
	rows, whole := op.Plan.Explain(subject, variables)
	if !whole {
		return nil, fault.Invalid(fault.TooLarge("explanation", policy.ExplainedRows, 0))
	}
	pointers := make([]*policy.FieldDecision, len(rows))
	for i := range rows {
		pointers[i] = &rows[i]
	}
	return pointers, nil
}

// known returns the values of variables as the operation's types have them; nil stays nil, for values that are not known.
func known(v *view, op *document.Operation, variables map[string]any) (map[string]any, error) {
	if variables == nil {
		return nil, nil
	}
	values, g := v.documents.Coerce(op, variables)
	if g != nil {
		return nil, fault.Invalid(g)
	}
	if values == nil {
		values = map[string]any{}
	}
	return values, nil
}

// named returns the valid operation of the text.
func (v *view) named(text string, name *string) (*document.Operation, error) {
	doc, f := v.documents.Parse(text)
	if f != nil {
		return nil, f
	}
	if name == nil {
		name = new(string)
	}
	op := doc.Operation(*name)
	if op == nil {
		return nil, fault.Invalid(noOperation())
	}
	if errs := v.documents.Validate(doc); len(errs) > 0 {
		return nil, invalid(errs)
	}
	return op, nil
}

// can reports for each coordinate whether the caller may reach it, whoever's it is.
func (a *access) can(caller *auth.Principal, coordinates []string) ([]bool, error) {
	if len(coordinates) > coordinatesLimit {
		return nil, &auth.InputError{Field: "coordinates", Message: "Ask about 100 coordinates at most."}
	}
	v, err := a.views.of(caller)
	if err != nil {
		return nil, err
	}
	subject := caller.Subject()
	answers := make([]bool, len(coordinates))
	for i, coordinate := range coordinates {
		may, known := v.policy.Can(subject, coordinate)
		if !known {
			return nil, &auth.InputError{Field: "coordinates", Message: "The schema has no such coordinate. One looks like User.email or Mutation.updateUser(id:)."}
		}
		answers[i] = may
	}
	return answers, nil
}

// add puts the errors of an operation that was given as an argument into the answer, but for the last, which it returns. What they belong to
// is said by their path; their locations are in that operation.
func add(ctx context.Context, f *fault.Fault) *gqlerror.Error {
	last := len(f.Errors) - 1
	for _, err := range f.Errors {
		err.Path = graphql.GetPath(ctx)
	}
	for _, err := range f.Errors[:last] {
		graphql.AddError(ctx, err)
	}
	return f.Errors[last]
}
