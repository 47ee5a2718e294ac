// Package guard enforces the directives of auth/policy in a server made with
// gqlgen.
//
// New returns an extension for gqlgen's handler. It decides on the whole of an
// operation before any of it runs, checks each field against that decision,
// and words the refusals. A service with an executor of its own calls what the
// extension is made of: WithDecision, Check, Refused, Sort and Truncate.
package guard

import (
	"context"
	"reflect"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth/policy"
)

// maxErrors is how many errors of a kind an answer lists unless MaxErrors says
// otherwise.
const maxErrors = 20

// An Extension enforces a policy in a gqlgen server. It is safe for concurrent
// use.
type Extension struct {
	policy    *policy.Policy
	subject   func(context.Context) *policy.Subject
	maxErrors int
	detailed  func(context.Context) bool
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationInterceptor
	graphql.FieldInterceptor
	graphql.ResponseInterceptor
} = (*Extension)(nil)

// An Option changes what New returns.
type Option func(*Extension)

// MaxErrors sets how many refusals, and how many other errors, one answer
// lists. One more error says how many it left out. The default is 20 of each.
func MaxErrors(n int) Option { return func(e *Extension) { e.maxErrors = n } }

// Details sets who is told what would lift a refusal: the rule's coordinate,
// what it requires, and what of that the caller lacks. The default is a caller
// that is known.
func Details(show func(context.Context) bool) Option {
	return func(e *Extension) { e.detailed = show }
}

// New returns an extension that enforces a policy, which must be compiled from
// the schema that the server executes. subject returns the caller of a request,
// or nil for an anonymous one.
//
// The extension decides when an operation begins: a subscription goes on with
// what its caller might do then.
//
// Use of the server panics with what [Extension.Validate] returns; call that
// first to handle it as an error.
func New(p *policy.Policy, subject func(context.Context) *policy.Subject, options ...Option) *Extension {
	e := &Extension{policy: p, subject: subject, maxErrors: maxErrors}
	e.detailed = func(ctx context.Context) bool { return subject(ctx) != nil }
	for _, option := range options {
		option(e)
	}
	return e
}

// ExtensionName is the name by which gqlgen knows the extension.
func (*Extension) ExtensionName() string { return "Guard" }

// InterceptOperation decides on an operation. A mutation or a subscription with
// a refused root field does not begin, and neither does an operation with two
// fields that are @sensitive.
func (e *Extension) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	if asked := e.policy.Sensitive(op.Doc, op.Operation); asked > 1 {
		return graphql.OneShot(refusal(tooSensitive(asked)))
	}
	plan := e.policy.Plan(op.Doc, op.Operation)
	decision := plan.Decide(e.subject(ctx), op.Variables)
	if refused := decision.Refused(); op.Operation.Operation != ast.Query && len(refused) > 0 {
		errs := RefusedRoots(refused, e.detailed(ctx))
		challenge(ctx, errs)
		return graphql.OneShot(refusal(Truncate(errs, e.maxErrors)...))
	}
	return next(WithDecision(context.WithValue(ctx, planKey{}, plan), decision))
}

type planKey struct{}

// InterceptField checks a field before it is resolved. A guarded field of an
// operation that was not decided on is refused.
func (e *Extension) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	decision := DecisionFrom(ctx)
	if decision.Clear() {
		return next(ctx)
	}
	field := graphql.GetFieldContext(ctx)
	if r := check(e.policy, decision, field); r != nil {
		return nil, Refused(r, e.detailed(ctx))
	}
	if rule := e.policy.Rule(field.Field.Definition); rule == nil || !rule.Authenticates {
		return next(ctx)
	}
	return e.authenticate(ctx, next)
}

// Authenticated is the result of a field that is @authenticates: it says who
// the caller of the fields below is.
type Authenticated interface{ Subject() *policy.Subject }

// authenticate resolves a field that logs its caller in, and decides anew for
// the fields below it.
func (e *Extension) authenticate(ctx context.Context, next graphql.Resolver) (any, error) {
	ctx, decide := Below(ctx)
	result, err := next(ctx)
	login, ok := result.(Authenticated)
	plan, planned := ctx.Value(planKey{}).(*policy.Plan)
	if err == nil && ok && planned && !isNil(login) {
		decide(plan.DecideBelow(login.Subject(), graphql.GetOperationContext(ctx).Variables))
	}
	return result, err
}

// isNil reports whether a result is a nil pointer.
func isNil(result any) bool {
	v := reflect.ValueOf(result)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// InterceptResponse sorts the errors of an answer and keeps the first of them.
func (e *Extension) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	answer := next(ctx)
	if answer == nil || len(answer.Errors) == 0 {
		return answer
	}
	challenge(ctx, answer.Errors)
	if graphql.HasOperationContext(ctx) { // not so for a request that is not GraphQL
		if op := graphql.GetOperationContext(ctx); op.Doc != nil && op.Operation != nil {
			Sort(answer.Errors, op.Doc, op.Operation)
		}
	}
	answer.Errors = Truncate(answer.Errors, e.maxErrors)
	return answer
}
