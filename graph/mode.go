package graph

import (
	"context"
	"slices"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth"
	"gatehouse/auth/policy"
	"gatehouse/graph/guard"
)

// A Mode says what happens to an operation of which a part is refused.
type Mode string

// The values of the setting POLICY_MODE. In the first two, a mutation with a
// refused root field does not run.
const (
	ModePartial Mode = "partial" // a refused field is null, with an error
	ModeReject  Mode = "reject"  // a query does not run if a refusal is known beforehand
	ModeDryRun  Mode = "dry-run" // everything runs; extensions.authorization lists what would have been refused
)

// Details says who sees what a refused field requires, besides the code and the
// reason of the refusal.
type Details string

// The values of the setting POLICY_DETAILS.
const (
	DetailsAuthenticated Details = "authenticated" // callers who are logged in
	DetailsAll           Details = "all"
	DetailsNone          Details = "none"
)

// detailed reports whether the caller may see what a refused field requires.
func (e *execution) detailed(ctx context.Context) bool {
	switch e.handler.details {
	case DetailsAll:
		return true
	case DetailsNone:
		return false
	default:
		return auth.Caller(ctx) != nil
	}
}

// A dryRun collects what would have been refused.
type dryRun struct {
	mu      sync.Mutex
	refused []dryRefusal
}

// A dryRefusal is a refusal that was not enforced.
type dryRefusal struct {
	Path       ast.Path      `json:"path"`
	Coordinate string        `json:"coordinate"`
	Reason     policy.Reason `json:"reason"`
	Required   [][]string    `json:"required"`
	Missing    [][]string    `json:"missing"`
}

func (d *dryRun) note(ctx context.Context, r *policy.Refusal) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refused = append(d.refused, dryRefusal{
		Path: graphql.GetPath(ctx), Coordinate: r.Coordinate, Reason: r.Reason, Required: r.Required, Missing: r.Missing,
	})
}

// report returns what a dry run adds to the answer, nil if nothing would have
// been refused.
func (e *execution) report() map[string]any {
	refused := e.dry.refused
	if len(refused) == 0 {
		return nil
	}
	order := guard.NewOrder(e.operation.Document.AST, e.operation.OperationDefinition)
	slices.SortStableFunc(refused, func(a, b dryRefusal) int { return slices.Compare(order.Place(a.Path), order.Place(b.Path)) })
	limit := e.handler.limits.Errors
	report := map[string]any{"refused": refused[:min(len(refused), limit)]}
	if omitted := len(refused) - limit; omitted > 0 {
		report["omitted"] = omitted
	}
	return map[string]any{"authorization": report}
}
