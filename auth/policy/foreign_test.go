package policy

import (
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
)

// foreignDeclaration declares directives of other systems.
const foreignDeclaration = `
directive @auth(requires: R, rules: [String]) repeatable on FIELD_DEFINITION | OBJECT | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE | INTERFACE | UNION | SCALAR | ENUM | INPUT_OBJECT | SCHEMA
directive @requiresScopes(scopes: [[String!]!]!) on FIELD_DEFINITION
directive @aws_cognito_user_pools(cognito_groups: [String!]) on FIELD_DEFINITION
directive @isOwner on FIELD_DEFINITION
directive @allowAnonymous on FIELD_DEFINITION
directive @colour(name: String) on FIELD_DEFINITION
directive @length(max: Int) on FIELD_DEFINITION
directive @key(fields: String) on OBJECT
directive @goField(name: String) on FIELD_DEFINITION
enum R { ADMIN }
`

// TestForeignDirectives: what looks like a guard but is not one is a warning,
// wherever it stands, with what to write instead.
func TestForeignDirectives(t *testing.T) {
	open := "type Query { x: Int @public }\n"
	tests := []struct{ sdl, place, message string }{
		{`type A { s: String @auth(requires: ADMIN) }`, "A.s", `@auth guards nothing here: write @hasRole(role: "ADMIN")`},
		{`type A { s: String @auth }`, "A.s", `write @authenticated`},
		{`type A { s: String @auth(rules: ["a", "b"]) }`, "A.s", `write @hasRole(role: ["a", "b"])`},
		{`type A { s: String @auth(rules: ["not a word"]) }`, "A.s", `write @authenticated`},
		{`type A @auth { s: String }`, "A", `write @authenticated`},
		{`type A { s(a: Int @auth): String }`, "A.s(a:)", `guards nothing here`},
		{`input A { s: Int @auth }`, "A.s", `guards nothing here`},
		{`input A @auth { s: Int }`, "A", `guards nothing here`},
		{`enum A { B @auth }`, "A.B", `guards nothing here`},
		{`enum A @auth { B }`, "A", `guards nothing here`},
		{`scalar A @auth`, "A", `guards nothing here`},
		{`union A @auth = Query`, "A", `guards nothing here`},
		{`interface A @auth { s: Int }`, "A", `guards nothing here`},
		{`interface A { s: Int @auth }`, "A.s", `guards nothing here`},
		{`extend type Query { s: Int @public @auth }`, "Query.s", `guards nothing here`},
		{`schema @auth { query: Query }`, "schema", `guards nothing here`},
		{`type A { s: Int @requiresScopes(scopes: [["read:a"]]) }`, "A.s", `write @hasScope(scope: "read:a")`},
		{`type A { s: Int @requiresScopes(scopes: [["a", "b"]]) }`, "A.s", `write @hasScope(scope: "a") @hasScope(scope: "b")`},
		{`type A { s: Int @requiresScopes(scopes: [["a"], ["b"]]) }`, "A.s", `write @hasScope(scope: ["a", "b"])`},
		{`type A { s: Int @aws_cognito_user_pools(cognito_groups: ["Admins"]) }`, "A.s", `write @hasRole(role: "Admins")`},
		{`type A { s: Int @aws_cognito_user_pools }`, "A.s", `write @authenticated`},
		{`type A { s: Int @isOwner }`, "A.s", `orSelf: "id"`},
		{`type A { s: Int @allowAnonymous }`, "A.s", `write @public`},
		{`type A { s: Int @colour(name: "red") }`, "A.s", `if it is meant to, write @authenticated, @hasRole or @hasScope; if not, say so (--harmless colour)`},

		{`type A { s: Int @length(max: 3) }`, "", ""}, // Config.Harmless
		{`type A @key(fields: "s") { s: Int @goField(name: "S") @deprecated }`, "", ""},
		{`scalar A @specifiedBy(url: "https://example.com")`, "", ""},
		{`type A { s: Int @hasScope(scope: "a") }`, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.sdl, func(t *testing.T) {
			p, findings := Review(schemaOf(t, declarations+foreignDeclaration+open+tt.sdl), Config{Harmless: []string{"length"}}, nil, "admin")
			if p == nil || (tt.place == "") != (len(findings) == 0) || len(findings) > 1 {
				t.Fatalf("findings = %v", findings)
			}
			line := strings.Count(declarations+foreignDeclaration+open, "\n") + 1
			for _, f := range findings {
				if f.Coordinate != tt.place || f.Line != line || !f.Warning || !strings.Contains(f.Message, tt.message) {
					t.Errorf("finding = %v, want %s: %s", f, tt.place, tt.message)
				}
			}
		})
	}
}

// TestPurposes: each name of another system has one purpose, and none is ours,
// harmless or nearly ours.
func TestPurposes(t *testing.T) {
	seen := map[string]bool{}
	for _, names := range purposes {
		for _, name := range names {
			declared := &ast.Schema{Directives: map[string]*ast.DirectiveDefinition{name: {Name: name, Locations: onFields}}}
			if seen[name] || Declares(declared, name) || Harmless(name) || name != strings.ToLower(name) {
				t.Errorf("%s stands twice, or is not another's", name)
			}
			seen[name] = true
		}
	}
	for _, name := range []string{"auth", "isAuthenticated", "requireAuth", "private", "can", "hasPermission", "requiresScopes", "policy",
		"aws_auth", "aws_cognito_user_pools", "hasura", "isOwner", "requires_role", "AUTHORIZED"} {
		if purposeOf(name) == unknownPurpose {
			t.Errorf("@%s is unknown", name)
		}
	}
	if got := Instead(&ast.Directive{Name: "can"}); got != `write @hasScope(scope: "SCOPE")` {
		t.Error(got)
	}
}
