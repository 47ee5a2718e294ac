package policy

import (
	"slices"
	"strings"
	"testing"
)

// TestDelegationFaults: each schema has exactly this fault, and is next to the
// same schema done right. It starts at line 6, after the declarations.
func TestDelegationFaults(t *testing.T) {
	const titles = "\nextend schema @scope(name: \"s\", title: \"S\") @scope(name: \"t\", title: \"T\")"
	tests := []struct {
		name    string
		wrong   string
		fault   string // the start of it
		message string // part of it
		right   string
	}{
		{"nothing asks for the person", `type Query { a: Int @hasScope(scope: "t") @delegable(scope: "s") }`, "6: Query.a: @delegable opens nothing here", "@authenticated or orSelf",
			`type Query { a(id: ID): Int @hasScope(scope: "t", orSelf: "id") @delegable(scope: "s") }`},
		{"public", `type Query { a: Int @public @delegable }`, "6: Query.a: @delegable opens nothing here", "", `type Query { a: Int @authenticated @delegable }`},
		{"nothing at all", `type Query { o: O @public } type O { a: Int @delegable }`, "6: O.a: @delegable opens nothing here", "",
			`type Query { o: O @public } type O { a: Int @authenticated @delegable }`},
		{"a role is needed too", `type Query { a: Int @hasRole(role: "r") @authenticated @delegable }`, "6: Query.a: @delegable opens nothing here", "a @hasRole without orSelf",
			`type Query { a(id: ID): Int @hasRole(role: "r", orSelf: "id") @authenticated @delegable }`},
		{"on a type where nothing asks", `type Query { o: O @public } type O @delegable { a: Int b: Int @hasScope(scope: "s") }`, "6: O: @delegable opens nothing here", "",
			`type Query { o: O @public } type O @delegable { a: Int b: Int @authenticated }`},
		{"in an extension where nothing asks", "type Query { o: O @public } type O { a: Int }\nextend type O @delegable", "7: O: @delegable opens nothing here", "",
			"type Query { o: O @public } type O { a: Int }\nextend type O @delegable { b: Int @authenticated }"},
		{"on an interface where nothing asks", `type Query { i: I @public } interface I { a: Int @delegable } type O implements I { a: Int }`, "6: I.a: @delegable opens nothing here", "",
			`type Query { i: I @public } interface I { a: Int @delegable } type O implements I { a: Int @authenticated }`},
		{"on an interface itself", `type Query { i: I @public } interface I @delegable { a: Int } type O implements I { a: Int @authenticated }`, "", "", ""},
		{"sensitive", `type Query { a: Int @authenticated @sensitive @delegable(scope: "s") }`, "6: Query.a: a @sensitive field is for persons", "remove @delegable",
			`type Query { a: Int @authenticated @delegable(scope: "s") }`},
		{"a type with something sensitive", `type Query @authenticated @delegable { a: Int b: Int @sensitive }`, "6: Query.b: a @sensitive field is for persons", "",
			`type Query @authenticated { a: Int @delegable b: Int @sensitive }`},
		{"an empty list", `type Query { a: Int @authenticated @delegable(scope: []) }`, "6: Query.a: @delegable(scope:) needs a list of scopes", "without the argument",
			`type Query { a: Int @authenticated @delegable(scope: null) }`},
		{"no word", `type Query { a: Int @authenticated @delegable(scope: "s t") }`, "6: Query.a: @delegable(scope:) needs a list of scopes", "",
			`type Query { a: Int @authenticated @delegable(scope: ["s", "t"]) }`},
		{"no word on a type", `type Query @authenticated @delegable(scope: "") { a: Int b: Int }`, "6: Query: @delegable(scope:) needs a list of scopes", "",
			`type Query @authenticated @delegable(scope: "s") { a: Int b: Int }`},
		{"own and power", "type Query { a: Int @authenticated @delegable(scope: \"s\") b: Int\n@hasScope(scope: [\"t\", \"s\"]) }", `6: Query.a: @delegable and @hasScope (Query.b) both name the scope "s"`, "choose another name",
			`type Query { a: Int @authenticated @delegable(scope: "s") b: Int @hasScope(scope: "t") }`},
		{"own and power of an input field", `type Query { a(in: In): Int @authenticated @delegable(scope: "s") } input In { x: Int @hasScope(scope: "s") }`,
			`6: Query.a: @delegable and @hasScope (In.x) both name the scope "s"`, "", `type Query { a(in: In): Int @authenticated @delegable(scope: "s") } input In { x: Int @hasScope(scope: "t") }`},
		{"no title", `type Query { a: Int @authenticated @delegable(scope: "u") }`, `6: Query.a: the scope "u" has no title: add to the schema @scope(name: "u", title: `, "",
			`extend schema @scope(name: "u", title: "U") type Query { a: Int @authenticated @delegable(scope: "u") }`},
		{"no title for a power scope", `type Query { a(x: Int @hasScope(scope: "u")): Int @public }`, `6: Query.a(x:): the scope "u" has no title`, "",
			`extend schema @scope(name: "u", title: "U") type Query { a(x: Int @hasScope(scope: "u")): Int @public }`},
		{"two titles", `extend schema @scope(name: "s", title: "Again") type Query { a: Int @public }`, `7: schema: @scope names "s" twice`, "",
			`type Query { a: Int @public }`},
		{"an empty title", `extend schema @scope(name: "u", title: " ") type Query { a: Int @public }`, `6: schema: @scope(name: "u") needs a title`, "",
			`extend schema @scope(name: "u", title: "U") type Query { a: Int @public }`},
		{"a title of two lines", `extend schema @scope(name: "u", title: "U\nV") type Query { a: Int @public }`, `6: schema: @scope(name: "u") needs a title`, "on one line",
			`extend schema @scope(name: "u", title: "U, V") type Query { a: Int @public }`},
		{"a title for no word", `extend schema @scope(name: "u v", title: "U") type Query { a: Int @public }`, `6: schema: @scope needs a name`, "",
			`extend schema @scope(name: "u:v", title: "U") type Query { a: Int @public }`},
		{"on an argument", `type Query { a(x: Int @delegable): Int @public }`, "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.fault == "" { // GraphQL has refused it already
				if loads(declarations + tt.wrong) {
					t.Error("loads")
				}
				return
			}
			got := faults(t, declarations+tt.wrong+titles, Config{Sibling: readable})
			if len(got) != 1 || !strings.HasPrefix(strings.TrimPrefix(got[0].String(), "test.graphqls:"), tt.fault) || !strings.Contains(got[0].Message, tt.message) {
				t.Errorf("got %q, want %s …%s", got, tt.fault, tt.message)
			}
			if right := faults(t, declarations+tt.right+titles, Config{Sibling: readable}); len(right) > 0 {
				t.Errorf("done right: %v", right)
			}
		})
	}
}

// TestDelegableWhereItCanNotBe: a schema that allows it in other places is
// refused, and so is each use there.
func TestDelegableWhereItCanNotBe(t *testing.T) {
	const wide = `directive @public on FIELD_DEFINITION directive @authenticated on FIELD_DEFINITION
directive @delegable(scope: [String!]) on FIELD_DEFINITION | INTERFACE | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | ENUM
type Query { a(b: In @delegable): I @public }
interface I @delegable { x: Int } type O implements I { x: Int @authenticated } enum E @delegable { V } input In { x: Int @delegable }`
	got := faults(t, wide, Config{})
	for _, place := range []string{"@delegable", "Query.a(b:)", "I", "E", "In.x"} {
		if !slices.ContainsFunc(got, func(f Finding) bool { return f.Coordinate == place }) {
			t.Errorf("no fault at %s: %v", place, got)
		}
	}
}

// TestSchemasWithoutDelegation: schemas that were made before there was
// @delegable or a @scope of ours load as before, without titles.
func TestSchemasWithoutDelegation(t *testing.T) {
	const guards = `directive @public on FIELD_DEFINITION directive @hasScope(scope: [String!]!, orSelf: String) repeatable on FIELD_DEFINITION
		type Query { open: Int @public a: Int @hasScope(scope: "a") o: O @public }`
	tests := []struct{ rest, warning string }{
		{`type O { b: Int }`, ""},
		{`type O { b: Int @scope(name: "b") } directive @scope(name: String!) on FIELD_DEFINITION`, `O.b: @scope guards nothing here: write @hasScope(scope: "b")`},
		{`type O { b: Int @scopes(of: ["b", "c"]) } directive @scopes(of: [String]) on FIELD_DEFINITION`, `O.b: @scopes guards nothing here: write @hasScope(scope: ["b", "c"])`},
		{`type O { b: Int } directive @delegate(to: String) on FIELD_DEFINITION`, ""},
		{`type O { b: Int } directive @scope(name: String!, title: String!) repeatable on SCHEMA`, ""}, // declared, not used
	}
	for _, tt := range tests {
		p, findings := Review(schemaOf(t, guards+tt.rest), Config{}, nil, "admin")
		if p == nil || (tt.warning == "") != (len(findings) == 0) || tt.warning != "" && !strings.HasSuffix(findings[0].String(), tt.warning) {
			t.Errorf("%s: %v", tt.rest, findings)
		}
		if p != nil && (p.Delegates() || len(p.OwnScopes()) > 0 || p.ScopeList()[0].Title != "") {
			t.Errorf("%s: %v", tt.rest, p.ScopeList())
		}
	}
	undeclared := `directive @authenticated on FIELD_DEFINITION directive @delegable(scope: [String!]) on FIELD_DEFINITION
		type Query { a: Int @authenticated @delegable(scope: "a") }`
	if got := faults(t, undeclared, Config{}); len(got) != 1 || !strings.Contains(got[0].Message, "has no title") {
		t.Errorf("without @scope: %v", got)
	}
	if Declared(schemaOf(t, `directive @scope(name: String!) on FIELD_DEFINITION type Query { a: Int @scope(name: "x") }`)) {
		t.Error("another's @scope counts as ours")
	}
}
