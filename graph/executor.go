package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth/policy"
	"gatehouse/graph/direct"
	"gatehouse/graph/guard"
)

// An Executor executes operations.
type Executor string

// The executors. Their answers are the same.
const (
	ExecutorDirect Executor = "direct" // graph/direct, and gqlgen for what that does not know
	ExecutorGqlgen Executor = "gqlgen"
)

// compiler returns the compiler for a schema, nil if gqlgen executes all of its
// operations.
func (x Executor) compiler(schema graphql.ExecutableSchema, p *policy.Policy) *direct.Compiler {
	e, described := schema.(direct.Executable)
	if !described || x == ExecutorGqlgen {
		return nil
	}
	return direct.NewCompiler(e, func(field *ast.FieldDefinition) direct.Check {
		rule := p.Rule(field)
		switch {
		case rule == nil:
			return direct.Unguarded
		case rule.Authenticates || len(rule.RateLimits) > 0:
			return direct.Intercepted
		}
		return direct.Guarded
	})
}

// allowed reports whether the caller may read a plain field of an object.
func (e *execution) allowed(ctx context.Context, field *ast.Field, typename string, object any) bool {
	return e.view.policy.Check(guard.DecisionFrom(ctx), field, typename, object) == nil
}
