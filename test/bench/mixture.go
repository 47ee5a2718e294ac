package main

import "sync/atomic"

// A mixture sends requests from several sources, each in proportion to its share of a hundred.
type mixture struct {
	order  []source
	count  atomic.Int64
	chosen []source // by worker
}

// A share is a source, and its number of requests in a hundred.
type share struct {
	of   source
	many int
}

// newMixture spreads the shares evenly over a hundred requests.
func newMixture(workers int, shares ...share) *mixture {
	m := &mixture{chosen: make([]source, workers)}
	owed := make([]int, len(shares))
	for range 100 {
		most := 0
		for i, s := range shares {
			owed[i] += s.many
			if owed[i] > owed[most] {
				most = i
			}
		}
		owed[most] -= 100
		m.order = append(m.order, shares[most].of)
	}
	return m
}

func (m *mixture) next(worker int) request {
	turn := int(m.count.Add(1)-1) % len(m.order)
	m.chosen[worker] = m.order[turn]
	return m.chosen[worker].next(worker)
}

func (m *mixture) answered(worker int, body []byte) error {
	return m.chosen[worker].answered(worker, body)
}
