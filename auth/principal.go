package auth

import (
	"context"
	"slices"
	"sync/atomic"
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

	operator bool      // the command line, which stands above ranks
	standing *Standing // what the database said of the caller, where this replica did not hear of changes; else nil
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

// A seat holds the caller of a context. Who sits in it changes once, below a field that authenticates.
type seat struct{ atomic.Pointer[Principal] }

// WithCaller returns a context whose caller is p.
func WithCaller(ctx context.Context, p *Principal) context.Context {
	s := &seat{}
	s.Store(p)
	return context.WithValue(ctx, callerKey{}, s)
}

// Become makes p the caller of the context that WithCaller returned last, and of those made from it.
func Become(ctx context.Context, p *Principal) {
	if s, ok := ctx.Value(callerKey{}).(*seat); ok {
		s.Store(p)
	}
}

// WithOperator returns a context whose caller is the person at the command line, who is exempt from ranks.
func WithOperator(ctx context.Context) context.Context {
	return WithCaller(ctx, &Principal{operator: true})
}

// Caller returns who asks, or nil for nobody.
func Caller(ctx context.Context) *Principal {
	if s, ok := ctx.Value(callerKey{}).(*seat); ok {
		return s.Load()
	}
	return nil
}

// caller is Caller for what only somebody may do. The schema has seen to that already; this keeps a mistake there from doing harm.
func caller(ctx context.Context) (*Principal, error) {
	if p := Caller(ctx); p != nil {
		return p, nil
	}
	return nil, ErrNoCredential
}
