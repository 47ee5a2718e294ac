package auth

import (
	"context"
	"slices"
	"time"

	"gatehouse/auth/factor"
	"gatehouse/auth/token"
)

// A SessionState is what the database says, at one moment, about a session, its
// account, and what roles grant.
type SessionState struct {
	Ended      bool // or the session does not exist, or its account is disabled
	Generation int
	Roles      []string
	Limit      *Limit              // nil for none
	Grants     map[string][]string // scopes by role

	named []string // the scopes that the schema names
	own   []string // the scopes that open one's own, which need no grant
}

// SessionStateStore reads the state of a session.
type SessionStateStore interface {
	SessionState(ctx context.Context, sessionID, userID string) (*SessionState, error)
}

// Callers turns claims into principals: from memory while this replica hears of
// changes, which costs nothing, otherwise from the database for each request.
type Callers struct {
	Revocations *RevocationCache
	InSync      func() bool // whether this replica hears of changes
	Store       SessionStateStore
	Rule        factor.Rule // who has to have a second factor
}

// stateTimeout is how long a replica that is not in sync waits for the database.
const stateTimeout = 3 * time.Second

// An authority is what claims are compared with.
type authority interface {
	// Grant returns the scopes that the roles grant now, within the limit if there
	// is one; sorted.
	Grant(roles []string, limit *Limit) []string
	// Principal returns the caller that the claims stand for, or [ErrSessionEnded].
	Principal(c *token.Claims) (*Principal, error)
	// Holder returns the caller of claims that are being issued, also if their
	// session has just ended.
	Holder(c *token.Claims) *Principal
	// present returns the roles that the account has now, if it had those a moment ago.
	present(userID string, roles []string) []string
}

// resolve returns what is known now about a session. It returns [ErrUnavailable]
// if the database does not answer.
func (c *Callers) resolve(ctx context.Context, sessionID, userID string) (authority, error) {
	if c.InSync() {
		return c.Revocations, nil
	}
	return c.state(ctx, sessionID, userID)
}

// read asks the database. It does not wait longer than ctx, as the driver would if
// the database is silent.
func (c *Callers) read(ctx context.Context, sessionID, userID string) (*SessionState, error) {
	type answer struct {
		state *SessionState
		err   error
	}
	ctx, cancel := context.WithTimeout(ctx, stateTimeout)
	answers := make(chan answer, 1)
	go func() {
		defer cancel()
		s, err := c.Store.SessionState(ctx, sessionID, userID)
		answers <- answer{s, err}
	}()
	select {
	case a := <-answers:
		return a.state, a.err
	case <-ctx.Done():
		select {
		case a := <-answers: // it came first, and ended ctx
			return a.state, a.err
		default:
			return nil, Unavailable(TimedOut, ctx.Err())
		}
	}
}

// state returns what the database says about a session. It returns
// [ErrUnavailable] if the database does not answer.
func (c *Callers) state(ctx context.Context, sessionID, userID string) (*SessionState, error) {
	s, err := c.read(ctx, sessionID, userID)
	if err != nil {
		return nil, err
	}
	s.named, s.own = c.Revocations.Named(), c.Revocations.own
	return s, nil
}

// Principal returns the caller that the claims stand for. One who has to have a second factor,
// and logged in without it, has no roles and no scopes. Partial claims are completed from the
// database. Principal returns [ErrSessionEnded], and [ErrUnavailable] if the database does not
// answer.
func (c *Callers) Principal(ctx context.Context, claims *token.Claims) (*Principal, error) {
	p, err := c.principal(ctx, claims)
	if err == nil && p.Factors == 1 && c.Rule.Demands(p.admin) {
		p.Roles, p.Scopes = []string{}, []string{}
	}
	return p, err
}

// confines reports whether tokens of the session have no roles and no scopes, because the account
// has to have a second factor, and the session was opened without it.
func (c *Callers) confines(s *Session, u *User) bool {
	return s.Kind != ServiceSession && FactorsOf(s.AMR) < 2 && c.Rule.Demands(u.IsAdmin())
}

func (c *Callers) principal(ctx context.Context, claims *token.Claims) (*Principal, error) {
	if claims.Private.Partial {
		state, err := c.state(ctx, claims.SessionID, claims.Subject)
		if err != nil {
			return nil, err
		}
		return state.Principal(state.complete(claims))
	}
	known, err := c.resolve(ctx, claims.SessionID, claims.Subject)
	if err != nil {
		return nil, err
	}
	return known.Principal(claims)
}

// complete returns partial claims with the session's limit. Nothing reads their
// roles, because the state has those.
func (s *SessionState) complete(partial *token.Claims) *token.Claims {
	c := *partial // all requests with the token share it
	if s.Limit != nil {
		c.Private.Limited, c.Private.Limit = true, s.Limit.Scopes
	}
	return &c
}

// Grant implements authority.
func (s *SessionState) Grant(roles []string, limit *Limit) []string {
	all := func() []string {
		all := slices.Clone(s.named)
		for _, scopes := range s.Grants {
			all = append(all, scopes...)
		}
		return set(all)
	}
	return granted(roles, limit, all, func(role string) []string { return s.Grants[role] })
}

// Principal implements authority.
func (s *SessionState) Principal(c *token.Claims) (*Principal, error) {
	if s.Ended || c.Private.Generation < s.Generation {
		return nil, ErrSessionEnded
	}
	return s.Holder(c), nil
}

// Holder implements authority.
func (s *SessionState) Holder(c *token.Claims) *Principal {
	p := principal(c, s.Roles, s.own, s.Grant)
	p.state = s
	return p
}

// granted returns the scopes that the roles grant, within the limit if there is
// one; sorted. all is what the role admin grants.
func granted(roles []string, limit *Limit, all func() []string, of func(role string) []string) []string {
	var scopes []string
	if slices.Contains(roles, RoleAdmin) {
		scopes = slices.Clone(all())
	} else {
		for _, role := range roles {
			scopes = append(scopes, of(role)...)
		}
		slices.Sort(scopes)
		scopes = slices.Compact(scopes)
	}
	if limit != nil {
		scopes = slices.DeleteFunc(scopes, func(s string) bool { return !slices.Contains(limit.Scopes, s) })
	}
	if scopes == nil {
		scopes = []string{}
	}
	return scopes
}

// principal returns the caller of claims whose account has the roles. own are the scopes that
// open one's own.
func principal(c *token.Claims, roles, own []string, grant func([]string, *Limit) []string) *Principal {
	limit, session := limitOf(c), c.SessionID // a copy: all requests with the token share c
	p := &Principal{ID: c.Subject, Roles: roles, Scopes: grant(roles, limit), SessionID: &session, AMR: c.AMR, ExpiresAt: c.ExpiresAt, Generation: c.Private.Generation}
	if !c.Private.Self {
		p.AuthTime, p.Factors, p.admin = c.AuthTime, FactorsOf(c.AMR), slices.Contains(roles, RoleAdmin)
	}
	if p.AMR == nil {
		p.AMR = []string{}
	}
	if limit != nil || roles == nil {
		p.Roles = []string{}
	}
	if c.ClientID != "" && c.ClientID != token.SessionClient {
		application := c.ClientID // declared here, so that other tokens cost no allocation
		p.ClientID, p.Delegated = &application, c.Delegated()
		p.Scopes = withOwn(p.Scopes, c.Private.Limit, own)
	}
	return p
}

// withOwn adds to scopes that roles grant those of the limit that open one's own; sorted.
func withOwn(scopes, limit, own []string) []string {
	for _, s := range limit {
		if slices.Contains(own, s) {
			scopes = append(scopes, s)
		}
	}
	return set(scopes)
}

// limitOf returns the limit of the claims' session, or nil.
func limitOf(c *token.Claims) *Limit {
	if !c.Private.Limited {
		return nil
	}
	return &Limit{Scopes: c.Private.Limit}
}
