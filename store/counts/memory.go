package counts

import (
	"errors"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2/simplelru"

	"gatehouse/auth/attempts"
	"gatehouse/auth/policy"
)

// memoryKeys is how many keys of each kind are kept in memory, some 10 MB of
// them; the least recently used goes first.
const memoryKeys = 1 << 16

// A memory holds counts in this process. Uses and failures don't displace each
// other, so that no flood of uses makes it forget who guesses passwords.
type memory struct {
	now func() time.Time

	mu       sync.Mutex
	uses     *lru.LRU[string, time.Time] // see take
	failures *lru.LRU[string, attempts.Failures]
}

func newMemory(now func() time.Time) (*memory, error) {
	uses, err := lru.NewLRU[string, time.Time](memoryKeys, nil)
	if err != nil {
		return nil, err
	}
	failures, err := lru.NewLRU[string, attempts.Failures](memoryKeys, nil)
	return &memory{now: now, uses: uses, failures: failures}, err
}

// begin is Counts.Begin.
func (m *memory) begin(uses []policy.Use, limits []attempts.Limit) (out attempts.Outcome) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	for _, u := range uses {
		if wait := m.take(u, now); wait > 0 {
			return attempts.Outcome{Wait: wait, Overused: true}
		}
	}
	return attempts.State{Slots: m, Now: now}.Begin(limits)
}

// do takes one step with failures.
func (m *memory) do(step func(attempts.State)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	step(attempts.State{Slots: m, Now: m.now()})
}

// take counts one use by the generic cell rate algorithm (ITU-T I.371), and
// returns 0; or it returns how long to wait. A key's value is its theoretical
// arrival time: when all of its uses so far have been made up for.
func (m *memory) take(u policy.Use, now time.Time) time.Duration {
	key, interval := useKey(u), u.Limit.Per/time.Duration(u.Limit.Limit)
	arrival, ok := m.uses.Get(key)
	if !ok || arrival.Before(now) {
		arrival = now
	}
	arrival = arrival.Add(interval)
	if wait := arrival.Sub(now) - interval*time.Duration(u.Limit.Limit); wait > 0 {
		return wait
	}
	m.uses.Add(key, arrival)
	return 0
}

// Load returns the failures of a key; m is locked.
func (m *memory) Load(key string) attempts.Failures {
	f, _ := m.failures.Get(key)
	return f
}

// Store keeps the failures of a key; m is locked.
func (m *memory) Store(key string, f attempts.Failures) {
	if f.N == 0 {
		m.failures.Remove(key)
		return
	}
	m.failures.Add(key, f)
}

// useKey tells apart what is counted for itself.
func useKey(u policy.Use) string { return u.Limit.Coordinate + " " + u.Limit.String() + " " + u.Key }

// valid refuses limits that can't be counted.
func valid(uses []policy.Use) error {
	for _, u := range uses {
		if u.Limit.Limit < 1 || u.Limit.Per < time.Duration(u.Limit.Limit) {
			return errors.New(u.Limit.Coordinate + ": the limit can't be counted")
		}
	}
	return nil
}
