package guard

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Sort puts the errors of an operation into the order in which their places
// stand in the answer. The executor leaves them as they happened: it resolves
// fields and the items of lists at the same time.
func Sort(errs gqlerror.List, document *ast.QueryDocument, operation *ast.OperationDefinition) {
	if len(errs) < 2 {
		return
	}
	order := NewOrder(document, operation)
	places := make(map[*gqlerror.Error][]int, len(errs))
	for _, err := range errs {
		places[err] = order.Place(err.Path)
	}
	slices.SortStableFunc(errs, func(a, b *gqlerror.Error) int { return slices.Compare(places[a], places[b]) })
}

// An Order knows where response paths stand in the answer to an operation.
type Order struct {
	document  *ast.QueryDocument
	operation *ast.OperationDefinition
	below     map[string]*collection // by the names that lead there
}

// NewOrder returns the order of the answer to an operation.
func NewOrder(document *ast.QueryDocument, operation *ast.OperationDefinition) *Order {
	return &Order{document: document, operation: operation, below: map[string]*collection{}}
}

// Place returns a path as numbers that compare as the places in the answer do:
// the items of a list by their index, names as the executor collects them
// (GraphQL specification, 6.3.2).
func (o *Order) Place(path ast.Path) []int {
	place := make([]int, len(path))
	names, sets := "", []ast.SelectionSet{o.operation.SelectionSet}
	for i, step := range path {
		switch step := step.(type) {
		case ast.PathIndex:
			place[i] = int(step)
		case ast.PathName:
			c := o.below[names]
			if c == nil {
				c = &collection{document: o.document, seen: map[string]bool{}, sets: map[string][]ast.SelectionSet{}}
				c.collect(sets)
				o.below[names] = c
			}
			place[i] = slices.Index(c.names, string(step))
			names, sets = names+"."+string(step), c.sets[string(step)]
		}
	}
	return place
}

// A collection is the response names of some selections, in order, with what is
// selected below each.
type collection struct {
	document *ast.QueryDocument
	seen     map[string]bool // fragments
	names    []string
	sets     map[string][]ast.SelectionSet
}

func (c *collection) collect(sets []ast.SelectionSet) {
	for _, set := range sets {
		for _, selection := range set {
			switch s := selection.(type) {
			case *ast.Field:
				if _, known := c.sets[s.Alias]; !known {
					c.names = append(c.names, s.Alias)
				}
				c.sets[s.Alias] = append(c.sets[s.Alias], s.SelectionSet)
			case *ast.InlineFragment:
				c.collect([]ast.SelectionSet{s.SelectionSet})
			case *ast.FragmentSpread:
				if f := c.document.Fragments.ForName(s.Name); f != nil && !c.seen[s.Name] {
					c.seen[s.Name] = true
					c.collect([]ast.SelectionSet{f.SelectionSet})
				}
			}
		}
	}
}
