//go:build linux

package ha_test

import (
	"math/rand/v2"
	"slices"
	"sync"

	"gatehouse/test/harness/process"
)

// A fleet is the replicas that get requests, as a load balancer knows them.
type fleet struct {
	mu       sync.Mutex
	replicas []*process.Process
	underWay map[*process.Process]int
	less     *sync.Cond // requests are under way
}

func newFleet(replicas ...*process.Process) *fleet {
	f := &fleet{replicas: replicas, underWay: map[*process.Process]int{}}
	f.less = sync.NewCond(&f.mu)
	return f
}

// borrow returns any replica for one request, which is over when done is called.
func (f *fleet) borrow(random *rand.Rand) (p *process.Process, done func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p = f.replicas[random.IntN(len(f.replicas))]
	f.underWay[p]++
	return p, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.underWay[p]--
		f.less.Broadcast()
	}
}

// replace sends requests to another replica instead of one, and returns when that has
// answered all of its requests.
func (f *fleet) replace(one, other *process.Process) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.replicas = append(slices.DeleteFunc(slices.Clone(f.replicas), func(p *process.Process) bool { return p == one }), other)
	for f.underWay[one] > 0 {
		f.less.Wait()
	}
}
