package policy

import (
	"slices"
	"strings"
	"testing"
)

// TestCompileDeclarations: a directive with another declaration than ours is a
// fault.
func TestCompileDeclarations(t *testing.T) {
	const fields = "\ntype Query { a: Int @public }"
	tests := []struct {
		declaration string
		place       string
		message     string // "" for none
	}{
		{"directive @public on FIELD_DEFINITION", "", ""}, // fewer locations
		{"directive @public on FIELD_DEFINITION | OBJECT", "", ""},
		{"directive @public(why: String) on FIELD_DEFINITION", "@public", `unknown argument "why"`},
		{"directive @public repeatable on FIELD_DEFINITION", "@public", "repeatable must be false"},
		{"directive @public on FIELD_DEFINITION | INTERFACE", "@public", "INTERFACE"},
		{"directive @public on FIELD_DEFINITION | FIELD", "@public", "FIELD:"},
		{"directive @authenticated on FIELD_DEFINITION | SCHEMA", "@authenticated", "SCHEMA"},
		{"directive @authenticated on FIELD_DEFINITION | ARGUMENT_DEFINITION", "@authenticated", "ARGUMENT_DEFINITION"},
		{"directive @authenticates on FIELD_DEFINITION | OBJECT", "@authenticates", "OBJECT"},
		{"directive @sensitive on FIELD_DEFINITION", "", ""},
		{"directive @sensitive on FIELD_DEFINITION | ARGUMENT_DEFINITION", "", ""},
		{"directive @sensitive on ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION", "@sensitive", "INPUT_FIELD_DEFINITION"},
		{"directive @sensitive on FIELD_DEFINITION | OBJECT", "@sensitive", "OBJECT"},
		{"directive @sensitive(once: Boolean) on FIELD_DEFINITION", "@sensitive", `unknown argument "once"`},
		{"directive @hasRole(role: [String!]!, orSelf: String) repeatable on FIELD_DEFINITION", "", ""},
		{"directive @hasRole(role: [String!]!) repeatable on FIELD_DEFINITION", "@hasRole", "the argument orSelf: String"},
		{"directive @hasRole(role: String!, orSelf: String) repeatable on FIELD_DEFINITION", "@hasRole", "the argument role: [String!]!"},
		{"directive @hasRole(role: [String!]! = [\"x\"], orSelf: String) repeatable on FIELD_DEFINITION", "@hasRole", "without a default"},
		{"directive @hasRole(role: [String!]!, orSelf: String = \"id\") repeatable on FIELD_DEFINITION", "@hasRole", "without a default"},
		{"directive @hasRole(role: [String!]!, orSelf: String) on FIELD_DEFINITION", "@hasRole", "repeatable must be true"},
		{"directive @hasScope(scopes: [String!]!, orSelf: String) repeatable on FIELD_DEFINITION", "@hasScope", `unknown argument "scopes"`},
		{"directive @hasScope(scope: [String!]!, orSelf: String) repeatable on UNION", "@hasScope", "UNION"},
		{"directive @hasScope(scope: [String!]!, orSelf: String) repeatable on INPUT_OBJECT", "@hasScope", "INPUT_OBJECT"},
		{"directive @hasScope(scope: [String!]!, orSelf: String) repeatable on ENUM_VALUE", "@hasScope", "ENUM_VALUE"},
	}
	for _, tt := range tests {
		t.Run(tt.declaration, func(t *testing.T) {
			sdl := tt.declaration + fields
			if !strings.HasPrefix(tt.declaration, "directive @public") {
				sdl += "\ndirective @public on FIELD_DEFINITION"
			}
			findings := faults(t, sdl, Config{})
			if tt.message == "" && len(findings) == 0 {
				return
			}
			if tt.message == "" || !slices.ContainsFunc(findings, func(f Finding) bool {
				return f.Coordinate == tt.place && f.Line == 1 && strings.Contains(f.Message, tt.message)
			}) {
				t.Errorf("got %v, want %s: …%s…", findings, tt.place, tt.message)
			}
		})
	}
}

// TestMisspelledDirectives: a directive whose name is nearly one of ours is a
// fault, because what looks guarded would be open.
func TestMisspelledDirectives(t *testing.T) {
	tests := []struct{ name, meant string }{
		{"hasRoles", "@hasRole"}, {"hasrole", "@hasRole"}, {"HasRole", "@hasRole"}, {"hasScopes", "@hasScope"}, {"hsaScope", "@hasScope"},
		{"hasScop", "@hasScope"}, {"publik", "@public"}, {"Public", "@public"}, {"autenticated", "@authenticated"}, {"authenticate", "@authenticate"},
		{"sensitiv", "@sensitive"}, {"sensitve", "@sensitive"}, {"sensetive", "@sensitive"},
		{"publish", ""}, {"role", ""}, {"scope", ""}, {"hasPermission", ""}, {"requiresScopes", ""}, {"policy", ""}, {"cost", ""}, {"private", ""},
	}
	for _, tt := range tests {
		declarations := declarations
		if tt.name == "scope" { // ours is of the same name, but for a schema
			declarations = strings.Replace(declarations, "directive @scope(name: String!, title: String!) repeatable on SCHEMA", "", 1)
		}
		found := faults(t, declarations+"directive @"+tt.name+" on FIELD_DEFINITION\ntype Query { a: Int @public b: T @public } type T { c: Int @"+tt.name+" }", Config{})
		if (len(found) > 0) != (tt.meant != "") {
			t.Errorf("@%s: %v", tt.name, found)
			continue
		}
		for _, f := range found {
			if f.Coordinate != "@"+tt.name || f.Line != 6 || !strings.Contains(f.Message, "nearly "+tt.meant) {
				t.Errorf("@%s: %v", tt.name, f)
			}
		}
	}
}
