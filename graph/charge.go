package graph

import (
	"net/http"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"

	"gatehouse/auth/policy"
)

// charge counts one use of a sensitive field for a request that was refused because it is too large, so that to ask for a hundred logins at
// once is an attempt as well. It counts for the address alone: what else the request says of itself was not looked at.
func (h *Handler) charge(r *http.Request, text string, refusal *gqlerror.Error) {
	if refusal.Extensions["code"] != CodeOperationTooLarge {
		return
	}
	rule := h.views.whole.documents.secretive(text)
	if rule == nil {
		return
	}
	e := &execution{handler: h, sender: h.cookies.exchange(r).Sender}
	e.attempted(rule.Field(), &tooLarge{})
	for _, limit := range rule.RateLimits {
		if h.limiter != nil && slices.Equal(limit.By, []policy.RateKey{policy.ByIP}) {
			_, _ = h.limiter.Allow(r.Context(), limit, e.key(r.Context(), limit, nil)) // it is refused already
		}
	}
}

// What was read after the three dots of a spread.
const (
	noSpread = iota
	someSpread
	inlineSpread // it is no name of a fragment
)

// secretive returns the rule of the first sensitive field that stands where a root field of a mutation does, or one of a fragment, in a text that
// need not be a document; nil for none.
func (d *documents) secretive(text string) *policy.Rule {
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
