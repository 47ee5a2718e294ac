package auth

import (
	"maps"
	"slices"
	"sync"
	"time"

	"gatehouse/auth/token"
)

// A Change is something that makes the claims of tokens already given out untrue. It is kept in the database for as long as such a token
// may live, and told to every replica.
type Change struct {
	Seq int64     // of two changes of the same thing the higher is the later
	At  time.Time // by the database's clock

	Session    string // the session ended, or, with a Generation,
	Generation int    // its tokens of lower generations did

	User  string // the account has these Roles now
	Roles []string

	Role   string // the role grants these Scopes now, or
	Scopes []string
	Gone   bool // is no more

	Keys bool // the signing keys are others
}

// changeMargin is how much longer than a token's life a change is remembered: a token may be signed a moment after the change, by a
// replica that has not heard of it, on a machine whose clock is a little off.
const changeMargin = time.Minute

// Live is what a replica knows beyond the claims of a token: which sessions have ended, which accounts and roles changed, within the
// last lifetime of a token. Claims are a cache of the database; this is what invalidates it. It is safe for concurrent use.
type Live struct {
	ttl   time.Duration
	now   func() time.Time
	named []string // the scopes that the schema names

	mu       sync.RWMutex
	grants   map[string]grant // by role
	scopes   []string         // all there are, sorted
	sessions map[string]fence
	users    map[string]membership
	swept    time.Time
}

// A grant is what a role grants.
type grant struct {
	scopes []string
	gone   bool // it stays, granting nothing, lest an older change revive it
	seq    int64
}

// A fence ends the tokens of a session that were made before it: all of them, or those of lower generations.
type fence struct {
	ended      bool
	generation int
	at         time.Time
}

// A membership is the roles that an account has now.
type membership struct {
	roles []string
	seq   int64
	at    time.Time
}

// NewLive returns a memory that knows the scopes the schema names, and nothing of roles until Load. ttl is how long access tokens live.
func NewLive(named []string, ttl time.Duration, now func() time.Time) *Live {
	return &Live{
		ttl: ttl, now: now, named: named,
		grants: map[string]grant{}, sessions: map[string]fence{}, users: map[string]membership{},
	}
}

// Load takes over what each role grants, and the changes of the last token lifetime.
func (l *Live) Load(grants map[string][]string, changes []Change) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fresh := make(map[string]grant, len(grants))
	for role, scopes := range grants {
		fresh[role] = grant{scopes: scopes, seq: l.grants[role].seq}
	}
	l.grants = fresh
	for _, c := range changes {
		l.apply(c)
	}
	l.gather()
}

// Apply takes over one change. A change that is already known, or older than what is known, does nothing.
func (l *Live) Apply(c Change) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.apply(c)
	if c.Role != "" {
		l.gather()
	}
	l.sweep()
}

func (l *Live) apply(c Change) {
	switch {
	case c.Session != "":
		f := l.sessions[c.Session]
		f.ended = f.ended || c.Generation == 0
		f.generation = max(f.generation, c.Generation)
		if c.At.After(f.at) {
			f.at = c.At
		}
		l.sessions[c.Session] = f
	case c.User != "" && c.Seq >= l.users[c.User].seq:
		l.users[c.User] = membership{roles: c.Roles, seq: c.Seq, at: c.At}
	case c.Role != "" && c.Seq >= l.grants[c.Role].seq:
		l.grants[c.Role] = grant{scopes: c.Scopes, gone: c.Gone, seq: c.Seq}
	}
}

// gather finds all scopes there are: those the schema names and those any role grants.
func (l *Live) gather() {
	all := slices.Clone(l.named)
	for _, g := range l.grants {
		all = append(all, g.scopes...)
	}
	slices.Sort(all)
	l.scopes = slices.Compact(all)
}

// sweep forgets what no living token can contradict any more, at most once a minute.
func (l *Live) sweep() {
	now := l.now()
	if now.Sub(l.swept) < changeMargin {
		return
	}
	l.swept = now
	horizon := now.Add(-l.ttl - changeMargin)
	maps.DeleteFunc(l.sessions, func(_ string, f fence) bool { return f.at.Before(horizon) })
	maps.DeleteFunc(l.users, func(_ string, m membership) bool { return m.at.Before(horizon) })
}

// Grant returns the scopes that the roles grant now, cut down to the limit where there is one; sorted.
func (l *Live) Grant(roles []string, limit *Limit) []string {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.grant(roles, limit)
}

func (l *Live) grant(roles []string, limit *Limit) []string {
	return granted(roles, limit, l.scopes, func(role string) []string { return l.grants[role].scopes })
}

// Principal returns the caller that the claims stand for, with the roles and scopes of this moment. ErrSessionEnded if the session has
// ended, or the token is of an earlier generation of it.
func (l *Live) Principal(c *token.Claims) (*Principal, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if f, ok := l.sessions[c.SessionID]; ok && (f.ended || c.Private.Generation < f.generation) {
		return nil, ErrSessionEnded
	}
	roles := c.Roles
	if c.Private.Limited {
		roles = c.Private.Roles
	}
	if m, ok := l.users[c.Subject]; ok {
		roles = m.roles
	}
	return principal(c, roles, l.grant), nil
}

// HasRole reports whether there is a role of the name.
func (l *Live) HasRole(name string) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	g, ok := l.grants[name]
	return ok && !g.gone
}
