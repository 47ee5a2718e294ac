package document

import "github.com/vektah/gqlparser/v2/ast"

// requiredOf returns the variables that may be null by their type, but not where they are used. Validation lets them stand there, for the
// sake of a default (GraphQL specification, 5.8.5); that no null is given for one is for the execution to see to (6.4.1), and the executor
// is not prepared for it. The document must be valid.
func requiredOf(document *ast.QueryDocument, op *ast.OperationDefinition) []*ast.VariableDefinition {
	r := required{document: document, used: map[string]bool{}, seen: map[string]bool{}}
	r.directives(op.Directives)
	r.selections(op.SelectionSet)
	var found []*ast.VariableDefinition
	for _, def := range op.VariableDefinitions {
		if r.used[def.Variable] && !def.Type.NonNull {
			found = append(found, def)
		}
	}
	return found
}

type required struct {
	document *ast.QueryDocument
	used     map[string]bool // variables, where null can't be
	seen     map[string]bool // fragments
}

func (r required) selections(set ast.SelectionSet) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			r.directives(s.Directives)
			r.arguments(s.Arguments)
			r.selections(s.SelectionSet)
		case *ast.InlineFragment:
			r.directives(s.Directives)
			r.selections(s.SelectionSet)
		case *ast.FragmentSpread:
			r.directives(s.Directives)
			if f := r.document.Fragments.ForName(s.Name); f != nil && !r.seen[s.Name] {
				r.seen[s.Name] = true
				r.directives(f.Directives)
				r.selections(f.SelectionSet)
			}
		}
	}
}

func (r required) directives(list ast.DirectiveList) {
	for _, d := range list {
		r.arguments(d.Arguments)
	}
}

func (r required) arguments(list ast.ArgumentList) {
	for _, arg := range list {
		r.value(arg.Value)
	}
}

func (r required) value(v *ast.Value) {
	if v.Kind == ast.Variable && v.ExpectedType != nil && v.ExpectedType.NonNull {
		r.used[v.Raw] = true
	}
	for _, child := range v.Children {
		r.value(child.Value)
	}
}
