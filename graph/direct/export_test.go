package direct

import "slices"

// A Mutation breaks an object of a compiled operation.
type Mutation func(*object)

// Mutations are ways in which the compiler could be wrong.
var Mutations = map[string]Mutation{
	"nulls don't propagate":          each(func(n *node) { n.nonNull = false }),
	"nulls propagate too far":        each(func(n *node) { n.nonNull = true }),
	"nulls stay in lists":            each(func(n *node) { n.itemNonNull = false }),
	"lists don't hold nulls":         each(func(n *node) { n.itemNonNull = true }),
	"guarded fields are not checked": each(func(n *node) { n.check = Unguarded }),
	"fields skip the middleware":     each(func(n *node) { n.check = min(n.check, Guarded) }),
	"fields are out of order":        func(o *object) { slices.Reverse(o.nodes[min(1, len(o.nodes)):]) },
	"a field is left out":            func(o *object) { o.nodes = o.nodes[:max(1, len(o.nodes)-1)] },
}

func each(mutate func(*node)) Mutation {
	return func(o *object) {
		for i := range o.nodes {
			mutate(&o.nodes[i])
		}
	}
}

// Nodes returns how many fields the plans of the operation have.
func (o *Operation) Nodes() int { return o.nodes }

// Mutate breaks each object of the operation as it is compiled for variables.
func (o *Operation) Mutate(variables map[string]any, mutate Mutation) {
	if p := o.plan(variables); p != nil {
		p.root.mutate(mutate)
	}
}

func (o *object) mutate(mutate Mutation) {
	for i := range o.nodes {
		for _, below := range o.nodes[i].below {
			below.mutate(mutate)
		}
		if only := o.nodes[i].only; only != nil {
			only.mutate(mutate)
		}
	}
	mutate(o)
}
