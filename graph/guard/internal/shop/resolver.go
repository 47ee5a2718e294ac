package shop

import "sync"

// A Resolver resolves the fields of the schema, and remembers which.
type Resolver struct {
	mu  sync.Mutex
	ran []string
}

// Ran returns the fields that were resolved, in order.
func (r *Resolver) Ran() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ran
}

func (r *Resolver) note(field string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ran = append(r.ran, field)
}
