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
	"gatehouse/auth/client"
	"gatehouse/auth/email"
	"gatehouse/auth/policy"
	"gatehouse/graph/fault"
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
	var uses []policy.Use
	for _, limit := range rule.RateLimits {
		if limit.Of(fc.Object) {
			uses = append(uses, policy.Use{Limit: limit, Key: e.key(ctx, limit, fc.Field.Field)})
		}
	}
	return uses
}

// loginCoordinate is the field whose resolver counts its uses in the same call as the
// password attempt. With Redis this saves every login a round trip.
const loginCoordinate = "Mutation.login"

// LoginUses returns what the schema limits of a login to the account with the email, by
// whichever door it comes.
func LoginUses(p *policy.Policy) func(ctx context.Context, email string) []policy.Use {
	limits := slices.DeleteFunc(p.RateLimits(), func(l *policy.RateLimit) bool { return l.Coordinate != loginCoordinate })
	return func(ctx context.Context, email string) []policy.Use {
		uses := make([]policy.Use, len(limits))
		for i, limit := range limits {
			parts := make([]string, len(limit.By))
			for j, by := range limit.By {
				parts[j] = networkKey(client.Of(ctx))
				if by == policy.ByArgument {
					parts[j] = argumentKey(email)
				}
			}
			uses[i] = policy.Use{Limit: limit, Key: strings.Join(parts, "\x00")}
		}
		return uses
	}
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

// key returns the key under which a use of a field is counted. Without a caller
// or without the argument, the client's network takes their place.
func (e *execution) key(ctx context.Context, limit *policy.RateLimit, field *ast.Field) string {
	parts := make([]string, len(limit.By))
	for i, by := range limit.By {
		parts[i] = networkKey(e.client)
		switch by {
		case policy.ByIP:
		case policy.ByUser, policy.ByKey:
			if p := auth.Caller(ctx); p != nil {
				parts[i] = callerKey(p, by)
			}
		case policy.ByArgument:
			if value, ok := limit.Value(field, e.variables); ok {
				parts[i] = argumentKey(value)
			}
		}
	}
	return strings.Join(parts, "\x00")
}

// callerKey returns the key of a caller, by the account or by the API key.
func callerKey(p *auth.Principal, by policy.RateKey) string {
	if by == policy.ByKey && p.KeyID != "" {
		return "API key " + p.KeyID
	}
	return "caller " + p.ID
}

// networkKey returns the key of a client by its network.
func networkKey(c client.Client) string { return "address " + c.Prefix64() }

// argumentKey returns the key of the value of an argument.
func argumentKey(value string) string { return "argument " + normal(value) }

// normal returns the form that values with the same meaning share: that of an
// email address if the value is one.
func normal(value string) string {
	if address, err := email.Parse(value); err == nil {
		return address.Canonical
	}
	return email.Fold(value)
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
			_, _ = h.limiter.Allow(r.Context(), policy.Use{Limit: limit, Key: networkKey(clientOf(r))}) // the request is refused in any case
		}
	}
}
