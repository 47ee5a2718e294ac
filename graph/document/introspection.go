package document

import "github.com/vektah/gqlparser/v2/ast"

// Introspection says how much of the schema a caller can learn.
type Introspection string

// The values of the setting INTROSPECTION.
const (
	IntrospectionFull     Introspection = "full"
	IntrospectionFiltered Introspection = "filtered" // what the caller may reach; the rest doesn't exist for them
	IntrospectionOff      Introspection = "off"
)

// Introspective reports whether an operation selects nothing but descriptions
// of the schema. The setting INTROSPECTION says who may have them, so explorers
// and code generators work along with a manifest of trusted documents.
func (o *Operation) Introspective() bool {
	if o.Operation != ast.Query {
		return false
	}
	for selection := range level(o.Document.AST, o.SelectionSet) {
		switch s := selection.(type) {
		case *ast.Field:
			if s.Name != "__schema" && s.Name != "__type" && s.Name != "__typename" {
				return false
			}
		case *ast.FragmentSpread:
			if o.Document.AST.Fragments.ForName(s.Name) == nil {
				return false
			}
		}
	}
	return true
}
