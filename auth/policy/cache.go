package policy

import (
	"math/bits"
	"slices"
	"sync/atomic"
)

// maxCached is how many classes of callers a plan remembers its verdicts for. There are seldom more than a few.
const maxCached = 64

// A settlement is what a plan has to say to a class of callers: those that are alike in all that its rules ask for. What depends on
// variables or objects is left open. It is shared, and nothing in it changes.
type cachedDecision struct {
	key      uint64
	verdicts []verdict // by guard
	open     []int     // guards of root fields that an argument may still open
	roots    bool      // a root field is refused
	clear    *Decision // for all callers of the class, if nothing at all is left to say; else nil
}

// decisionCache are those of a plan. Readers never wait.
type decisionCache struct {
	all atomic.Pointer[[]*cachedDecision]
}

func (c *decisionCache) find(key uint64) *cachedDecision {
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
func (c *decisionCache) add(s *cachedDecision) {
	old := c.all.Load()
	var all []*cachedDecision
	if old != nil {
		all = *old
	}
	if len(all) < maxCached {
		all = append(slices.Clip(all), s)
		c.all.CompareAndSwap(old, &all)
	}
}

// numberRequirements gives each thing that the rules ask for a bit of a key, from the second on: the first says that there is a caller at all. Where
// there are more of them than bits, nothing is remembered.
func (p *Policy) numberRequirements() {
	for _, rule := range p.guarded {
		for _, c := range rule.clauses {
			p.requirements = append(p.requirements, c.any...)
		}
	}
	p.requirements = sorted(p.requirements)
	if len(p.requirements) > 63 {
		p.requirements = nil
		return
	}
	for _, rule := range p.guarded {
		rule.mask = 1
		for _, c := range rule.clauses {
			for _, need := range c.any {
				rule.mask |= 2 << slices.Index(p.requirements, need)
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
	for left := p.mask &^ 1; left != 0; left &= left - 1 {
		bit := bits.TrailingZeros64(left)
		if s.has(p.policy.requirements[bit-1]) {
			key |= 1 << bit
		}
	}
	return key
}

// settle returns what the plan says to the subject, before variables and objects are looked at.
func (p *Plan) cached(s *Subject) *cachedDecision {
	if p.mask == 0 && len(p.guards) > 0 {
		return p.precompute(s, 0)
	}
	key := p.key(s)
	if known := p.cache.find(key); known != nil {
		return known
	}
	made := p.precompute(s, key)
	p.cache.add(made)
	return made
}

func (p *Plan) precompute(s *Subject, key uint64) *cachedDecision {
	t := &cachedDecision{key: key, verdicts: make([]verdict, len(p.guards))}
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
	if !left && len(p.arguments) == 0 && !p.authenticates && !p.rateLimited {
		t.clear = &Decision{plan: p, verdicts: t.verdicts, clear: true}
	}
	return t
}
