package policy

import (
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// FuzzPlanAndDecide: any valid document can be planned and decided without a
// panic and without being changed. An anonymous caller never gets more than
// another, and a clear decision refuses nothing.
func FuzzPlanAndDecide(f *testing.F) {
	for _, seed := range []string{
		`{ me { email } staff both(id: "own") }`,
		`query($v: Filter = {and: [{name: "a"}]}, $b: Boolean! = true) { ask(filter: $v, limit: 1) @skip(if: $b) open { many { posts(tag: "a") } } }`,
		`mutation { a: login { user { ...F } query { staff } } b: ping { user { ...F } } } fragment F on User { email friend { email } }`,
		`{ found { __typename ... on Vault { text door { user { email } } } ... on Entity { owner note } } }`,
		`{ again { again { ...R } } } fragment R on Query { user(id: "own") { id } ... @include(if: false) { staff } }`,
	} {
		f.Add(seed)
	}
	p := policyOf(f, nasty)
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, 1000)
		if err != nil || len(validator.ValidateWithRules(p.schema, doc, rules.NewDefaultRules())) > 0 {
			return
		}
		before := printed(doc)
		for _, op := range doc.Operations {
			plan := p.Plan(doc, op)
			p.PublicOnly(doc, op)
			anonymous, admin := plan.Decide(nil, nil), plan.Decide(subject("admin support", "read:users read:vault read:owner write:users"), nil)
			plan.DecideBelow(nil, nil)
			if len(anonymous.Refused()) < len(admin.Refused()) || admin.Clear() && len(admin.Refused()) > 0 {
				t.Errorf("anonymous is refused %v, admin %v", anonymous.Refused(), admin.Refused())
			}
			for field := range plan.index {
				if p.Check(anonymous, field, "User", "own") == nil || p.Check(nil, field, "User", "own") == nil {
					t.Errorf("an anonymous caller reaches %s", field.Name)
				}
			}
		}
		if printed(doc) != before {
			t.Error("the document was changed")
		}
	})
}
