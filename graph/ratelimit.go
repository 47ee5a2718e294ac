package graph

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth"
	"gatehouse/auth/policy"
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

// limited answers a request that was refused as a whole because its like came too often.
func (a *answer) limited() {
	longest := 0
	for _, err := range a.errors {
		seconds, _ := err.Extensions["retryAfter"].(int)
		longest = max(longest, seconds)
	}
	a.status = http.StatusTooManyRequests
	a.header = map[string]string{"Retry-After": strconv.Itoa(longest)}
}
