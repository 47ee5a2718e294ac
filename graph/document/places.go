package document

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// InOrder sorts the errors of an operation as their places stand in the answer, for fields and the items of lists are resolved side by side.
func (o *Operation) InOrder(errors gqlerror.List) gqlerror.List {
	if len(errors) > 1 {
		p := o.Places()
		places := make(map[*gqlerror.Error][]int, len(errors))
		for _, err := range errors {
			places[err] = p.Of(err.Path)
		}
		slices.SortStableFunc(errors, func(a, b *gqlerror.Error) int { return slices.Compare(places[a], places[b]) })
	}
	return errors
}

// Places finds where response paths stand in the answer to an operation.
type Places struct {
	operation   *Operation
	collections map[string]*collection // by the names that lead there
}

// Places returns the places in the answer to the operation.
func (o *Operation) Places() Places {
	return Places{operation: o, collections: map[string]*collection{}}
}

// Of returns a path as numbers that sort as the places of the answer do: the items of a list by their index, names as the executor collects
// them (GraphQL specification, 6.3.2).
func (p Places) Of(path ast.Path) []int {
	place := make([]int, len(path))
	names, sets := "", []ast.SelectionSet{p.operation.SelectionSet}
	for i, step := range path {
		switch step := step.(type) {
		case ast.PathIndex:
			place[i] = int(step)
		case ast.PathName:
			c := p.collections[names]
			if c == nil {
				c = &collection{document: p.operation.Document.AST, seen: map[string]bool{}, sets: map[string][]ast.SelectionSet{}}
				c.collect(sets)
				p.collections[names] = c
			}
			place[i] = slices.Index(c.names, string(step))
			names, sets = names+"."+string(step), c.sets[string(step)]
		}
	}
	return place
}

// A collection is the response names of some selections, in order, with what is selected below each.
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
