package auth

import (
	"maps"
	"slices"
	"sync"
	"time"

	"gatehouse/auth/token"
)

// A Change invalidates claims in access tokens already issued. The database keeps
// it for as long as such a token may live, and every replica hears of it.
type Change struct {
	Seq int64     // of two changes to the same thing, the later one has the higher
	At  time.Time // by the database's clock

	Session    string // this session has ended; with a Generation,
	Generation int    // only its tokens of lower generations are invalid

	User  string // this account has these Roles now
	Roles []string

	Role   string // this role grants these Scopes now,
	Scopes []string
	Gone   bool // or was deleted

	Keys bool // the signing keys have changed
}

// changeMargin is how much longer than a token's life a change is remembered. A
// replica that has not heard of the change may sign a token a moment later, on a
// machine whose clock is a little off.
const changeMargin = time.Minute

// A RevocationCache is what a replica knows beyond a token's claims: the sessions
// that ended and the accounts and roles that changed within the life of a token.
// Claims are a cache of the database, and this is what invalidates it. It is safe
// for concurrent use.
type RevocationCache struct {
	named []string // the scopes that the schema names
	ttl   time.Duration
	now   func() time.Time

	mu       sync.RWMutex
	grants   map[string]grant // by role
	scopes   []string         // all of them, sorted
	sessions map[string]revocation
	users    map[string]assignment
	swept    time.Time
}

// A grant is what a role grants.
type grant struct {
	scopes []string
	gone   bool // kept, granting nothing, so that an older change does not revive the role
	seq    int64
}

// A revocation invalidates the earlier tokens of a session: all of them, or those
// of lower generations.
type revocation struct {
	ended      bool
	generation int
	at         time.Time
}

// An assignment is the roles that an account has now.
type assignment struct {
	roles []string
	seq   int64
	at    time.Time
}

// NewRevocationCache returns a cache that knows the scopes that the schema names, and
// no roles until Load. ttl is how long access tokens live.
func NewRevocationCache(named []string, ttl time.Duration, now func() time.Time) *RevocationCache {
	return &RevocationCache{
		named: named, ttl: ttl, now: now,
		grants: map[string]grant{}, sessions: map[string]revocation{}, users: map[string]assignment{},
	}
}

// Load sets the scopes that each role grants, and applies the changes of the last
// token life.
func (r *RevocationCache) Load(grants map[string][]string, changes []Change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	loaded := make(map[string]grant, len(grants))
	for role, scopes := range grants {
		loaded[role] = grant{scopes: scopes, seq: r.grants[role].seq}
	}
	r.grants = loaded
	for _, c := range changes {
		r.apply(c)
	}
	r.collectScopes()
}

// Apply applies one change. One that is known, or older than what is known, does
// nothing.
func (r *RevocationCache) Apply(c Change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.apply(c)
	if c.Role != "" {
		r.collectScopes()
	}
	r.sweep()
}

func (r *RevocationCache) apply(c Change) {
	switch {
	case c.Session != "":
		v := r.sessions[c.Session]
		v.ended = v.ended || c.Generation == 0
		v.generation = max(v.generation, c.Generation)
		if c.At.After(v.at) {
			v.at = c.At
		}
		r.sessions[c.Session] = v
	case c.User != "" && c.Seq >= r.users[c.User].seq:
		r.users[c.User] = assignment{roles: c.Roles, seq: c.Seq, at: c.At}
	case c.Role != "" && c.Seq >= r.grants[c.Role].seq:
		r.grants[c.Role] = grant{scopes: c.Scopes, gone: c.Gone, seq: c.Seq}
	}
}

// collectScopes finds all scopes: those the schema names and those a role grants.
func (r *RevocationCache) collectScopes() {
	all := slices.Clone(r.named)
	for _, g := range r.grants {
		all = append(all, g.scopes...)
	}
	slices.Sort(all)
	r.scopes = slices.Compact(all)
}

// sweep forgets what no living token can contradict, at most once a minute.
func (r *RevocationCache) sweep() {
	now := r.now()
	if now.Sub(r.swept) < changeMargin {
		return
	}
	r.swept = now
	horizon := now.Add(-r.ttl - changeMargin)
	maps.DeleteFunc(r.sessions, func(_ string, v revocation) bool { return v.at.Before(horizon) })
	maps.DeleteFunc(r.users, func(_ string, a assignment) bool { return a.at.Before(horizon) })
}

// Grant returns the scopes that the roles grant now, within the limit if there is
// one; sorted.
func (r *RevocationCache) Grant(roles []string, limit *Limit) []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.grant(roles, limit)
}

func (r *RevocationCache) grant(roles []string, limit *Limit) []string {
	return granted(roles, limit, r.scopes, func(role string) []string { return r.grants[role].scopes })
}

// Principal returns the caller that the claims stand for, with its present roles
// and scopes. It returns [ErrSessionEnded] if the session has ended, or if the
// token is of an earlier generation.
func (r *RevocationCache) Principal(c *token.Claims) (*Principal, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if v, ok := r.sessions[c.SessionID]; ok && (v.ended || c.Private.Generation < v.generation) {
		return nil, ErrSessionEnded
	}
	return r.holder(c), nil
}

// Holder implements authority.
func (r *RevocationCache) Holder(c *token.Claims) *Principal {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.holder(c)
}

func (r *RevocationCache) holder(c *token.Claims) *Principal {
	roles := c.Roles
	if c.Private.Limited {
		roles = c.Private.Roles
	}
	if a, ok := r.users[c.Subject]; ok {
		roles = a.roles
	}
	return principal(c, roles, r.grant)
}

// HasRole reports whether the role exists.
func (r *RevocationCache) HasRole(name string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	g, ok := r.grants[name]
	return ok && !g.gone
}
