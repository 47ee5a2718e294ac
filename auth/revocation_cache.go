package auth

import (
	"time"

	"gatehouse/auth/revocation"
	"gatehouse/auth/token"
)

// A RevocationCache turns claims into principals, by what this replica knows beyond them.
type RevocationCache struct {
	*revocation.Cache
	own []string // the scopes that open one's own, which need no grant
}

// NewRevocationCache returns a cache that knows the scopes that the schema names, those
// that open one's own, and no roles until Load. ttl is how long access tokens live.
func NewRevocationCache(named, own []string, ttl time.Duration, clock revocation.Clock) *RevocationCache {
	return &RevocationCache{revocation.New(named, ttl, clock), own}
}

// Own returns the scopes that open one's own: what acts for an account can have them
// without a role that grants them.
func (r *RevocationCache) Own() []string { return r.own }

// Grant returns the scopes that the roles grant now, within the limit if there is
// one; sorted.
func (r *RevocationCache) Grant(roles []string, limit *Limit) []string {
	return granted(roles, limit, r.Scopes, r.Granted)
}

// Principal returns the caller that the claims stand for, with its present roles
// and scopes. It returns [ErrSessionEnded] if the session has ended, or if the
// token is of an earlier generation.
func (r *RevocationCache) Principal(c *token.Claims) (*Principal, error) {
	if r.Ended(c.SessionID, c.Private.Generation) {
		return nil, ErrSessionEnded
	}
	return r.Holder(c), nil
}

// Holder implements authority.
func (r *RevocationCache) Holder(c *token.Claims) *Principal {
	roles := c.Roles
	if c.Private.Limited {
		roles = c.Private.Roles
	}
	return principal(c, r.Roles(c.Subject, roles), r.own, r.Grant)
}

func (r *RevocationCache) present(userID string, roles []string) []string {
	return r.Roles(userID, roles)
}
