package policy

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// rated declares the directives and @rateLimit, on seven lines.
const rated = declarations + RateLimitDirective

func ratedPolicy(t *testing.T, sdl string) *Policy {
	t.Helper()
	p, err := Compile(schemaOf(t, rated+sdl), Config{Sibling: readable})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestRateLimit: a limit is read as written, appears in descriptions, and is in
// each form of the policy.
func TestRateLimit(t *testing.T) {
	p := ratedPolicy(t, `type Query { open: Int @public }
		type Mutation { login(input: In!): Int @public @rateLimit(limit: 60, per: "1m", by: IP) @rateLimit(limit: 5, per: "1h30m", by: [USER, ARGUMENT], argument: "input.who.name") }
		input In { who: Who } input Who { name: String! }`)
	want := []RateLimit{
		{Coordinate: "Mutation.login", Limit: 60, Per: time.Minute, By: []RateKey{ByIP}},
		{Coordinate: "Mutation.login", Limit: 5, Per: 90 * time.Minute, By: []RateKey{ByUser, ByArgument}, Argument: "input.who.name"},
	}
	for name, p := range map[string]*Policy{"whole": p, "described": p.Described(), "view": p.View(nil)} {
		field := p.Schema().Mutation.Fields.ForName("login")
		got := p.Rule(field).RateLimits
		if len(got) != 2 || got[0].Limit != 60 || !slices.Equal(got[1].By, want[1].By) || got[1].Argument != want[1].Argument || got[1].Per != want[1].Per {
			t.Errorf("%s: %v", name, got)
		}
		if name == "described" && !strings.Contains(field.Description, "At most 60 in 1m for each address.\n\nAt most 5 in 1h30m for each caller and value of input.who.name.") {
			t.Errorf("description = %q", field.Description)
		}
	}
	if federated := p.Federation(); strings.Contains(federated, "@rateLimit") {
		t.Errorf("a router would not know @rateLimit: %s", federated)
	}
}

// TestRateLimitValue: the value is the one that is sent, as a literal or by
// variables, whole or in part.
func TestRateLimitValue(t *testing.T) {
	p := ratedPolicy(t, `type Query { a(in: In, n: Int = 3): Int @public @rateLimit(limit: 1, per: "1s", by: ARGUMENT, argument: "in.who.name") @rateLimit(limit: 1, per: "1s", by: ARGUMENT, argument: "n") }
		input In { who: Who } input Who { name: String }`)
	tests := []struct {
		text string
		vars map[string]any
		want string
		n    string
	}{
		{`{ a(in: {who: {name: "ann"}}) }`, nil, "ann", "3"},
		{`query($x: String) { a(in: {who: {name: $x}}, n: 4) }`, map[string]any{"x": "ann"}, "ann", "4"},
		{`query($x: Who) { a(in: {who: $x}) }`, map[string]any{"x": map[string]any{"name": "ann"}}, "ann", "3"},
		{`query($x: In, $n: Int) { a(in: $x, n: $n) }`, map[string]any{"x": map[string]any{"who": map[string]any{"name": "ann"}}, "n": 5}, "ann", "5"},
		{`{ a(in: {who: {name: null}}, n: null) }`, nil, "", ""},
		{`{ a(in: {who: null}) }`, nil, "", "3"},
		{`{ a(in: null) }`, nil, "", "3"},
		{`{ a }`, nil, "", "3"},
		{`query($x: In) { a(in: $x) }`, nil, "", "3"},
	}
	limits := p.Rule(p.Schema().Query.Fields.ForName("a")).RateLimits
	for _, tt := range tests {
		doc := documentOf(t, tt.text)
		field := doc.Operations[0].SelectionSet[0].(*ast.Field)
		field.Definition = p.Schema().Query.Fields.ForName("a")
		for i, want := range []string{tt.want, tt.n} {
			if got, ok := limits[i].Value(field, tt.vars); got != want || ok != (want != "") {
				t.Errorf("%s: %s is %q, %t; want %q", tt.text, limits[i].Argument, got, ok, want)
			}
		}
	}
}

// TestRateLimitFaults: a limit that can't be counted is a fault, with its
// place.
func TestRateLimitFaults(t *testing.T) {
	on := func(arguments string) string {
		return `type Query { a(e: String, in: In, l: [String], m: [In]): Int @public @rateLimit(` + arguments + `) } input In { e: E  l: [String]  in: In } enum E { X }`
	}
	const place = "@rateLimit: "
	tests := []struct{ wrong, message, right string }{
		{on(`limit: 0, per: "1m", by: IP`), place + "limit must be", on(`limit: 1, per: "1m", by: IP`)},
		{on(`limit: -1, per: "1m", by: IP`), place + "limit must be", on(`limit: 1, per: "1s", by: IP`)},
		{on(`limit: 1000001, per: "1m", by: IP`), place + "limit must be", on(`limit: 1000000, per: "24h", by: IP`)},
		{on(`limit: 1, per: "1", by: IP`), place + "per must be", on(`limit: 1, per: "90s", by: [IP]`)},
		{on(`limit: 1, per: "999ms", by: IP`), place + "per must be", on(`limit: 1, per: "1s", by: [IP]`)},
		{on(`limit: 1, per: "25h", by: IP`), place + "per must be", on(`limit: 1, per: "24h", by: [IP]`)},
		{on(`limit: 1, per: "a minute", by: IP`), place + "per must be", on(`limit: 1, per: "1m", by: [USER]`)},
		{on(`limit: 1, per: "1m", by: []`), place + "by must list at least", on(`limit: 1, per: "1m", by: [USER, IP]`)},
		{on(`limit: 1, per: "1m", by: [IP, IP]`), place + "by must list each", on(`limit: 1, per: "1m", by: [IP, USER]`)},
		{on(`limit: 1, per: "1m", by: ARGUMENT`), "go together", on(`limit: 1, per: "1m", by: ARGUMENT, argument: "e"`)},
		{on(`limit: 1, per: "1m", by: IP, argument: "e"`), "go together", on(`limit: 1, per: "1m", by: [IP, ARGUMENT], argument: "e"`)},
		{on(`limit: 1, per: "1m", by: ARGUMENT, argument: "f"`), "is not an argument", on(`limit: 1, per: "1m", by: ARGUMENT, argument: "in.e"`)},
		{on(`limit: 1, per: "1m", by: ARGUMENT, argument: ""`), "is not an argument", on(`limit: 1, per: "1m", by: ARGUMENT, argument: "in.in.in.e"`)},
		{on(`limit: 1, per: "1m", by: ARGUMENT, argument: "in"`), "is not an argument", on(`limit: 1, per: "1m", by: ARGUMENT, argument: "e"`)},
		{on(`limit: 1, per: "1m", by: ARGUMENT, argument: "in.l"`), "is not an argument", on(`limit: 1, per: "1m", by: ARGUMENT, argument: "e"`)},
		{on(`limit: 1, per: "1m", by: ARGUMENT, argument: "l"`), "is not an argument", on(`limit: 1, per: "1m", by: ARGUMENT, argument: "e"`)},
		{on(`limit: 1, per: "1m", by: ARGUMENT, argument: "m.e"`), "is not an argument", on(`limit: 1, per: "1m", by: ARGUMENT, argument: "e"`)},
		{on(`limit: 1, per: "1m", by: ARGUMENT, argument: "e.e"`), "is not an argument", on(`limit: 1, per: "1m", by: ARGUMENT, argument: "e"`)},
		{`type Query { a: P @public } type P { q: Query @rateLimit(limit: 1, per: "1m", by: IP) }`, "leads to the root type", `type Query { a: P @public } type P { q: Int @rateLimit(limit: 1, per: "1m", by: IP) }`},
		{
			`type Query { a: N @public } interface N { b: Int @rateLimit(limit: 1, per: "1m", by: IP) } type T implements N { b: Int }`, "belongs on the field of each type",
			`type Query { a: N @public } interface N { b: Int } type T implements N { b: Int @rateLimit(limit: 1, per: "1m", by: IP) }`,
		},
		{`type Query { a: Int @rateLimit(limit: 1, per: "1m", by: IP) }`, "a root field must say who", on(`limit: 1, per: "1m", by: IP`)},
	}
	for _, tt := range tests {
		wrong := faults(t, rated+tt.wrong, Config{})
		if len(wrong) != 1 || wrong[0].Line != 8 || !strings.Contains(wrong[0].Message, tt.message) {
			t.Errorf("%s: %v", tt.wrong, wrong)
		}
		if right := faults(t, rated+tt.right, Config{}); len(right) > 0 {
			t.Errorf("%s: %v", tt.right, right)
		}
	}
	for _, declared := range []string{
		"limit: Int!, per: String!, by: [RateLimitKey!], argument: String", "limit: Int, per: String!, by: [RateLimitKey!]!, argument: String",
		`limit: Int!, per: String! = "1m", by: [RateLimitKey!]!, argument: String`, "limit: Int!, per: String!, by: [RateLimitKey!]!",
	} {
		wrong := faults(t, declarations+"directive @rateLimit("+declared+") repeatable on FIELD_DEFINITION enum RateLimitKey { IP } type Query { a: Int @public }", Config{})
		if len(wrong) != 1 || wrong[0].Coordinate != "@rateLimit" {
			t.Errorf("declared with (%s): %v", declared, wrong)
		}
	}
}

// TestRateLimitIsNeverClear: an operation with a rate limit is never clear,
// also if an interface hides the limited field.
func TestRateLimitIsNeverClear(t *testing.T) {
	p := ratedPolicy(t, `type Query { a: Int @public @rateLimit(limit: 1, per: "1m", by: IP)  b: Int @public  n: N @public }
		interface N { c: Int  d: Int } type T implements N { c: Int @rateLimit(limit: 1, per: "1m", by: IP)  d: Int } type U implements N { c: Int d: Int }`)
	for text, clear := range map[string]bool{
		`{ a }`: false, `{ b }`: true, `{ a b }`: false, `{ n { c } }`: false, `{ n { d } }`: true, `{ n { ... on T { c } } }`: false, `{ n { ... on U { c } } }`: true,
	} {
		if got := planOf(t, p, text).Decide(nil, nil).Clear(); got != clear {
			t.Errorf("%s: clear = %t", text, got)
		}
	}
	limit := p.Rule(p.Schema().Types["N"].Fields.ForName("c")).RateLimits
	if len(limit) != 1 || !limit[0].Of("T") || limit[0].Of("U") {
		t.Errorf("through the interface: %v", limit)
	}
}
