package auth

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"gatehouse/auth/policy"
)

// A Principal is the caller of a request, according to its credential and to what
// its roles are now.
type Principal struct {
	ID        string
	Roles     []string // empty in a session limited to scopes
	Scopes    []string
	SessionID *string   // nil without one, as with an API key
	ClientID  *string   // the client that acts for the account or for itself; nil without one, as in a person's own session
	KeyID     string    // the API key, which like a limited session has no roles; "" for none
	AuthTime  time.Time // when the person last proved who they are; zero with an API key and for a program
	AMR       []string  // how (RFC 8176); empty with an API key, for a program, and if its token doesn't say
	Factors   int       // with how many factors; 0 with an API key and for a program
	// Generation is that of the session when the access token was issued.
	Generation int
	ExpiresAt  time.Time
	// Delegated is set for what acts for the account, such as an API key: the schema
	// says where it counts as the account (@delegable), and it has no roles.
	Delegated bool

	admin    bool          // the account has the role admin, whatever its session is limited to
	operator bool          // the command line, to which ranks don't apply
	state    *SessionState // what the database said, if this replica did not hear of changes; else nil
}

// Subject returns what rules may ask about the caller at the time of the request; nil for a nil
// Principal.
func (p *Principal) Subject(now time.Time) *policy.Subject {
	if p == nil {
		return nil
	}
	program := p.KeyID != "" || p.ClientID != nil && !p.Delegated
	return &policy.Subject{
		ID: p.ID, Roles: p.Roles, Scopes: p.Scopes, Delegated: p.Delegated, Key: program,
		AuthTime: p.AuthTime, Factors: p.Factors, Now: now,
	}
}

// AuthenticatedAt returns when the person last proved who they are; nil with an API key and
// for a program.
func (p *Principal) AuthenticatedAt() *time.Time {
	if p.AuthTime.IsZero() {
		return nil
	}
	return &p.AuthTime
}

// IsPerson reports whether the caller is a person in a session of their own, and not
// something that acts for them.
func (p *Principal) IsPerson() bool {
	return p.SessionID != nil && p.KeyID == "" && p.ClientID == nil && !p.Delegated
}

// Recent is for how long after a person proved who they are nothing else has to prove it: what
// the schema's @fresh says of the fields that take a password instead.
const Recent = 10 * time.Minute

// recent returns [ErrStepUp] unless the caller has proved lately who they are. The schema has
// refused that already; this keeps a mistake there from doing harm.
func (p *Principal) recent(now time.Time) error {
	if p.AuthTime.IsZero() || now.Sub(p.AuthTime) > Recent {
		return ErrStepUp
	}
	return nil
}

// Administers reports whether the caller is an administrator, or the command line.
func (p *Principal) Administers() bool { return p.operator || slices.Contains(p.Roles, RoleAdmin) }

// Covers reports whether the caller has all of the scopes.
func (p *Principal) Covers(scopes []string) bool {
	return p.operator || !slices.ContainsFunc(scopes, func(s string) bool { return !slices.Contains(p.Scopes, s) })
}

type callerKey struct{}

// A slot holds a request's principal. It is replaced once, when a field that
// authenticates succeeds.
type slot struct{ principal atomic.Pointer[Principal] }

// WithCaller returns a context whose caller is p.
func WithCaller(ctx context.Context, p *Principal) context.Context {
	s := &slot{}
	s.principal.Store(p)
	return context.WithValue(ctx, callerKey{}, s)
}

// SetCaller makes p the caller of the context that WithCaller returned last, and
// of those derived from it.
func SetCaller(ctx context.Context, p *Principal) {
	if s, ok := ctx.Value(callerKey{}).(*slot); ok {
		s.principal.Store(p)
	}
}

// WithOperator returns a context whose caller is the command line, to which ranks
// don't apply.
func WithOperator(ctx context.Context) context.Context {
	return WithCaller(ctx, &Principal{operator: true})
}

// Caller returns the caller, or nil for an anonymous one.
func Caller(ctx context.Context) *Principal {
	if s, ok := ctx.Value(callerKey{}).(*slot); ok {
		return s.principal.Load()
	}
	return nil
}

// caller returns the caller, or [ErrNoCredential] for an anonymous one. The schema
// has refused that already; this keeps a mistake there from doing harm.
func caller(ctx context.Context) (*Principal, error) {
	if p := Caller(ctx); p != nil {
		return p, nil
	}
	return nil, ErrNoCredential
}
