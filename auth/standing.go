package auth

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gatehouse/auth/token"
)

// A Standing is what the database says, at one moment, of a session, its account, and what roles grant.
type Standing struct {
	Ended      bool // or there is no such session, or its account is disabled
	Generation int
	Roles      []string
	Grants     map[string][]string // by role

	named []string // the scopes that the schema names
}

// StandingStore asks the database how a session stands.
type StandingStore interface {
	Standing(ctx context.Context, sessionID, userID string) (*Standing, error)
}

// Callers finds out whom claims stand for: from memory while this replica hears of changes, which costs nothing; else, for each request, from
// the database.
type Callers struct {
	Live    *Live
	Hearing func() bool
	Store   StandingStore
}

// standingLimit is how long a deaf replica waits for the database.
const standingLimit = 3 * time.Second

// knowledge is what claims are compared with.
type knowledge interface {
	// Grant returns the scopes that the roles grant now, cut down to the limit where there is one; sorted.
	Grant(roles []string, limit *Limit) []string
	// Principal returns the caller that the claims stand for. ErrSessionEnded.
	Principal(c *token.Claims) (*Principal, error)
}

// of returns what is known now of a session. ErrUnavailable.
func (c *Callers) of(ctx context.Context, sessionID, userID string) (knowledge, error) {
	if c.Hearing() {
		return c.Live, nil
	}
	s, err := c.ask(ctx, sessionID, userID)
	if err != nil {
		return nil, err
	}
	s.named = c.Live.named
	return s, nil
}

// ask asks the database. It does not wait for one that is silent, which the driver would do beyond the end of ctx.
func (c *Callers) ask(ctx context.Context, sessionID, userID string) (*Standing, error) {
	type answer struct {
		standing *Standing
		err      error
	}
	ctx, cancel := context.WithTimeout(ctx, standingLimit)
	came := make(chan answer, 1)
	go func() {
		defer cancel()
		s, err := c.Store.Standing(ctx, sessionID, userID)
		came <- answer{s, err}
	}()
	select {
	case a := <-came:
		return a.standing, a.err
	case <-ctx.Done():
		select {
		case a := <-came: // it came first, and ended ctx
			return a.standing, a.err
		default:
			return nil, fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
		}
	}
}

// Principal returns the caller that the claims stand for. ErrSessionEnded; ErrUnavailable if that can't be found out.
func (c *Callers) Principal(ctx context.Context, claims *token.Claims) (*Principal, error) {
	known, err := c.of(ctx, claims.SessionID, claims.Subject)
	if err != nil {
		return nil, err
	}
	return known.Principal(claims)
}

// Grant is knowledge's.
func (s *Standing) Grant(roles []string, limit *Limit) []string {
	all := slices.Clone(s.named)
	for _, scopes := range s.Grants {
		all = append(all, scopes...)
	}
	return granted(roles, limit, set(all), func(role string) []string { return s.Grants[role] })
}

// Principal is knowledge's.
func (s *Standing) Principal(c *token.Claims) (*Principal, error) {
	if s.Ended || c.Private.Generation < s.Generation {
		return nil, ErrSessionEnded
	}
	p := principal(c, s.Roles, s.Grant)
	p.standing = s
	return p, nil
}

// granted returns the scopes that the roles grant, cut down to the limit where there is one; sorted. all are those there are.
func granted(roles []string, limit *Limit, all []string, of func(role string) []string) []string {
	var scopes []string
	if slices.Contains(roles, RoleAdmin) {
		scopes = slices.Clone(all)
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

// principal returns the caller of claims whose account has the roles.
func principal(c *token.Claims, roles []string, grant func([]string, *Limit) []string) *Principal {
	limit := limitOf(c)
	p := &Principal{ID: c.Subject, Roles: roles, Scopes: grant(roles, limit), SessionID: &c.SessionID, ExpiresAt: c.ExpiresAt}
	if limit != nil || roles == nil {
		p.Roles = []string{}
	}
	return p
}

// limitOf returns the limit of the session that the claims belong to, nil for none.
func limitOf(c *token.Claims) *Limit {
	if !c.Private.Limited {
		return nil
	}
	return &Limit{Scopes: c.Private.Limit}
}
