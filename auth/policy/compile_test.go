package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestCompileFaults: each schema has a fault and is next to the same schema
// without it. It starts at line 6, after the declarations.
func TestCompileFaults(t *testing.T) {
	tests := []struct {
		name       string
		wrong      string
		coordinate string
		line       int
		message    string // part of it
		right      string
	}{
		{"open root field", "type Query {\n a: Int\n}", "Query.a", 7, "who may reach it", "type Query {\n a: Int @public\n}"},
		{"open root field of a mutation", "type Query { a: Int @public }\ntype Mutation { b: Int }", "Mutation.b", 7, "who may reach it",
			"type Query { a: Int @public }\ntype Mutation @authenticated { b: Int }"},
		{"open root field of a renamed root", "schema { query: Q }\ntype Q { a: Int }", "Q.a", 7, "who may reach it",
			"schema { query: Q }\ntype Q @public { a: Int }"},
		{"open root field in an extension", "type Query { a: Int @public }\nextend type Query { b: Int }", "Query.b", 7, "who may reach it",
			"type Query { a: Int @public }\nextend type Query { b: Int @public }"},
		{"empty list", `type Query { a: Int @hasRole(role: []) }`, "Query.a", 6, "needs a list of roles", `type Query { a: Int @hasRole(role: ["x"]) }`},
		{"empty list of scopes", `type Query { a: Int @hasScope(scope: []) }`, "Query.a", 6, "needs a list of scopes", `type Query { a: Int @hasScope(scope: "x") }`},
		{"empty name", `type Query { a: Int @hasRole(role: "") }`, "Query.a", 6, "needs a list of roles", `type Query { a: Int @hasRole(role: "x") }`},
		{"two names in one", `type Query { a: Int @hasScope(scope: "x y") }`, "Query.a", 6, "needs a list of scopes", `type Query { a: Int @hasScope(scope: ["x", "y"]) }`},
		{"no string", `type Query { a: Int @hasRole(role: ADMIN) }`, "Query.a", 6, "needs a list of roles", `type Query { a: Int @hasRole(role: "ADMIN") }`},
		{"one of two no string", `type Query { a: Int @hasRole(role: ["x", 5]) }`, "Query.a", 6, "needs a list of roles", `type Query { a: Int @hasRole(role: ["x"]) }`},
		{"empty list on a type", "type Query { a: T @public }\ntype T @hasRole(role: []) { b: Int }", "T.b", 7, "needs a list of roles",
			"type Query { a: T @public }\ntype T @hasRole(role: \"x\") { b: Int }"},
		{"empty list on an argument", "type Query { a(b: Int @hasRole(role: [])): Int @public }", "Query.a(b:)", 6, "needs a list of roles",
			`type Query { a(b: Int @hasRole(role: "x")): Int @public }`},
		{"empty list on an input field", "type Query { a(b: I): Int @public }\ninput I { c: Int @hasScope(scope: []) }", "I.c", 7, "needs a list of scopes",
			"type Query { a(b: I): Int @public }\ninput I { c: Int @hasScope(scope: \"x\") }"},
		{"empty list on a field of an interface", "type Query { a: N @public }\ninterface N { b: Int @hasRole(role: []) }\ntype T implements N { b: Int }",
			"T.b", 7, "needs a list of roles", "type Query { a: N @public }\ninterface N { b: Int @hasRole(role: \"x\") }\ntype T implements N { b: Int }"},

		{"orSelf names nothing", `type Query { a: Int @hasRole(role: "x", orSelf: "id") }`, "Query.a", 6, `"id" is not an argument`,
			`type Query { a(id: ID): Int @hasRole(role: "x", orSelf: "id") }`},
		{"orSelf names an argument that is no id", `type Query { a(id: Int): Int @hasRole(role: "x", orSelf: "id") }`, "Query.a", 6, `"id" is not an argument`,
			`type Query { a(id: String!): Int @hasRole(role: "x", orSelf: "id") }`},
		{"orSelf names a list", `type Query { a(id: [ID]): Int @hasRole(role: "x", orSelf: "id") }`, "Query.a", 6, `"id" is not an argument`,
			`type Query { a(id: ID!): Int @hasRole(role: "x", orSelf: "id") }`},
		{"orSelf is empty", `type Query { a(id: ID): Int @hasRole(role: "x", orSelf: "") }`, "Query.a", 6, `"" is not an argument`,
			`type Query { a(id: ID): Int @hasRole(role: "x", orSelf: null) }`},
		{"orSelf is no string", `type Query { a(id: ID): Int @hasRole(role: "x", orSelf: id) }`, "Query.a", 6, `is not an argument`,
			`type Query { a(id: ID): Int @hasRole(role: "x", orSelf: "id") }`},
		{"orSelf on a root type", `type Query @hasRole(role: "x", orSelf: "id") { a(id: ID): Int b: Int }`, "Query.b", 6, `"id" is not an argument`,
			`type Query @hasRole(role: "x", orSelf: "id") { a(id: ID): Int b(id: ID): Int }`},
		{"orSelf names no sibling", object(`b: Int @hasRole(role: "x", orSelf: "uid")`), "T.b", 7, `"uid" is not a field`, object(`b: Int @hasRole(role: "x", orSelf: "id")`)},
		{"orSelf names a list of siblings", object(`ids: [ID] b: Int @hasRole(role: "x", orSelf: "ids")`), "T.b", 7, `"ids" is not a field`,
			object(`ids: [ID] b: Int @hasRole(role: "x", orSelf: "id")`)},
		{"orSelf names a sibling with arguments", object(`of(x: Int): ID b: Int @hasRole(role: "x", orSelf: "of")`), "T.b", 7, `"of" is not a field`,
			object(`of(x: Int): ID b: Int @hasRole(role: "x", orSelf: "id")`)},
		{"orSelf on an interface that an implementer can't meet",
			"type Query { a: N @public }\ninterface N { b: Int @hasRole(role: \"x\", orSelf: \"id\") }\ntype T implements N { b: Int }", "T.b", 7, `"id" is not a field`,
			"type Query { a: N @public }\ninterface N { b: Int @hasRole(role: \"x\", orSelf: \"id\") }\ntype T implements N { b: Int id: ID }"},
		{"orSelf on an argument", `type Query { a(id: ID @hasRole(role: "x", orSelf: "id")): Int @public }`, "Query.a(id:)", 6, "orSelf has no effect",
			`type Query { a(id: ID @hasRole(role: "x")): Int @public }`},
		{"orSelf on an input field", "type Query { a(b: I): Int @public }\ninput I { id: ID @hasScope(scope: \"x\", orSelf: \"id\") }", "I.id", 7, "orSelf has no effect",
			"type Query { a(b: I): Int @public }\ninput I { id: ID @hasScope(scope: \"x\") }"},
		{"orSelf null on an argument", `type Query { a(id: ID @hasRole(role: "x", orSelf: null)): Int @public }`, "Query.a(id:)", 6, "orSelf has no effect",
			`type Query { a(id: ID @hasRole(role: "x")): Int @public }`},

		{"public beside a guard", `type Query { a: Int @public @authenticated }`, "Query.a", 6, "@public doesn't lift another guard", `type Query { a: Int @authenticated }`},
		{"public in a guarded type", `type Query @authenticated { a: Int @public }`, "Query.a", 6, "@public doesn't lift another guard", `type Query @authenticated { a: Int }`},
		{"a guard in a public type", `type Query @public { a: Int @authenticated }`, "Query.a", 6, "@public doesn't lift another guard", `type Query { a: Int @authenticated }`},
		{"public on a field of a guarded object", "type Query { a: T @public }\ntype T @authenticated { b: Int @public }", "T.b", 7, "@public doesn't lift another guard",
			"type Query { a: T @public }\ntype T @authenticated { b: Int }"},
		{"a public interface field that an implementer guards",
			"type Query { a: N @public }\ninterface N { b: Int @public }\ntype T implements N { b: Int @authenticated }", "T.b", 8, "@public doesn't lift another guard",
			"type Query { a: N @public }\ninterface N { b: Int }\ntype T implements N { b: Int @authenticated }"},
		{"a guarded interface field that an implementer opens",
			"type Query { a: N @public }\ninterface N { b: Int @authenticated }\ntype T implements N { b: Int @public }", "T.b", 8, "@public doesn't lift another guard",
			"type Query { a: N @public }\ninterface N { b: Int @authenticated }\ntype T implements N { b: Int }"},

		{"authenticates on a query", "type Query { a: Int @public @authenticates }", "Query.a", 6, "belongs on a field of the mutation type",
			"type Query { a: Int @public }\ntype Mutation { b: Int @public @authenticates }"},
		{"authenticates on an object", object(`b: Int @authenticates`), "T.b", 7, "belongs on a field of the mutation type", object(`b: Int`)},
		{"authenticates on an interface", "type Query { a: N @public }\ninterface N { b: Int @authenticates }\ntype T implements N { b: Int }", "N.b", 7,
			"belongs on a field of the mutation type", "type Query { a: N @public }\ninterface N { b: Int }\ntype T implements N { b: Int }"},

		{"sensitive below the root", object(`b: Int @sensitive`), "T.b", 7, "@sensitive belongs on a root field", "type Query { a(b: Int @sensitive): Int @public @sensitive }"},
		{"sensitive on an interface", "type Query { a: N @public }\ninterface N { b: Int @sensitive }\ntype T implements N { b: Int }", "N.b", 7,
			"@sensitive belongs on a root field", "type Query { a: N @public @sensitive }\ninterface N { b: Int }\ntype T implements N { b: Int }"},
		{"sensitive beside no guard", "type Query { a: Int @sensitive }", "Query.a", 6, "a root field must say who may reach it", "type Query { a: Int @sensitive @authenticated }"},

		{"a guard on the way to a root type", "type Query { a: P @public }\ntype P { query: Query @authenticated }", "P.query", 7, "leads to the root type Query",
			"type Query { a: P @public }\ntype P { query: Query }"},
		{"a guarded type on the way to a root type", "type Query { a: P @public }\ntype P @authenticated { q: Query! }", "P.q", 7, "leads to the root type Query",
			"type Query { a: P @public }\ntype P { q: Query! }"},
		{"a guarded argument on the way to a root type", "type Query { a: P @public }\ntype P { q(b: Int @hasRole(role: \"x\")): Query }", "P.q(b:)", 7,
			"leads to the root type Query", "type Query { a: P @public }\ntype P { q(b: Int): Query }"},
		{"a login on the way to a root type", "type Query { a: Int @public }\ntype Mutation { b: Query @public @authenticates }", "Mutation.b", 7,
			"leads to the root type Query", "type Query { a: Int @public }\ntype Mutation { b: P @public @authenticates }\ntype P { q: Query }"},
		{"a guarded argument on an interface", "type Query { a: N @public }\ninterface N { b(c: Int @hasRole(role: \"x\")): Int }\ntype T implements N { b(c: Int): Int }",
			"N.b(c:)", 7, "interface's argument", "type Query { a: N @public }\ninterface N { b(c: Int): Int }\ntype T implements N { b(c: Int @hasRole(role: \"x\")): Int }"},
		{"a guarded argument of a directive", "type Query { a: Int @public }\ndirective @d(x: Int @hasRole(role: \"x\")) on FIELD", "@d(x:)", 7, "not enforced",
			"type Query { a: Int @public }\ndirective @d(x: Int) on FIELD"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			findings := faults(t, declarations+tt.wrong, Config{Sibling: readable})
			if !slices.ContainsFunc(findings, func(f Finding) bool {
				return f.Coordinate == tt.coordinate && f.Line == tt.line && f.File == "test.graphqls" && strings.Contains(f.Message, tt.message)
			}) {
				t.Errorf("want %s at line %d: …%s…, got %q", tt.coordinate, tt.line, tt.message, findings)
			}
			if right := faults(t, declarations+tt.right, Config{Sibling: readable}); len(right) > 0 {
				t.Errorf("done right: %v", right)
			}
		})
	}
}

// object returns a schema with a type T, on its second line, that has an id and
// the given fields.
func object(fields string) string {
	return "type Query { a: T @public }\ntype T { id: ID " + fields + " }"
}

func faults(t *testing.T, sdl string, config Config) Findings {
	t.Helper()
	p, err := Compile(schemaOf(t, sdl), config)
	var findings Findings
	if errors.As(err, &findings) == (p != nil) {
		t.Fatalf("policy %v with error %v", p, err)
	}
	return findings
}

// TestCompileMisplaced: if a schema allows a guard where it can't be enforced,
// the declaration and each use are faults.
func TestCompileMisplaced(t *testing.T) {
	const wide = `directive @public on FIELD_DEFINITION
directive @authenticated on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ENUM | ENUM_VALUE | SCALAR | INPUT_OBJECT | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION
type Query { a(b: I %s): N @public c: U @public d: E @public e: S @public }
`
	tests := []struct{ argument, rest, coordinate string }{
		{"", "interface N @authenticated { x: Int } type T implements N { x: Int } union U = T enum E { V } scalar S input I { f: Int }", "N"},
		{"", "interface N { x: Int } type T implements N { x: Int } union U @authenticated = T enum E { V } scalar S input I { f: Int }", "U"},
		{"", "interface N { x: Int } type T implements N { x: Int } union U = T enum E @authenticated { V } scalar S input I { f: Int }", "E"},
		{"", "interface N { x: Int } type T implements N { x: Int } union U = T enum E { V @authenticated } scalar S input I { f: Int }", "E.V"},
		{"", "interface N { x: Int } type T implements N { x: Int } union U = T enum E { V } scalar S @authenticated input I { f: Int }", "S"},
		{"", "interface N { x: Int } type T implements N { x: Int } union U = T enum E { V } scalar S input I @authenticated { f: Int }", "I"},
		{"", "interface N { x: Int } type T implements N { x: Int } union U = T enum E { V } scalar S input I { f: Int @authenticated }", "I.f"},
		{"@authenticated", "interface N { x: Int } type T implements N { x: Int } union U = T enum E { V } scalar S input I { f: Int }", "Query.a(b:)"},
	}
	for _, tt := range tests {
		t.Run(tt.coordinate, func(t *testing.T) {
			findings := faults(t, fmt.Sprintf(wide, tt.argument)+tt.rest, Config{})
			var uses []string
			for _, f := range findings {
				if !strings.HasPrefix(f.Coordinate, "@") {
					uses = append(uses, f.Coordinate)
				}
			}
			if !slices.Equal(uses, []string{tt.coordinate}) {
				t.Errorf("got %v, want one on %s", findings, tt.coordinate)
			}
		})
	}
}

func TestCompileUnknownRole(t *testing.T) {
	const sdl = declarations + `type Query { a: T @hasRole(role: ["admin", "editor"]) }
type T @hasRole(role: "ghost") { b(c: Int
  @hasRole(role: "wraith")): Int }`
	tests := []struct {
		roles []string
		want  []string
	}{
		{nil, nil},
		{[]string{"admin", "editor", "ghost", "wraith"}, nil},
		{[]string{"admin", "ghost", "wraith"}, []string{"Query.a:6"}},
		{[]string{"admin"}, []string{"Query.a:6", "T:7", "T.b(c:):8"}},
		{[]string{}, []string{"Query.a:6", "Query.a:6", "T:7", "T.b(c:):8"}},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.roles, ","), func(t *testing.T) {
			var got []string
			for _, f := range faults(t, sdl, Config{Roles: tt.roles}) {
				got = append(got, fmt.Sprintf("%s:%d", f.Coordinate, f.Line))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestCompileListsAllFaultsInOrder(t *testing.T) {
	const sdl = declarations + `type Query {
  a: Int
  b: Int @hasRole(role: [])
  c(id: Int): Int @hasScope(scope: "x", orSelf: "id")
  d: Int @public @authenticated
}
type Z { e: Int @authenticates }
input A { f: Int @hasRole(role: "x", orSelf: "f") }`
	findings := faults(t, sdl, Config{})
	var got []string
	for _, f := range findings {
		got = append(got, fmt.Sprintf("%d %s", f.Line, f.Coordinate))
	}
	want := []string{"7 Query.a", "8 Query.b", "8 Query.b", "9 Query.c", "10 Query.d", "12 Z.e", "13 A.f"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if text := findings.Error(); strings.Count(text, "\n") != len(want) || !strings.Contains(text, "\ntest.graphqls:9: Query.c: ") {
		t.Errorf("error = %s", text)
	}
}

func TestCompileNames(t *testing.T) {
	p := policyOf(t, `type Query @hasScope(scope: ["s2", "s1"]) { a(b: Int @hasRole(role: "r2")): Int @hasRole(role: ["r1", "r2", "r1"]) }`)
	if got, want := p.Roles(), []string{"r1", "r2"}; !slices.Equal(got, want) {
		t.Errorf("roles %q, want %q", got, want)
	}
	if got, want := p.Scopes(), []string{"s1", "s2"}; !slices.Equal(got, want) {
		t.Errorf("scopes %q, want %q", got, want)
	}
	rule := p.Rule(p.schema.Query.Fields.ForName("a"))
	if got := fmt.Sprint(rule.Required()); rule.Coordinate != "Query.a" || got != "[[scope:s1 scope:s2] [role:r1 role:r2]]" {
		t.Errorf("%s requires %s", rule.Coordinate, got)
	}
	if open := p.Rule(p.schema.Types["Boolean"].Fields.ForName("a")); open != nil {
		t.Errorf("rule of nothing: %v", open)
	}
}

// TestLoaderWantsEachInterfaceNamed: the compiler relies on the loader to
// refuse types that don't name all interfaces of their interfaces.
func TestLoaderWantsEachInterfaceNamed(t *testing.T) {
	const sdl = "interface A { x: Int @authenticated }\ninterface B implements A { x: Int }\ntype T implements %s { x: Int }\ntype Query { t: T @public }"
	p := policyOf(t, fmt.Sprintf(sdl, "B & A"))
	if rule := p.Rule(p.schema.Types["T"].Fields.ForName("x")); rule == nil || !rule.guarded() {
		t.Error("T.x is open")
	}
	if ok := loads(declarations + fmt.Sprintf(sdl, "B")); ok {
		t.Error("a type that leaves out an inherited interface is loaded")
	}
}
