package policy

import (
	"math"

	"github.com/vektah/gqlparser/v2/ast"
)

// Sensitive returns how many sensitive fields an operation of a validated
// document selects. A field in a fragment counts each time the fragment is
// spread; @skip and @include make no difference.
func (p *Policy) Sensitive(document *ast.QueryDocument, operation *ast.OperationDefinition) int {
	c := sensitiveCounter{policy: p, document: document, fragments: map[string]int{}}
	return c.count(operation.SelectionSet)
}

// A sensitiveCounter counts sensitive fields. It visits each fragment once.
type sensitiveCounter struct {
	policy    *Policy
	document  *ast.QueryDocument
	fragments map[string]int
}

func (c sensitiveCounter) count(set ast.SelectionSet) (n int) {
	for _, selection := range set {
		switch selection := selection.(type) {
		case *ast.Field:
			if rule := c.policy.fields[selection.Definition]; rule != nil && rule.Sensitive {
				n++
			}
			n += c.count(selection.SelectionSet)
		case *ast.InlineFragment:
			n += c.count(selection.SelectionSet)
		case *ast.FragmentSpread:
			n += c.fragment(selection.Name)
		}
		n = min(n, math.MaxInt32) // fragments that spread others twice would overflow
	}
	return n
}

func (c sensitiveCounter) fragment(name string) int {
	n, known := c.fragments[name]
	if def := c.document.Fragments.ForName(name); !known && def != nil {
		n = c.count(def.SelectionSet)
		c.fragments[name] = n
	}
	return n
}
