package document

import (
	"iter"

	"github.com/vektah/gqlparser/v2/ast"
)

// level iterates over a selection set and the fragments in it, each fragment
// once, however often it is spread. It doesn't descend into the selections of a
// field.
func level(doc *ast.QueryDocument, set ast.SelectionSet) iter.Seq[ast.Selection] {
	return func(yield func(ast.Selection) bool) {
		v := visit{doc: doc, seen: map[string]bool{}, yield: yield}
		v.walk(set)
	}
}

// selections iterates over a selection set and everything below it, the content
// of each fragment once. A parent comes before its children.
func selections(doc *ast.QueryDocument, set ast.SelectionSet) iter.Seq[ast.Selection] {
	return func(yield func(ast.Selection) bool) {
		v := visit{doc: doc, seen: map[string]bool{}, yield: yield, deep: true}
		v.walk(set)
	}
}

// A visit is one iteration over selections.
type visit struct {
	doc   *ast.QueryDocument
	seen  map[string]bool // fragments
	yield func(ast.Selection) bool
	deep  bool // also the selections of fields
}

func (v *visit) walk(set ast.SelectionSet) bool {
	for _, selection := range set {
		if !v.yield(selection) {
			return false
		}
		var below ast.SelectionSet
		switch s := selection.(type) {
		case *ast.Field:
			if v.deep {
				below = s.SelectionSet
			}
		case *ast.InlineFragment:
			below = s.SelectionSet
		case *ast.FragmentSpread:
			if f := v.doc.Fragments.ForName(s.Name); f != nil && !v.seen[s.Name] {
				v.seen[s.Name] = true
				below = f.SelectionSet
			}
		}
		if !v.walk(below) {
			return false
		}
	}
	return true
}
