package load

import "sync/atomic"

// A Mixture sends requests from several sources, each in proportion to its share of a hundred.
type Mixture struct {
	order  []Source
	count  atomic.Int64
	chosen []Source // by worker
}

// A Share is a source, and its number of requests in a hundred.
type Share struct {
	Of   Source
	Many int
}

// NewMixture spreads the shares evenly over a hundred requests.
func NewMixture(workers int, shares ...Share) *Mixture {
	m := &Mixture{chosen: make([]Source, workers)}
	owed := make([]int, len(shares))
	for range 100 {
		most := 0
		for i, s := range shares {
			owed[i] += s.Many
			if owed[i] > owed[most] {
				most = i
			}
		}
		owed[most] -= 100
		m.order = append(m.order, shares[most].Of)
	}
	return m
}

// Next implements [Source].
func (m *Mixture) Next(worker int) Request {
	turn := int(m.count.Add(1)-1) % len(m.order)
	m.chosen[worker] = m.order[turn]
	return m.chosen[worker].Next(worker)
}

// Answered implements [Source].
func (m *Mixture) Answered(worker int, body []byte) error {
	return m.chosen[worker].Answered(worker, body)
}
