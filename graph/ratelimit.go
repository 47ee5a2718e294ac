package graph

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth"
	"gatehouse/auth/policy"
	"gatehouse/graph/fault"
	"gatehouse/graph/uses"
)

// A Limiter counts how often fields with @rateLimit are resolved.
type Limiter interface {
	// Allow counts the uses, in their order, and returns 0. If there are too many of
	// one, it counts neither that one nor those after it, and returns how long to wait.
	Allow(ctx context.Context, uses ...policy.Use) (wait time.Duration, err error)
}

// count counts that a field is resolved. It returns an [*auth.LimitError] if that
// is too often.
func (e *execution) count(ctx context.Context, fc *graphql.FieldContext, rule *policy.Rule) error {
	if e.handler.limiter == nil {
		return nil
	}
	uses := e.uses(ctx, fc, rule)
	if len(uses) == 0 {
		return nil
	}
	wait, err := e.handler.limiter.Allow(ctx, uses...)
	if err != nil {
		return err
	}
	if wait > 0 {
		return &auth.LimitError{After: wait}
	}
	return nil
}

// uses returns what is counted when a field is resolved.
func (e *execution) uses(ctx context.Context, fc *graphql.FieldContext, rule *policy.Rule) []policy.Use {
	var all []policy.Use
	for _, limit := range rule.RateLimits {
		if limit.Of(fc.Object) {
			all = append(all, policy.Use{Limit: limit, Key: e.key(ctx, limit, fc.Field.Field)})
		}
	}
	return all
}

type usesKey struct{}

func withUses(ctx context.Context, uses []policy.Use) context.Context {
	return context.WithValue(ctx, usesKey{}, uses)
}

// usesOf returns the uses that the resolver has to count; none if they are counted.
func usesOf(ctx context.Context) []policy.Use {
	uses, _ := ctx.Value(usesKey{}).([]policy.Use)
	return uses
}

// key returns the key under which a use of a field is counted.
func (e *execution) key(ctx context.Context, limit *policy.RateLimit, field *ast.Field) string {
	return uses.Key(limit, auth.Caller(ctx), e.client, func() (string, bool) { return limit.Value(field, e.variables) })
}

// charge counts one use of a login field for a request that is too large, so
// that asking for a hundred logins at once is an attempt too. It counts by the
// client's network alone: nothing else of the request is known to be true.
func (h *Handler) charge(r *http.Request, text string, f *fault.Fault) {
	if f.Code() != fault.CodeOperationTooLarge {
		return
	}
	rule := h.views.whole.documents.SensitiveField(text)
	if rule == nil {
		return
	}
	h.observer.attempted(rule.Field(), f)
	for _, limit := range rule.RateLimits {
		if h.limiter != nil && slices.Equal(limit.By, []policy.RateKey{policy.ByIP}) {
			_, _ = h.limiter.Allow(r.Context(), policy.Use{Limit: limit, Key: uses.Network(clientOf(r))}) // the request is refused in any case
		}
	}
}
