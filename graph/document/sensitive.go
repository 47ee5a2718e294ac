package document

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"

	"gatehouse/auth/policy"
)

// Keepable reports whether a valid document may stay in memory. A mutation with
// a string in it may hold a password or a token. So may a string in a document
// with a @sensitive argument, and any literal in one with a @sensitive field.
func (d *Document) Keepable() bool {
	if len(d.Text) > cachedBytes {
		return false
	}
	quotes := strings.Contains(d.Text, `"`)
	for _, op := range d.Operations {
		if quotes && (op.secret || op.Operation == ast.Mutation) || op.Sensitive > 0 && HasLiterals(d.Text) {
			return false
		}
	}
	return true
}

// takesSecret reports whether an operation selects a field with a @sensitive
// argument.
func takesSecret(doc *ast.QueryDocument, op *ast.OperationDefinition) bool {
	for selection := range selections(doc, op.SelectionSet) {
		field, ok := selection.(*ast.Field)
		if !ok || field.Definition == nil {
			continue
		}
		for _, arg := range field.Definition.Arguments {
			if arg.Directives.ForName("sensitive") != nil {
				return true
			}
		}
	}
	return false
}

// HasLiterals reports whether a text holds a value that can be a secret: a
// string or a number, as an argument or a default.
func HasLiterals(text string) bool {
	for l := lexer.New(&ast.Source{Input: text}); ; {
		switch token, err := l.ReadToken(); {
		case err != nil || token.Kind == lexer.EOF:
			return false
		case token.Kind == lexer.String, token.Kind == lexer.BlockString, token.Kind == lexer.Int, token.Kind == lexer.Float:
			return true
		}
	}
}

// What the scan in SensitiveField has read of a spread.
const (
	noSpread     = iota
	dots         // the three dots
	inlineSpread // likewise, and what follows is not the name of a fragment
)

// SensitiveField returns the rule of the first @sensitive field in a text that
// is at the root of a mutation or of a fragment, nil if none is. The text need not
// be a document, nor within the limits.
func (c *Cache) SensitiveField(text string) *policy.Rule {
	mutation := c.policy.Schema().Mutation
	if mutation == nil {
		return nil
	}
	levels, spread := []int{0}, noSpread // the levels around; an inline fragment has the level of what it is in
	for l := lexer.New(&ast.Source{Input: text}); ; {
		token, err := l.ReadToken()
		if err != nil || token.Kind == lexer.EOF {
			return nil
		}
		level := levels[len(levels)-1]
		switch token.Kind {
		case lexer.BraceL:
			if spread == noSpread {
				level++
			}
			levels, spread = append(levels, level), noSpread
		case lexer.ParenL, lexer.BracketL:
			levels = append(levels, level+1)
		case lexer.BraceR, lexer.ParenR, lexer.BracketR:
			levels = levels[:max(len(levels)-1, 1)]
		case lexer.Spread:
			spread = dots
		case lexer.At:
			if spread == dots {
				spread = inlineSpread
			}
		case lexer.Name:
			switch {
			case spread == dots && token.Value == "on":
				spread = inlineSpread
			case spread == dots:
				spread = noSpread
			case spread == noSpread && level == 1:
				if rule := c.policy.Rule(mutation.Fields.ForName(token.Value)); rule != nil && rule.Sensitive {
					return rule
				}
			}
		}
	}
}
