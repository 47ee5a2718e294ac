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
	for _, seed := range []string{
		`mutation($o: String) { change(input: {old: $o, new: "b"}) { codes } touch(id: "own") }`,
		`mutation($in: Change!) { a: change(input: $in) { codes @include(if: false) } b: remove(old: null) }`,
		`mutation { login { user { codes } } remove(old: "") ping(filter: {plain: 1}) { user { codes } } }`,
		`{ me { ...S } safe { two } } fragment S on User { codes friend { codes } }`,
	} {
		f.Add(seed)
	}
	p := policyOf(f, nasty+`
extend type Query { safe: Safe @authenticated }
extend type Mutation {
  change(input: Change!): User @authenticated @fresh(within: "10m", orGiven: "input.old") @sensitive
  remove(old: String): Int @hasRole(role: ["admin", "support"]) @fresh(within: "10m", orGiven: "old") @factors(least: 2) @sensitive
}
extend type User { codes: [String!] @hasRole(role: "admin", orSelf: "id") @fresh(within: "1m") }
type Safe @factors(least: 2) { one: Int two(x: Int @fresh(within: "1h")): Int @fresh(within: "5m") }
input Change { old: String new: String! twice: Change lately: Int @fresh(within: "1m") }`)
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, 1000)
		if err != nil || len(validator.ValidateWithRules(p.schema, doc, rules.NewDefaultRules())) > 0 {
			return
		}
		before := printed(doc)
		for _, op := range doc.Operations {
			plan := p.Plan(doc, op)
			p.PublicOnly(doc, op)
			who := subject("admin support", "read:users read:vault read:owner write:users")
			anonymous, admin := plan.Decide(nil, nil), plan.Decide(who, nil)
			plan.DecideBelow(nil, nil)
			proof := *who
			proof.AuthTime, proof.Now, proof.Factors = noon, noon, 2
			proven := plan.Decide(&proof, nil)
			if len(proven.Refused()) > len(admin.Refused()) {
				t.Errorf("with a proof, admin is refused %v, and without %v", proven.Refused(), admin.Refused())
			}
			for _, root := range proven.Refused() {
				if root.Err.StepUp() {
					t.Errorf("who proved everything is to prove again: %+v", root.Err)
				}
			}
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
