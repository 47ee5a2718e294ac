package policy

import (
	"fmt"
	"strings"
	"testing"
)

// TestStepUpFaults: each schema has exactly this fault, and is next to the same
// schema done right. It starts at line 6, after the declarations.
func TestStepUpFaults(t *testing.T) {
	const given = `type Query { q: Int @public } input In { s: String r: String! d: String = "x" i: Int n: In }
type Mutation { a(s: String, l: [String], in: In): Int @authenticated @fresh(within: "10m", orGiven: %q) @sensitive }`
	withPath := func(path string) string { return fmt.Sprintf(given, path) }
	tests := []struct{ wrong, fault, right string }{
		{`type Query { a: Int @authenticated @fresh(within: "0m") }`, `6: Query.a: @fresh: within must be a time in whole seconds from "1s" to "24h"`, `type Query { a: Int @authenticated @fresh(within: "1s") }`},
		{`type Query { a: Int @authenticated @fresh(within: "-10m") }`, `6: Query.a: @fresh: within must be`, `type Query { a: Int @authenticated @fresh(within: "10m") }`},
		{`type Query { a: Int @authenticated @fresh(within: "10") }`, `6: Query.a: @fresh: within must be`, `type Query { a: Int @authenticated @fresh(within: "10s") }`},
		{`type Query { a: Int @authenticated @fresh(within: "") }`, `6: Query.a: @fresh: within must be`, `type Query { a: Int @authenticated @fresh(within: "1h30m") }`},
		{`type Query { a: Int @authenticated @fresh(within: "1500ms") }`, `6: Query.a: @fresh: within must be`, `type Query { a: Int @authenticated @fresh(within: "1000ms") }`},
		{`type Query { a: Int @authenticated @fresh(within: "24h1s") }`, `6: Query.a: @fresh: within must be`, `type Query { a: Int @authenticated @fresh(within: "24h") }`},
		{`type Query { a: Int @authenticated @fresh(within: "9999999h") }`, `6: Query.a: @fresh: within must be`, `type Query { a: Int @authenticated @fresh(within: "23h") }`},
		{`type Query { a: Int @authenticated @factors(least: 0) }`, `6: Query.a: @factors: least must be 1 or 2`, `type Query { a: Int @authenticated @factors(least: 1) }`},
		{`type Query { a: Int @authenticated @factors(least: 3) }`, `6: Query.a: @factors: least must be 1 or 2`, `type Query { a: Int @authenticated @factors(least: 2) }`},
		{`type Query { a: Int @authenticated @factors(least: -1) }`, `6: Query.a: @factors: least must be 1 or 2`, `type Query { a: Int @authenticated @factors(least: 1) }`},
		{`type Query { a: Int @authenticated @factors(least: 99999999999999999999) }`, `6: Query.a: @factors: least must be 1 or 2`, `type Query { a: Int @authenticated @factors(least: 2) }`},
		{`type Query { a(x: Int @factors(least: 0)): Int @public }`, `6: Query.a(x:): @factors: least must be`, `type Query { a(x: Int @factors(least: 2)): Int @public }`},
		{`type Query { a(x: Int @fresh(within: "x")): Int @public }`, `6: Query.a(x:): @fresh: within must be`, `type Query { a(x: Int @fresh(within: "1m")): Int @public }`},
		{`type Query { a: Int @public @fresh(within: "10m") }`, `6: Query.a: @public doesn't lift another guard`, `type Query { a: Int @authenticated @fresh(within: "10m") }`},
		{`type Query { a: Int @public @factors(least: 2) }`, `6: Query.a: @public doesn't lift another guard`, `type Query { a: Int @authenticated @factors(least: 2) }`},
		{`type Query { a: Int @authenticated @delegable @fresh(within: "10m") }`, `6: Query.a: @delegable opens nothing here`, `type Query { a: Int @authenticated @delegable }`},
		{`type Query { a: Int @authenticated @delegable @factors(least: 1) }`, `6: Query.a: @delegable opens nothing here`, `type Query { a: Int @authenticated @factors(least: 1) }`},
		{`type Query { a: E @public } enum E { X @fresh(within: "10m") }`, "", ""}, // the language says no already
		{`type Query { a(s: String): Int @authenticated @fresh(within: "10m", orGiven: "s") }`, `6: Query.a: orGiven: what proves who the caller is is a secret: add @sensitive`,
			`type Query { a(s: String): Int @authenticated @fresh(within: "10m", orGiven: "s") @sensitive }`},
		{`type Query { o: O @public } type O { a(s: String): Int @fresh(within: "10m", orGiven: "s") }`, `6: O.a: orGiven has no effect here`, `type Query { o: O @public } type O { a(s: String): Int @fresh(within: "10m") }`},
		{`type Query { o: O @public } type O @fresh(within: "10m", orGiven: "s") { a(s: String): Int }`, `6: O.a: orGiven has no effect on a type`, `type Query { o: O @public } type O @fresh(within: "10m") { a(s: String): Int }`},
		{`type Query { a(s: String @fresh(within: "10m", orGiven: "s")): Int @public }`, `6: Query.a(s:): orGiven has no effect on an argument`, `type Query { a(s: String @fresh(within: "10m")): Int @public }`},
		{`type Query { a(i: I): Int @public } input I { s: String @fresh(within: "10m", orGiven: "s") }`, `6: I.s: orGiven has no effect on an argument`, `type Query { a(i: I): Int @public } input I { s: String @fresh(within: "10m") }`},
		{withPath(""), `7: Mutation.a: orGiven: "" is not`, withPath("s")},
		{withPath("x"), `7: Mutation.a: orGiven: "x" is not`, withPath("s")},
		{withPath("s.x"), `7: Mutation.a: orGiven: "s.x" is not`, withPath("s")},
		{withPath("l"), `7: Mutation.a: orGiven: "l" is not`, withPath("in.s")},
		{withPath("in"), `7: Mutation.a: orGiven: "in" is not`, withPath("in.s")},
		{withPath("in.i"), `7: Mutation.a: orGiven: "in.i" is not`, withPath("in.n.s")},
		{withPath("in.n.x"), `7: Mutation.a: orGiven: "in.n.x" is not`, withPath("in.n.s")},
		{withPath("in.r"), `7: Mutation.a: orGiven: "in.r" is always given`, withPath("in.s")},
		{withPath("in.d"), `7: Mutation.a: orGiven: "in.d" is always given`, withPath("in.s")},
	}
	for _, tt := range tests {
		if tt.right == "" {
			if loads(declarations + tt.wrong) {
				t.Errorf("%s is a schema", tt.wrong)
			}
			continue
		}
		if found := faults(t, declarations+tt.right, Config{}); len(found) > 0 {
			t.Errorf("%s: %v", tt.right, found)
		}
		found := faults(t, declarations+tt.wrong, Config{})
		if len(found) != 1 || !strings.HasPrefix(found[0].String(), "test.graphqls:"+tt.fault) {
			t.Errorf("%s: %v, want %s", tt.wrong, found, tt.fault)
		}
	}
}

// What a matrix, a difference and the others say about steps.
func TestStepsInWords(t *testing.T) {
	p := policyOf(t, stepped)
	words := map[string]string{}
	m := p.Matrix(append(callers(), Class{Name: "app", Subject: &Subject{Delegated: true}}))
	for _, row := range m.Rows {
		words[row.Coordinate] = row.Requirement + "; " + row.cell("anonymous") + "; " + row.cell("role:boss") + "; " + row.cell("owner") + "; " + row.cell("app")
	}
	for coordinate, want := range map[string]string{
		"Mutation.codes":         "authentication in a session, and proof within 10m; deny; allow f10m; allow f10m; deny",
		"Mutation.remove":        "authentication, and proof within 5m, and 2 factors; deny; allow f5m 2f; allow f5m 2f; deny",
		"Mutation.reset":         "role boss, and proof within 10m; deny; allow f10m; deny; deny",
		"Mutation.delete":        "authentication in a session, and proof within 10m or old; deny; allow f10m; allow f10m; deny",
		"Mutation.rename(name:)": "proof within 1h; deny; allow f1h; allow f1h; deny",
		"Settings.two":           "2 factors; deny; allow 2f; allow 2f; deny",
		"User.codes":             "role boss or self (id), and proof within 10m; deny; allow f10m; allow f10m; deny",
		"Query.me":               "authentication; deny; allow; allow; deny",
	} {
		if words[coordinate] != want {
			t.Errorf("%s: %s, want %s", coordinate, words[coordinate], want)
		}
	}
	var page, text, table strings.Builder
	for name, err := range map[string]error{"HTML": m.HTML(&page, "x"), "Markdown": m.Markdown(&text, "x"), "CSV": m.CSV(&table)} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for of, part := range map[*strings.Builder]string{
		&page:  `data-verdict="allow"><span class="mark allow">allow</span> <span class="need step">f5m</span> <span class="need step">2f</span></td>`,
		&text:  "| allow f5m 2f ",
		&table: ",allow f5m 2f,",
	} {
		if !strings.Contains(of.String(), part) {
			t.Errorf("no %q in %.300s", part, of)
		}
	}
	if without := policyOf(t, `type Query { a: Int @public }`).Matrix(callers()); without.hasSteps() {
		t.Error("marks without a step")
	}
	if sdl := p.Federation(); !strings.Contains(sdl, "\n# Federation has no @fresh and no @factors, so the service alone asks for them: Mutation.codes, Mutation.remove, Mutation.reset, ") ||
		strings.Contains(sdl, "@fresh(") || !strings.Contains(sdl, `reset(id: ID!): User @requiresScopes(scopes: [["role:boss"]])`) {
		t.Error(sdl)
	}
	if sdl := p.Described().SDL(); !strings.Contains(sdl, "Requires role boss, and proof within 10m.") {
		t.Error(sdl)
	}
}

func TestDiffOfSteps(t *testing.T) {
	schema := func(guards string) *Policy {
		return policyOf(t, `type Query { q: Int @public } type Mutation { a(s: String, t: String): Int `+guards+` @sensitive }`)
	}
	tests := []struct {
		from, to string
		want     string // "" for no difference
	}{
		{`@authenticated @fresh(within: "5m")`, `@authenticated @fresh(within: "300s")`, ""},
		{`@authenticated @fresh(within: "5m")`, `@authenticated @fresh(within: "10m")`, "widened proof within 5m => proof within 10m"},
		{`@authenticated @fresh(within: "10m")`, `@authenticated @fresh(within: "5m")`, "narrowed proof within 10m => proof within 5m"},
		{`@authenticated @fresh(within: "10m")`, `@authenticated`, "widened proof within 10m => "},
		{`@authenticated`, `@authenticated @fresh(within: "10m")`, "narrowed  => proof within 10m"},
		{`@authenticated @factors(least: 2)`, `@authenticated @factors(least: 1)`, "widened 2 factors => 1 factor"},
		{`@authenticated @factors(least: 1)`, `@authenticated @factors(least: 2)`, "narrowed 1 factor => 2 factors"},
		{`@authenticated @factors(least: 2)`, `@authenticated`, "widened 2 factors => "},
		{`@authenticated`, `@authenticated @factors(least: 2)`, "narrowed  => 2 factors"},
		{`@authenticated @fresh(within: "10m")`, `@authenticated @fresh(within: "10m", orGiven: "s")`, "widened proof within 10m => proof within 10m or s"},
		{`@authenticated @fresh(within: "10m", orGiven: "s")`, `@authenticated @fresh(within: "10m")`, "narrowed proof within 10m or s => proof within 10m"},
		{`@authenticated @fresh(within: "10m", orGiven: "s")`, `@authenticated @fresh(within: "10m", orGiven: "t")`, "moved proof within 10m or s => proof within 10m or t"},
		{`@authenticated @fresh(within: "5m")`, `@authenticated @fresh(within: "10m", orGiven: "s")`, "widened proof within 5m => proof within 10m or s"},
		{`@authenticated @fresh(within: "5m")`, `@authenticated @factors(least: 2)`, "moved proof within 5m => 2 factors"},
		{`@fresh(within: "5m")`, `@authenticated @fresh(within: "5m")`, ""},
	}
	for _, tt := range tests {
		got := ""
		short := func(words string) string {
			return strings.TrimPrefix(strings.TrimPrefix(words, "authentication in a session"), ", and ")
		}
		for _, d := range Diff(schema(tt.from), schema(tt.to)) {
			got += fmt.Sprintf("%s %s => %s", d.Movement, short(d.Old), short(d.New))
		}
		if got != tt.want {
			t.Errorf("%s => %s: %q, want %q", tt.from, tt.to, got, tt.want)
		}
	}
}

func TestLintOfSteps(t *testing.T) {
	const some = `extend type Query { other: Int @fresh(within: "10m") } `
	tests := []struct{ sdl, want string }{
		{some + `type Query { q: Int @public } type Mutation { a: Int @authenticated @sensitive }`, "Mutation.a: it takes a secret in a session of any age"},
		{some + `type Query { q: Int @public } type Mutation { a: Int @authenticated @sensitive @factors(least: 2) }`, "Mutation.a: it takes a secret in a session of any age"},
		{some + `type Query { q: Int @public } type Mutation { a: Int @authenticated @sensitive @fresh(within: "10m") }`, ""},
		{some + `type Query { q: Int @public } type Mutation { a(s: String): Int @authenticated @sensitive @fresh(within: "10m", orGiven: "s") }`, ""},
		{some + `type Query { q: Int @public } type Mutation { a: Int @authenticated @sensitive @authenticates }`, ""},
		{some + `type Query { q: Int @public } type Mutation { a: Int @public @sensitive }`, ""},
		{some + `type Query { q: Int @public } type Mutation { a: Int @hasScope(scope: "s") @sensitive }`, ""},
		{some + `type Query { q: Int @public } type Mutation { a: Int @authenticated }`, ""},
		{`type Query { q: Int @public } type Mutation { a: Int @authenticated @sensitive }`, ""}, // it has no @fresh at all
		{`type Query { q: Int @authenticated @fresh(within: "59s") }`, `Query.q: within: "59s" is over before`},
		{`type Query { q: Int @authenticated @fresh(within: "1m") }`, ""},
	}
	for _, tt := range tests {
		found := policyOf(t, tt.sdl).Warnings(nil, "")
		if len(found) != min(len(tt.want), 1) || len(found) > 0 && !strings.Contains(found[0].String(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.sdl, found, tt.want)
		}
	}
}
