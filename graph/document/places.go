package document

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Sort sorts the errors of an operation by their places in the answer: fields
// and the items of lists are resolved concurrently, so errors come in any order.
func Sort(doc *ast.QueryDocument, op *ast.OperationDefinition, errs gqlerror.List) {
	if len(errs) < 2 {
		return
	}
	places := NewPlaces(doc, op)
	of := make(map[*gqlerror.Error][]int, len(errs))
	for _, err := range errs {
		of[err] = places.Of(err.Path)
	}
	slices.SortStableFunc(errs, func(a, b *gqlerror.Error) int { return slices.Compare(of[a], of[b]) })
}

// Places finds the places of response paths in the answer to an operation.
type Places struct {
	doc    *ast.QueryDocument
	op     *ast.OperationDefinition
	levels map[string]*level // by the names that lead there
}

// NewPlaces returns the places in the answer to an operation of a document.
func NewPlaces(doc *ast.QueryDocument, op *ast.OperationDefinition) Places {
	return Places{doc: doc, op: op, levels: map[string]*level{}}
}

// Of returns a path as numbers that sort as the answer does: an item of a list
// by its index, a name by the order in which the executor collects fields
// (GraphQL specification, 6.3.2).
func (p Places) Of(path ast.Path) []int {
	place := make([]int, len(path))
	names, sets := "", []ast.SelectionSet{p.op.SelectionSet}
	for i, step := range path {
		switch step := step.(type) {
		case ast.PathIndex:
			place[i] = int(step)
		case ast.PathName:
			l := p.levels[names]
			if l == nil {
				l = collect(p.doc, sets)
				p.levels[names] = l
			}
			place[i] = slices.Index(l.names, string(step))
			names, sets = names+"."+string(step), l.sets[string(step)]
		}
	}
	return place
}

// A level has the response names of some selection sets, in order, and the
// selection sets below each name.
type level struct {
	names []string
	sets  map[string][]ast.SelectionSet
}

func collect(doc *ast.QueryDocument, sets []ast.SelectionSet) *level {
	l := &level{sets: map[string][]ast.SelectionSet{}}
	for field := range Fields(doc, sets...) {
		if _, known := l.sets[field.Alias]; !known {
			l.names = append(l.names, field.Alias)
		}
		l.sets[field.Alias] = append(l.sets[field.Alias], field.SelectionSet)
	}
	return l
}
