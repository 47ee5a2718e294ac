package policy

import (
	"math"

	"github.com/vektah/gqlparser/v2/ast"
)

// Sensitive returns how many sensitive fields an operation of a validated document selects. One in a fragment counts wherever the fragment
// is spread; @skip and @include change nothing.
func (p *Policy) Sensitive(document *ast.QueryDocument, operation *ast.OperationDefinition) int {
	s := secrets{policy: p, document: document, fragments: map[string]int{}}
	return s.count(operation.SelectionSet)
}

// secrets counts sensitive fields, in each fragment once.
type secrets struct {
	policy    *Policy
	document  *ast.QueryDocument
	fragments map[string]int
}

func (s secrets) count(set ast.SelectionSet) (n int) {
	for _, selection := range set {
		switch selection := selection.(type) {
		case *ast.Field:
			if rule := s.policy.fields[selection.Definition]; rule != nil && rule.Sensitive {
				n++
			}
			n += s.count(selection.SelectionSet)
		case *ast.InlineFragment:
			n += s.count(selection.SelectionSet)
		case *ast.FragmentSpread:
			n += s.fragment(selection.Name)
		}
		n = min(n, math.MaxInt32) // fragments that spread each other twice come to more than a number holds
	}
	return n
}

func (s secrets) fragment(name string) int {
	n, known := s.fragments[name]
	if def := s.document.Fragments.ForName(name); !known && def != nil {
		n = s.count(def.SelectionSet)
		s.fragments[name] = n
	}
	return n
}
