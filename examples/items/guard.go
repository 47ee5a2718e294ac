package main

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/auth/policy"
)

// guard is an extension of gqlgen's server that enforces the directives of the schema: it decides on an operation before
// anything of it runs, and checks each field against the decision.
type guard struct{ policy *policy.Policy }

var _ interface {
	graphql.HandlerExtension
	graphql.OperationInterceptor
	graphql.FieldInterceptor
	graphql.ResponseInterceptor
} = guard{}

type decisionKey struct{}

// ExtensionName is what gqlgen calls the extension.
func (guard) ExtensionName() string { return "Guard" }

// Validate has nothing to add: that there is a policy means that the schema has no fault.
func (guard) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptOperation decides. A mutation of which one root field is refused does not run at all.
func (g guard) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	decision := g.policy.Plan(op.Doc, op.Operation).Decide(callerFrom(ctx), op.Variables)
	if refused := decision.Refused(); op.Operation.Operation == ast.Mutation && len(refused) > 0 {
		return graphql.OneShot(refuseAll(ctx, refused))
	}
	return next(context.WithValue(ctx, decisionKey{}, decision))
}

// InterceptField is the one check that every field passes. Without a decision a guarded field is refused.
func (g guard) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	field := graphql.GetFieldContext(ctx)
	decision, _ := ctx.Value(decisionKey{}).(*policy.Decision)
	var object any
	if field.Parent != nil {
		object = field.Parent.Result
	}
	if refusal := g.policy.Check(decision, field.Field.Field, field.Object, object); refusal != nil {
		return nil, refusal
	}
	return next(ctx)
}

// InterceptResponse makes the list of errors one to read.
func (guard) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	answer := next(ctx)
	if answer != nil {
		answer.Errors = shown(inOrder(answer.Errors))
	}
	return answer
}

// refuseAll answers a mutation with one error for each refused root field.
func refuseAll(ctx context.Context, refused []policy.Root) *graphql.Response {
	answer := &graphql.Response{Data: []byte("null")}
	for _, root := range refused {
		g := refusal(root.Err, callerFrom(ctx) != nil)
		g.Path = ast.Path{ast.PathName(root.Name)}
		g.Locations = []gqlerror.Location{{Line: root.Field.Position.Line, Column: root.Field.Position.Column}}
		answer.Errors = append(answer.Errors, g)
	}
	answer.Errors = shown(answer.Errors)
	return answer
}

// sibling returns the function that reads the field which an orSelf names.
func sibling(object, field string) policy.Value {
	if object == "Item" && field == "ownerId" {
		return ownerOf
	}
	return nil
}

// ownerOf reads the owner of an item, or of the place in a list where the executor has one.
func ownerOf(object any) (string, bool) {
	switch item := object.(type) {
	case *Item:
		return item.OwnerID, true
	case **Item:
		return (*item).OwnerID, true
	}
	return "", false
}
