package apikey

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// A Use is the last use of a key.
type Use struct {
	ID string // of the key
	At time.Time
	IP string // of the client
}

// uses are the last uses of keys that the database does not know yet.
type uses struct {
	mu   sync.Mutex
	last map[string]Use // by the key's id
}

// note notes a use, unless a later one is known.
func (u *uses) note(use Use) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.last == nil {
		u.last = map[string]Use{}
	}
	if known, ok := u.last[use.ID]; !ok || use.At.After(known.At) {
		u.last[use.ID] = use
	}
}

// take returns the uses, in the order of the keys' ids, and forgets them. In one order
// replicas can't deadlock.
func (u *uses) take() []Use {
	u.mu.Lock()
	taken := u.last
	u.last = nil
	u.mu.Unlock()
	list := make([]Use, 0, len(taken))
	for _, use := range taken {
		list = append(list, use)
	}
	slices.SortFunc(list, func(a, b Use) int { return cmp.Compare(a.ID, b.ID) })
	return list
}
