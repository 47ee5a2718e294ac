package auth

import (
	"context"
	"slices"
	"time"

	"gatehouse/auth/policy"
)

// A Principal is the caller of a request, as its credential says and as the roles are now.
type Principal struct {
	ID        string
	Roles     []string // none in a limited session
	Scopes    []string
	SessionID *string
	ExpiresAt time.Time

	operator bool // the command line, which stands above ranks
}

// Subject is what rules may ask of the caller; nil is nobody.
func (p *Principal) Subject() *policy.Subject {
	if p == nil {
		return nil
	}
	return &policy.Subject{ID: p.ID, Roles: p.Roles, Scopes: p.Scopes}
}

// covers reports whether the caller has every one of the scopes.
func (p *Principal) covers(scopes []string) bool {
	return p.operator || !slices.ContainsFunc(scopes, func(s string) bool { return !slices.Contains(p.Scopes, s) })
}

type callerKey struct{}

// WithCaller returns a context whose caller is p.
func WithCaller(ctx context.Context, p *Principal) context.Context {
	return context.WithValue(ctx, callerKey{}, p)
}

// WithOperator returns a context whose caller is the person at the command line, who is exempt from ranks.
func WithOperator(ctx context.Context) context.Context {
	return WithCaller(ctx, &Principal{operator: true})
}

// Caller returns who asks, or nil for nobody.
func Caller(ctx context.Context) *Principal {
	p, _ := ctx.Value(callerKey{}).(*Principal)
	return p
}

// caller is Caller for what only somebody may do. The schema has seen to that already; this keeps a mistake there from doing harm.
func caller(ctx context.Context) (*Principal, error) {
	if p := Caller(ctx); p != nil {
		return p, nil
	}
	return nil, ErrNoCredential
}
