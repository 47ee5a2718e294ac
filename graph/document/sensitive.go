package document

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"

	"gatehouse/auth/policy"
)

// What was read after the three dots of a spread.
const (
	noSpread = iota
	someSpread
	inlineSpread // it is no name of a fragment
)

// SensitiveField returns the rule of the first sensitive field that stands where a root field of a mutation does, or one of a fragment, in a text that
// need not be a document; nil for none.
func (d *Cache) SensitiveField(text string) *policy.Rule {
	mutation := d.policy.Schema().Mutation
	if mutation == nil {
		return nil
	}
	levels, spread := []int{0}, noSpread // levels of the selection sets around; that of an inline fragment is the one it stands in
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
			spread = someSpread
		case lexer.At:
			if spread == someSpread {
				spread = inlineSpread
			}
		case lexer.Name:
			switch {
			case spread == someSpread && token.Value == "on":
				spread = inlineSpread
			case spread == someSpread:
				spread = noSpread
			case spread == noSpread && level == 1:
				if rule := d.policy.Rule(mutation.Fields.ForName(token.Value)); rule != nil && rule.Sensitive {
					return rule
				}
			}
		}
	}
}
