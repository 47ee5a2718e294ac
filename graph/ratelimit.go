package graph

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth"
	"gatehouse/auth/policy"
	"gatehouse/graph/fault"
)

// A Limiter counts how often the fields with a @rateLimit are resolved.
type Limiter interface {
	// Allow counts one use, told apart from others by the key, and returns 0; or it returns how long to wait, and counts nothing.
	Allow(ctx context.Context, limit *policy.RateLimit, key string) (wait time.Duration, err error)
}

// count counts that a field is resolved. A *auth.LimitError says that it is too often.
func (e *execution) count(ctx context.Context, fc *graphql.FieldContext, rule *policy.Rule) error {
	if e.handler.limiter == nil {
		return nil
	}
	for _, limit := range rule.RateLimits {
		if !limit.Of(fc.Object) {
			continue
		}
		wait, err := e.handler.limiter.Allow(ctx, limit, e.key(ctx, limit, fc.Field.Field))
		if err != nil {
			return err
		}
		if wait > 0 {
			return &auth.LimitError{After: wait}
		}
	}
	return nil
}

// key tells apart whose uses of a field are counted together. Where there is no caller or no argument, it is the address that counts.
func (e *execution) key(ctx context.Context, limit *policy.RateLimit, field *ast.Field) string {
	parts := make([]string, len(limit.By))
	for i, by := range limit.By {
		parts[i] = "address " + e.sender.Network()
		switch by {
		case policy.ByIP:
		case policy.ByUser:
			if p := auth.Caller(ctx); p != nil {
				parts[i] = "caller " + p.ID
			}
		case policy.ByArgument:
			if value, ok := limit.Value(field, e.variables); ok {
				parts[i] = "argument " + meaning(value)
			}
		}
	}
	return strings.Join(parts, "\x00")
}

// meaning is the form of a value in which others that mean the same are the same: that of an e-mail address, where it is one.
func meaning(value string) string {
	if address, err := auth.ParseEmail("", value); err == nil {
		return address.Key
	}
	return auth.Fold(value)
}

// charge counts one use of a sensitive field for a request that was refused because it is too large, so that to ask for a hundred logins at
// once is an attempt as well. It counts for the address alone: what else the request says of itself was not looked at.
func (h *Handler) charge(r *http.Request, text string, f *fault.Fault) {
	if f.Code() != fault.CodeOperationTooLarge {
		return
	}
	rule := h.views.whole.documents.SensitiveField(text)
	if rule == nil {
		return
	}
	e := &execution{handler: h, sender: sender(r)}
	e.attempted(rule.Field(), f)
	for _, limit := range rule.RateLimits {
		if h.limiter != nil && slices.Equal(limit.By, []policy.RateKey{policy.ByIP}) {
			_, _ = h.limiter.Allow(r.Context(), limit, e.key(r.Context(), limit, nil)) // it is refused already
		}
	}
}
