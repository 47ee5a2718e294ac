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

// secretive returns the rule of the first sensitive field that stands where a root field of a mutation does, or one of a fragment, in a text that
// need not be a document; nil for none.
func (d *documents) secretive(text string) *policy.Rule {
	mutation := d.policy.Schema().Mutation
	if mutation == nil {
		return nil
	}
	nesting := 0
	for l := lexer.New(&ast.Source{Input: text}); ; {
		token, err := l.ReadToken()
		if err != nil || token.Kind == lexer.EOF {
			return nil
		}
		switch token.Kind {
		case lexer.BraceL, lexer.ParenL, lexer.BracketL:
			nesting++
		case lexer.BraceR, lexer.ParenR, lexer.BracketR:
			nesting--
		case lexer.Name:
			if nesting != 1 {
				continue
			}
			if field := mutation.Fields.ForName(token.Value); field != nil {
				if rule := d.policy.Rule(field); rule != nil && rule.Sensitive {
					return rule
				}
			}
		}
	}
}
