package policy

import (
	"math/bits"
	"slices"
	"sync/atomic"
)

// maxCached is how many classes of callers a plan caches decisions for. There
// are rarely more than a few.
const maxCached = 64

// A cachedDecision is what a plan decides for a class of callers: those that
// meet the same requirements. It leaves open what depends on variables or
// objects. It is shared and immutable.
type cachedDecision struct {
	key      uint64
	verdicts []verdict // by guard
	open     []int     // guards of root fields that an argument may still meet
	roots    bool      // a root field is refused
	clear    *Decision // for all callers of the class if it is clear, or nil
}

// A decisionCache holds the decisions of a plan. Readers never wait.
type decisionCache struct {
	all atomic.Pointer[[]*cachedDecision]
}

func (c *decisionCache) find(key uint64) *cachedDecision {
	if all := c.all.Load(); all != nil {
		for _, d := range *all {
			if d.key == key {
				return d
			}
		}
	}
	return nil
}

// add adds a decision unless the cache is full. Of two concurrent calls one may
// have no effect; its decision is computed again when it is needed.
func (c *decisionCache) add(d *cachedDecision) {
	old := c.all.Load()
	var all []*cachedDecision
	if old != nil {
		all = *old
	}
	if len(all) < maxCached {
		all = append(slices.Clip(all), d)
		c.all.CompareAndSwap(old, &all)
	}
}

// numberRequirements assigns a bit of a key to each requirement, from the
// second bit on: the first says that there is a caller. If there are more
// requirements than bits, nothing is cached.
//
// Each rule depends on whether the caller is a person: that decides whether an
// object of their own meets it, and why they are refused.
func (p *Policy) numberRequirements() {
	p.requirements = []string{requireAuthenticated}
	for _, rule := range p.guarded {
		p.requirements = append(p.requirements, rule.requirements()...)
	}
	p.requirements = sorted(p.requirements)
	if len(p.requirements) > 63 {
		p.requirements = nil
		return
	}
	p.needs = make([]need, len(p.requirements))
	for i, requirement := range p.requirements {
		p.needs[i] = readNeed(requirement)
	}
	for _, rule := range p.guarded {
		rule.mask = 1 | p.bit(requireAuthenticated)
		for _, requirement := range rule.requirements() {
			rule.mask |= p.bit(requirement)
		}
	}
}

// bit returns the bit of a requirement in a key.
func (p *Policy) bit(requirement string) uint64 {
	return 2 << slices.Index(p.requirements, requirement)
}

// requirements returns all that a caller can meet without an object.
func (r *Rule) requirements() (all []string) {
	for _, c := range r.clauses {
		all = append(append(all, c.any...), c.apps...)
		if c.isStep() {
			all = append(all, requireSession) // others are refused for another reason
		}
	}
	return all
}

// key returns the class of a caller: a bit for each requirement of the plan
// that the caller meets, and 0 without a caller. Its size depends on the
// schema, not on the caller's roles and scopes.
func (p *Plan) key(s *Subject) uint64 {
	if s == nil {
		return 0
	}
	key := uint64(1)
	for left := p.mask &^ 1; left != 0; left &= left - 1 {
		bit := bits.TrailingZeros64(left)
		if s.meets(p.policy.needs[bit-1]) {
			key |= 1 << bit
		}
	}
	return key
}

// cached returns what the plan decides for the subject before it looks at
// variables and objects.
func (p *Plan) cached(s *Subject) *cachedDecision {
	if p.mask == 0 && len(p.guards) > 0 {
		return p.precompute(s, 0)
	}
	key := p.key(s)
	if known := p.cache.find(key); known != nil {
		return known
	}
	computed := p.precompute(s, key)
	p.cache.add(computed)
	return computed
}

// precompute decides for the class of callers that the subject belongs to.
func (p *Plan) precompute(s *Subject, key uint64) *cachedDecision {
	d := &cachedDecision{key: key, verdicts: make([]verdict, len(p.guards))}
	allAllowed := true
	for i, g := range p.guards {
		unmet := g.rule.unmet(s)
		switch {
		case len(unmet) == 0:
			continue
		case !onlySelf(s, unmet), onlySteps(s, unmet) && !onlyGiven(s, unmet):
			d.verdicts[i].refusal = refuse(g.rule, s, unmet)
			d.roots = d.roots || g.rule.root
		default:
			d.verdicts[i].unmet = unmet
			if g.rule.root {
				d.open = append(d.open, i)
			}
		}
		allAllowed = false
	}
	if allAllowed && len(p.arguments) == 0 && !p.authenticates && !p.rateLimited {
		d.clear = &Decision{plan: p, verdicts: d.verdicts, clear: true}
	}
	return d
}
