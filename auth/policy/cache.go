package policy

import (
	"math/bits"
	"slices"
	"sync/atomic"
)

// settledKept is how many classes of callers a plan remembers its verdicts for. There are seldom more than a few.
const settledKept = 64

// A settlement is what a plan has to say to a class of callers: those that are alike in all that its rules ask for. What depends on
// variables or objects is left open. It is shared, and nothing in it changes.
type settlement struct {
	key      uint64
	verdicts []verdict // by guard
	open     []int     // guards of root fields that an argument may still open
	roots    bool      // a root field is refused
	clear    *Decision // for all callers of the class, if nothing at all is left to say; else nil
}

// settlements are those of a plan. Readers never wait.
type settlements struct{ all atomic.Pointer[[]*settlement] }

func (c *settlements) find(key uint64) *settlement {
	if all := c.all.Load(); all != nil {
		for _, s := range *all {
			if s.key == key {
				return s
			}
		}
	}
	return nil
}

// add remembers one more, unless there are enough. Two at once may lose one of them, which is found out again.
func (c *settlements) add(s *settlement) {
	old := c.all.Load()
	var all []*settlement
	if old != nil {
		all = *old
	}
	if len(all) < settledKept {
		all = append(slices.Clip(all), s)
		c.all.CompareAndSwap(old, &all)
	}
}

// number gives each thing that the rules ask for a bit of a key, from the second on: the first says that there is a caller at all. Where
// there are more of them than bits, nothing is remembered.
func (p *Policy) number() {
	for _, rule := range p.ordered {
		for _, c := range rule.clauses {
			p.needs = append(p.needs, c.any...)
		}
	}
	p.needs = sorted(p.needs)
	if len(p.needs) > 63 {
		p.needs = nil
		return
	}
	for _, rule := range p.ordered {
		rule.asks = 1
		for _, c := range rule.clauses {
			for _, need := range c.any {
				rule.asks |= 2 << slices.Index(p.needs, need)
			}
		}
	}
}

// key tells apart the callers for whom the plan's rules have different things to say; 0 is nobody. Its length is bounded by the schema,
// whatever roles and scopes a caller has.
func (p *Plan) key(s *Subject) uint64 {
	if s == nil {
		return 0
	}
	key := uint64(1)
	for left := p.asks &^ 1; left != 0; left &= left - 1 {
		bit := bits.TrailingZeros64(left)
		if s.has(p.policy.needs[bit-1]) {
			key |= 1 << bit
		}
	}
	return key
}

// settle returns what the plan says to the subject, before variables and objects are looked at.
func (p *Plan) settle(s *Subject) *settlement {
	if p.asks == 0 && len(p.guards) > 0 {
		return p.settleNew(s, 0)
	}
	key := p.key(s)
	if known := p.settled.find(key); known != nil {
		return known
	}
	made := p.settleNew(s, key)
	p.settled.add(made)
	return made
}

func (p *Plan) settleNew(s *Subject, key uint64) *settlement {
	t := &settlement{key: key, verdicts: make([]verdict, len(p.guards))}
	left := false
	for i, g := range p.guards {
		unmet := g.rule.unmet(s)
		switch {
		case len(unmet) == 0:
			continue
		case s == nil || !onlySelf(unmet):
			t.verdicts[i].refusal = refuse(g.rule, s, unmet)
			t.roots = t.roots || g.rule.root
		default:
			t.verdicts[i].unmet = unmet
			if g.rule.root {
				t.open = append(t.open, i)
			}
		}
		left = true
	}
	if !left && len(p.probes) == 0 && !p.logsIn && !p.limited {
		t.clear = &Decision{plan: p, verdicts: t.verdicts, clear: true}
	}
	return t
}
