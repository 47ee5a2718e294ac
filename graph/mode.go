package graph

import (
	"context"
	"encoding/json"
	"slices"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth/policy"
	"gatehouse/graph/guard"
)

// A Mode says what becomes of an operation of which a part is refused.
type Mode string

// The values of the setting POLICY_MODE. A mutation with a refused root field does not run in either of the first two.
const (
	ModePartial Mode = "partial" // what is refused is null, with an error
	ModeReject  Mode = "reject"  // a query is refused whole for what can be known beforehand
	ModeDryRun  Mode = "dry-run" // everything runs; what would have been refused stands in extensions.authorization
)

// Details says who sees what a refusal asks for, beside its code and reason.
type Details string

// The values of the setting POLICY_DETAILS.
const (
	DetailsAuthenticated Details = "authenticated" // callers that are logged in
	DetailsAll           Details = "all"
	DetailsNone          Details = "none"
)

// detailed reports whether the caller may see what a refusal asks for.
func (e *execution) detailed() bool {
	switch e.handler.details {
	case DetailsAll:
		return true
	case DetailsNone:
		return false
	default:
		return e.caller != nil
	}
}

// denied returns what of the operation is refused whatever its objects, as its paths would have it.
func (e *execution) denied() []policy.FieldDecision {
	variables := e.variables
	if variables == nil {
		variables = map[string]any{}
	}
	rows, _ := e.operation.Plan.Explain(e.caller.Subject(), variables)
	return slices.DeleteFunc(rows, func(row policy.FieldDecision) bool { return row.Verdict != policy.Deny })
}

// rejectAll answers a query of which a part is refused, where that refuses all of it.
func (e *execution) rejectAll(rows []policy.FieldDecision) result {
	r := result{data: json.RawMessage("null")}
	for _, row := range rows {
		refusal := &policy.Refusal{
			Coordinate: row.Coordinate, Reason: *row.Reason, Required: row.Required, Missing: row.Missing,
		}
		g := e.handler.present(refusal, e.detailed(), e.requestID)
		for _, name := range row.Path {
			g.Path = append(g.Path, ast.PathName(name))
		}
		r.errors = append(r.errors, g)
	}
	return r
}

// A dryRun collects what would have been refused.
type dryRun struct {
	mu      sync.Mutex
	refused []wouldRefuse
}

// wouldRefuse is one refusal that did not happen.
type wouldRefuse struct {
	Path       ast.Path      `json:"path"`
	Coordinate string        `json:"coordinate"`
	Reason     policy.Reason `json:"reason"`
	Required   [][]string    `json:"required"`
	Missing    [][]string    `json:"missing"`
}

func (d *dryRun) note(ctx context.Context, r *policy.Refusal) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refused = append(d.refused, wouldRefuse{
		Path: graphql.GetPath(ctx), Coordinate: r.Coordinate, Reason: r.Reason, Required: r.Required, Missing: r.Missing,
	})
}

// report is what a dry run adds to the answer, nil for nothing.
func (e *execution) report() map[string]any {
	refused := e.dry.refused
	if len(refused) == 0 {
		return nil
	}
	order := guard.NewOrder(e.operation.Document.AST, e.operation.OperationDefinition)
	slices.SortStableFunc(refused, func(a, b wouldRefuse) int { return slices.Compare(order.Place(a.Path), order.Place(b.Path)) })
	report := map[string]any{"refused": refused[:min(len(refused), e.handler.limits.Errors)]}
	if omitted := len(refused) - e.handler.limits.Errors; omitted > 0 {
		report["omitted"] = omitted
	}
	return map[string]any{"authorization": report}
}
