package document

import "github.com/vektah/gqlparser/v2/ast"

// Introspection says how much of the schema a caller gets to know.
type Introspection string

// The values of the setting INTROSPECTION.
const (
	IntrospectionFull     Introspection = "full"
	IntrospectionFiltered Introspection = "filtered" // what the caller may reach; the rest is unknown to them in every way
	IntrospectionOff      Introspection = "off"
)

// Introspective reports whether an operation selects nothing but what describes the schema. The setting INTROSPECTION says who gets to know it, so
// explorers and code generators work beside a manifest.
func (o *Operation) Introspective() bool {
	return o.Operation == ast.Query && describing(o.Document.AST, o.SelectionSet, map[string]bool{})
}

// describing reports the same of a selection at the root. It looks into each fragment once, in seen.
func describing(doc *ast.QueryDocument, set ast.SelectionSet, seen map[string]bool) bool {
	for _, selection := range set {
		only := false
		switch s := selection.(type) {
		case *ast.Field:
			only = s.Name == "__schema" || s.Name == "__type" || s.Name == "__typename"
		case *ast.InlineFragment:
			only = describing(doc, s.SelectionSet, seen)
		case *ast.FragmentSpread:
			f := doc.Fragments.ForName(s.Name)
			if only = f != nil && seen[s.Name]; f != nil && !only {
				seen[s.Name] = true
				only = describing(doc, f.SelectionSet, seen)
			}
		}
		if !only {
			return false
		}
	}
	return true
}
