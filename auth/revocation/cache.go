package revocation

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// changeMargin is how much longer than a token's life a change is remembered. A
// replica that has not heard of the change may sign a token a moment later. The
// database's clock may go back by clock.Tolerance unnoticed, and by two minutes more
// if all replicas start afterwards: they notice by keys' SignedAt, which is up to two
// minutes old.
const changeMargin = 5 * time.Minute

// A Clock tells the database's time, and how much time has passed.
type Clock interface {
	Now() time.Time         // by the database's clock, which may jump
	Elapsed() time.Duration // since some moment; it never goes back
}

// A Cache is what a replica knows beyond a token's claims: the sessions that ended and the
// accounts and roles that changed within the life of a token. It is safe for concurrent use.
type Cache struct {
	named []string // the scopes that the schema names
	ttl   time.Duration
	clock Clock

	mu       sync.RWMutex
	grants   map[string]grant // by role
	scopes   []string         // all of them, sorted
	sessions map[string]revocation
	users    map[string]assignment
	position int64         // the highest seq known
	last     time.Time     // At of the latest change known
	swept    time.Duration // when sweep last worked
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
	heard      moment
}

// An assignment is the roles that an account has now.
type assignment struct {
	roles []string
	seq   int64
	heard moment
}

// A moment is when a change was heard of, by both clocks.
type moment struct {
	elapsed time.Duration
	at      time.Time // or when the change was made, if that is later
}

// New returns a cache that knows the scopes that the schema names, and no roles until Load. ttl
// is how long access tokens live.
func New(named []string, ttl time.Duration, clock Clock) *Cache {
	return &Cache{
		named: named, ttl: ttl, clock: clock,
		grants: map[string]grant{}, sessions: map[string]revocation{}, users: map[string]assignment{},
	}
}

// Window is how long a change matters after it was made: as long as the tokens that
// it contradicts may live. A Snapshot contains the changes of that time.
func (r *Cache) Window() time.Duration { return r.ttl + changeMargin }

// Named returns the scopes that the schema names in @hasScope.
func (r *Cache) Named() []string { return r.named }

// Position returns the highest seq of a change known.
func (r *Cache) Position() int64 {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.position
}

// Load sets the scopes that each role grants, and applies the changes of the last
// Window. What was known before stays known.
func (r *Cache) Load(s Snapshot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.Rewound {
		r.rewind(s)
	}
	loaded := make(map[string]grant, len(s.Grants))
	for role, scopes := range s.Grants {
		loaded[role] = grant{scopes: scopes, seq: r.grants[role].seq}
	}
	r.grants = loaded
	for _, c := range s.Changes {
		r.apply(c)
	}
	r.position = max(r.position, s.Position)
	r.collectScopes()
}

// rewind prepares for changes whose seqs were used before. What was heard of stays
// in force against changes from before the backup. Changes made since it was restored
// are later than all that is known, whatever their seq.
func (r *Cache) rewind(s Snapshot) {
	var restored int64 // the seq of the last change in the backup that matters
	for _, c := range s.Changes {
		if !c.At.After(r.last) {
			restored = c.Seq
		}
	}
	for role, g := range r.grants {
		g.seq = min(g.seq, restored)
		r.grants[role] = g
	}
	for id, a := range r.users {
		a.seq = min(a.seq, restored)
		r.users[id] = a
	}
	r.position = 0
}

// Apply applies one change. One that is known, or older than what is known, does
// nothing.
func (r *Cache) Apply(c Change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.apply(c)
	if c.Role != "" {
		r.collectScopes()
	}
	r.sweep()
}

func (r *Cache) apply(c Change) {
	r.position = max(r.position, c.Seq)
	if c.ClockBack {
		return
	}
	r.last = later(r.last, c.At)
	heard := moment{r.clock.Elapsed(), later(c.At, r.clock.Now())}
	switch {
	case c.Session != "":
		v := r.sessions[c.Session]
		v.ended = v.ended || c.Generation == 0
		v.generation = max(v.generation, c.Generation)
		v.heard = moment{heard.elapsed, later(v.heard.at, heard.at)}
		r.sessions[c.Session] = v
	case c.User != "" && c.Seq > r.users[c.User].seq:
		r.users[c.User] = assignment{roles: c.Roles, seq: c.Seq, heard: heard}
	case c.Role != "" && c.Seq > r.grants[c.Role].seq:
		r.grants[c.Role] = grant{scopes: c.Scopes, gone: c.Gone, seq: c.Seq}
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// collectScopes finds all scopes: those the schema names and those a role grants.
func (r *Cache) collectScopes() {
	all := slices.Clone(r.named)
	for _, g := range r.grants {
		all = append(all, g.scopes...)
	}
	slices.Sort(all)
	r.scopes = slices.Compact(all)
}

// sweepEvery is the shortest time between two sweeps.
const sweepEvery = time.Minute

// sweep forgets what no living token can contradict.
func (r *Cache) sweep() {
	now := moment{r.clock.Elapsed(), r.clock.Now()}
	if now.elapsed-r.swept < sweepEvery {
		return
	}
	r.swept = now.elapsed
	maps.DeleteFunc(r.sessions, func(_ string, v revocation) bool { return r.past(v.heard, now) })
	maps.DeleteFunc(r.users, func(_ string, a assignment) bool { return r.past(a.heard, now) })
}

// past reports whether a Window has passed by both clocks. The database's alone would
// forget too early when it jumps ahead, and the elapsed time alone when the database's
// clock, by which tokens expire, stands still or goes back.
func (r *Cache) past(heard, now moment) bool {
	return now.elapsed-heard.elapsed > r.Window() && now.at.Sub(heard.at) > r.Window()
}

// Ended reports whether the session has ended, or its tokens of that generation have.
func (r *Cache) Ended(sessionID string, generation int) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	v, known := r.sessions[sessionID]
	return known && (v.ended || generation < v.generation)
}

// Roles returns the roles that the account has now, if it had those a moment ago.
func (r *Cache) Roles(userID string, roles []string) []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if a, ok := r.users[userID]; ok {
		return a.roles
	}
	return roles
}

// Scopes returns all scopes: those that the schema names and those that a role grants, sorted.
// The caller may not change them.
func (r *Cache) Scopes() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.scopes
}

// Granted returns the scopes that a role grants. The caller may not change them.
func (r *Cache) Granted(role string) []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.grants[role].scopes
}

// HasRole reports whether the role exists.
func (r *Cache) HasRole(name string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	g, ok := r.grants[name]
	return ok && !g.gone
}
