package policy

import (
	"iter"

	"github.com/vektah/gqlparser/v2/ast"
)

// A walk visits the fields of an operation. It visits each fragment once,
// however often it is spread, so that the size of the document bounds its cost.
// Walks that count, or that need to know where they are, are written out.
type walk struct {
	document *ast.QueryDocument
	include  func(ast.DirectiveList) bool // nil for all selections
	below    bool                         // whether to visit the fields of fields

	seen  map[string]bool // fragments
	yield func(*ast.Field) bool
}

// rootFields returns the fields of a selection set and of its fragments, but
// not those below them. A selection is left out if include is false for its
// directives; a nil include leaves out nothing.
func rootFields(document *ast.QueryDocument, set ast.SelectionSet, include func(ast.DirectiveList) bool) iter.Seq[*ast.Field] {
	return func(yield func(*ast.Field) bool) {
		w := walk{document: document, include: include, seen: map[string]bool{}, yield: yield}
		w.visit(set)
	}
}

// allFields returns the fields of a selection set and of its fragments, and all
// fields below them.
func allFields(document *ast.QueryDocument, set ast.SelectionSet) iter.Seq[*ast.Field] {
	return func(yield func(*ast.Field) bool) {
		w := walk{document: document, below: true, seen: map[string]bool{}, yield: yield}
		w.visit(set)
	}
}

// visit returns false if the walk was stopped.
func (w *walk) visit(set ast.SelectionSet) bool {
	for _, selection := range set {
		proceed := true
		switch s := selection.(type) {
		case *ast.Field:
			if w.includes(s.Directives) {
				proceed = w.yield(s) && (!w.below || w.visit(s.SelectionSet))
			}
		case *ast.InlineFragment:
			if w.includes(s.Directives) {
				proceed = w.visit(s.SelectionSet)
			}
		case *ast.FragmentSpread:
			f := w.document.Fragments.ForName(s.Name)
			if f != nil && !w.seen[s.Name] && w.includes(s.Directives) {
				w.seen[s.Name] = true
				proceed = w.visit(f.SelectionSet)
			}
		}
		if !proceed {
			return false
		}
	}
	return true
}

func (w *walk) includes(list ast.DirectiveList) bool {
	return w.include == nil || w.include(list)
}
