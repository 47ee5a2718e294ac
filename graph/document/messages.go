package document

import (
	"errors"
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
	"github.com/vektah/gqlparser/v2/parser"

	"gatehouse/graph/fault"
	"gatehouse/graph/position"
)

// badValue says that a value is wrong, without the value or its type.
const badValue = "A value is not of the type expected here."

// message returns the message of a validation error at a node of the document.
//
// It never repeats a literal, which may be a password. With terse set it also
// names nothing of the schema that the document doesn't name: no type, no
// missing argument, no value that would be right. The library's own messages are
// kept only for the rules that meet these conditions by what they are about.
func message(err *gqlerror.Error, node any, terse bool) string {
	value, _ := node.(*ast.Value)
	switch {
	case err.Rule == "ValuesOfCorrectType" && value != nil:
		return valueMessage(err, value, terse)
	case !terse:
		return err.Message
	}
	word, known := terseMessages[err.Rule]
	switch {
	case !known:
		return "This does not fit the schema."
	case word == nil:
		return err.Message
	}
	return word(node)
}

// terseMessages has an entry for each rule whose errors may say more than that
// the document is wrong. nil stands for the library's message, which for these
// rules has names of the document only.
var terseMessages = map[string]func(node any) string{
	"FragmentsOnCompositeTypes":   nil,
	"KnownDirectives":             nil,
	"KnownFragmentNames":          nil,
	"KnownRootType":               nil,
	"KnownTypeNames":              nil,
	"LoneAnonymousOperation":      nil,
	"MaxIntrospectionDepth":       nil,
	"NoDefer":                     nil,
	"NoFragmentCycles":            nil,
	"NoIntrospection":             nil,
	"NoUndefinedVariables":        nil,
	"NoUnusedFragments":           nil,
	"NoUnusedVariables":           nil,
	"UniqueArgumentNames":         nil,
	"UniqueDirectivesPerLocation": nil,
	"UniqueFragmentNames":         nil,
	"UniqueInputFieldNames":       nil,
	"UniqueOperationNames":        nil,
	"UniqueVariableNames":         nil,
	"VariablesAreInputTypes":      nil,

	"FieldsOnCorrectType": func(n any) string {
		if field, ok := n.(*ast.Field); ok {
			return fmt.Sprintf("Cannot query field %q.", field.Name)
		}
		return "Cannot query a field."
	},
	"KnownArgumentNames":        func(n any) string { return name(n) + " has an unknown argument." },
	"PossibleFragmentSpreads":   func(n any) string { return name(n) + " cannot be spread here." },
	"ProvidedRequiredArguments": func(n any) string { return name(n) + " lacks a required argument." },
	"ScalarLeafs": func(n any) string {
		if field, ok := n.(*ast.Field); ok && len(field.SelectionSet) > 0 {
			return name(n) + " must not have a selection."
		}
		return name(n) + " must have a selection of subfields."
	},
	"OverlappingFieldsCanBeMerged": func(any) string {
		return "Fields with the same response name conflict. Use different aliases to fetch both."
	},
	"VariablesInAllowedPosition": func(n any) string {
		if value, ok := n.(*ast.Value); ok && value.VariableDefinition != nil {
			return fmt.Sprintf("Variable %q of type %q can't be used here.", value, value.VariableDefinition.Type)
		}
		return "A variable can't be used here."
	},
}

// name returns what the document calls a node.
func name(node any) string {
	switch n := node.(type) {
	case *ast.Field:
		return fmt.Sprintf("Field %q", n.Name)
	case *ast.Directive:
		return fmt.Sprintf("Directive %q", "@"+n.Name)
	case *ast.FragmentSpread:
		return fmt.Sprintf("Fragment %q", n.Name)
	case *ast.InlineFragment:
		return "Fragment"
	}
	return "This"
}

// valueMessage returns the message of an error about a literal. Of the library's
// messages, only those about the fields of an input object leave the literal out.
func valueMessage(err *gqlerror.Error, value *ast.Value, terse bool) string {
	if child := childAt(value, err.Locations); child != nil {
		if terse {
			return fmt.Sprintf("Field %q is not defined here.", child.Name)
		}
		return err.Message
	}
	_, unreadable := value.Value(nil)
	switch {
	case terse:
		return badValue
	case value.Kind == ast.ObjectValue && value.Definition.Kind == ast.InputObject && unreadable == nil:
		return err.Message
	}
	return fmt.Sprintf("Expected a value of type %q.", value.ExpectedType)
}

// childAt returns the input field of an object literal at a location.
func childAt(value *ast.Value, at []gqlerror.Location) *ast.ChildValue {
	for _, child := range value.Children {
		if len(at) == 1 && child.Name != "" && child.Position.Line == at[0].Line && child.Position.Column == at[0].Column {
			return child
		}
	}
	return nil
}

// syntaxFault returns the fault of a text that can't be parsed: it is not
// GraphQL, or too large for the parser.
func (c *Cache) syntaxFault(text string, err error) *fault.Fault {
	var g *gqlerror.Error
	if !errors.As(err, &g) {
		return fault.Invalid(fault.New("The document is not GraphQL.", fault.CodeParseFailed))
	}
	tokens, nesting := countTokens(text)
	switch {
	case len(g.Locations) == 0 && tokens > c.limits.Tokens: // only the error about tokens has no location
		return fault.Invalid(fault.TooLarge("tokens", c.limits.Tokens, tokens))
	case nesting > parser.MaxNestingDepth:
		return fault.Invalid(fault.TooLarge("depth", c.limits.Depth, nesting))
	}
	failed := fault.New("The document is not GraphQL: "+unexpected(text, g.Locations)+".", fault.CodeParseFailed)
	failed.Locations = g.Locations
	position.Correct(text, failed)
	return fault.Invalid(failed)
}

// unexpected says what stands at the location of a syntax error: the kind of
// token, never its text.
func unexpected(text string, at []gqlerror.Location) string {
	for l := lexer.New(&ast.Source{Input: text}); len(at) == 1; {
		token, err := l.ReadToken()
		if err != nil {
			break
		}
		if token.Kind == lexer.EOF || token.Pos.Line == at[0].Line && token.Pos.Column == at[0].Column {
			return "unexpected " + token.Kind.String()
		}
	}
	return "invalid character, string or number"
}
