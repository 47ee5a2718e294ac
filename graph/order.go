package graph

import (
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// inOrder sorts the errors of an operation as their places stand in the answer, for fields and the items of lists are resolved side by side.
func (o *operation) inOrder(errors gqlerror.List) gqlerror.List {
	if len(errors) > 1 {
		p := o.places()
		places := make(map[*gqlerror.Error][]int, len(errors))
		for _, err := range errors {
			places[err] = p.of(err.Path)
		}
		slices.SortStableFunc(errors, func(a, b *gqlerror.Error) int { return slices.Compare(places[a], places[b]) })
	}
	return errors
}

// places finds where response paths stand in the answer to an operation.
type places struct {
	operation   *operation
	collections map[string]*collection // by the names that lead there
}

func (o *operation) places() places {
	return places{operation: o, collections: map[string]*collection{}}
}

// of returns a path as numbers that sort as the places of the answer do: the items of a list by their index, names as the executor collects
// them (GraphQL specification, 6.3.2).
func (p places) of(path ast.Path) []int {
	place := make([]int, len(path))
	names, sets := "", []ast.SelectionSet{p.operation.SelectionSet}
	for i, step := range path {
		switch step := step.(type) {
		case ast.PathIndex:
			place[i] = int(step)
		case ast.PathName:
			c := p.collections[names]
			if c == nil {
				c = &collection{document: p.operation.document.ast, seen: map[string]bool{}, sets: map[string][]ast.SelectionSet{}}
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

// shown keeps of many refusals the first ones, and so of many other errors, lest either hide the other. One more error says how many it left out.
func shown(errors gqlerror.List, most int) gqlerror.List {
	if len(errors) <= most {
		return errors
	}
	kept := make(gqlerror.List, 0, min(len(errors), 2*most+1))
	left, refusals, others, omitted := 0, 0, 0, (*gqlerror.Error)(nil)
	for _, err := range errors {
		count := &others
		if refusal(err) {
			count = &refusals
		}
		switch *count++; {
		case *count <= most:
			kept = append(kept, err)
		case omitted == nil || refusal(err):
			left, omitted = left+1, err
		default:
			left++
		}
	}
	if omitted == nil {
		return kept
	}
	what := "went wrong"
	if refusal(omitted) {
		what = "was refused"
	}
	code, _ := omitted.Extensions["code"].(ErrorCode)
	more := coded(fmt.Sprintf("More %s; errors left out: %d.", what, left), code)
	more.Extensions["omitted"] = left
	if reason := omitted.Extensions["reason"]; reason != nil {
		more.Extensions["reason"] = reason
	}
	return append(kept, more)
}

// refusal reports whether an error says that something was not allowed.
func refusal(err *gqlerror.Error) bool {
	_, asks := err.Extensions["required"]
	return asks || err.Extensions["reason"] != nil
}
