package document

import (
	"strconv"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"

	"gatehouse/auth/policy"
)

func schemaOf(t *testing.T, sdl string) *ast.Schema {
	t.Helper()
	schema, err := validator.LoadSchema(validator.Prelude, &ast.Source{Input: sdl})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// newCache returns a cache for documents of a schema.
func newCache(t *testing.T, sdl string) *Cache {
	t.Helper()
	compiled, err := policy.Compile(schemaOf(t, sdl), policy.Config{})
	if err != nil {
		t.Fatal(err)
	}
	cache, err := NewCache(compiled, DefaultLimits(), true, nil)
	if err != nil {
		t.Fatal(err)
	}
	return cache
}

func TestDocumentsKeptAreBounded(t *testing.T) {
	c := newCache(t, "directive @public on FIELD_DEFINITION\ntype Query { a: Int @public }")
	for i := range cachedDocuments + 50 {
		doc, f := c.Parse("{ a" + strconv.Itoa(i) + ": __typename }")
		if f != nil {
			t.Fatal(f)
		}
		if f := c.Validate(doc); f != nil {
			t.Fatal(f)
		}
	}
	if n := c.kept.Len(); n != cachedDocuments {
		t.Errorf("%d are kept", n)
	}
}

// TestFind: the error says whether there is an operation at all.
func TestFind(t *testing.T) {
	c := newCache(t, "directive @public on FIELD_DEFINITION\ntype Query { a: Int @public }")
	const another, nothing = "operationName must name one", "The document has no operation"
	for _, tt := range []struct{ text, name, want string }{
		{"# { a }", "", nothing},
		{" , ,\n", "A", nothing},
		{"fragment F on Query { a }", "", nothing},
		{"query A { a } query B { a }", "", another},
		{"query A { a }", "B", another},
		{"query A { a } query B { a }", "B", ""},
		{"{ a }", "", ""},
	} {
		op, f := c.Find(tt.text, tt.name)
		switch {
		case tt.want == "" && (f != nil || op == nil):
			t.Errorf("%q: %v", tt.text, f)
		case tt.want != "" && (f == nil || !strings.HasPrefix(f.Errors[0].Message, tt.want)):
			t.Errorf("%q: %v, want %q", tt.text, f, tt.want)
		}
	}
}

// The size of a list is known before it runs only if no variable gives it. Then
// the value of the variable counts, with its default and that of the argument.
func TestCostOfVariables(t *testing.T) {
	const sdl = costDirectives + `
type Query {
  page(first: Int = 5, last: Int): Page @public @cost(weight: "10") @listSize(assumedSize: 100, slicingArguments: ["first", "last"])
  all: [Page!] @public @listSize(assumedSize: 30)
  open(n: Int): Page @public @listSize(assumedSize: 40, slicingArguments: "n")
  cheap: Int @public @cost(weight: "0")
}
type Page { id: ID }`
	c := newCache(t, sdl)
	tests := []struct {
		query     string
		bound     int
		variables map[string]any
		cost      int
	}{
		{`{ page { id } }`, 15, nil, 15},
		{`{ page(first: 7) { id } }`, 17, nil, 17},
		{`{ page(first: 7, last: 9) { id } }`, 19, nil, 19},
		{`{ page(first: 1000) { id } }`, 110, nil, 110},
		{`{ all { id } }`, 31, nil, 31},
		{`{ open { id } }`, 41, nil, 41},
		{`{ open(n: null) { id } }`, 41, nil, 41},
		{`{ cheap x: cheap }`, 0, nil, 0},
		{`query($n: Int) { page(first: $n) { id } }`, 110, map[string]any{"n": 3.0}, 13},
		{`query($n: Int) { page(first: $n) { id } }`, 110, map[string]any{"n": -3.0}, 11},
		{`query($n: Int) { page(first: $n) { id } }`, 110, map[string]any{"n": 500.0}, 110},
		{`query($n: Int) { page(first: $n) { id } }`, 110, map[string]any{"n": nil}, 110},
		{`query($n: Int) { page(first: $n) { id } }`, 110, nil, 15},
		{`query($n: Int = 8) { page(first: $n) { id } }`, 110, nil, 18},
		{`query($n: Int) { page(last: $n) { id } }`, 110, map[string]any{"n": 3.0}, 15},
		{`query($n: Int) { open(n: $n) { id } }`, 41, nil, 41},
		{`query($n: Int) { ...F } fragment F on Query { page(first: $n) { id } }`, 110, map[string]any{"n": 2.0}, 12},
	}
	for _, tt := range tests {
		op, f := c.Find(tt.query, "")
		if f != nil {
			t.Fatal(f)
		}
		variables, f := c.Prepare(op, tt.variables)
		if f != nil {
			t.Fatalf("%s: %v", tt.query, f)
		}
		if got := c.costs.of(op.Document.AST, op.OperationDefinition, variables); op.Cost != tt.bound || got != tt.cost {
			t.Errorf("%s, %v: %d, at most %d, want %d and %d", tt.query, tt.variables, got, op.Cost, tt.cost, tt.bound)
		}
		limited := *c
		limited.limits.Cost = tt.cost
		if _, f := limited.Prepare(op, tt.variables); f != nil {
			t.Errorf("%s, %v: %v", tt.query, tt.variables, f)
		}
		limited.limits.Cost--
		if _, f := limited.Prepare(op, tt.variables); f == nil || tt.cost > 0 && f.Errors[0].Extensions["asked"] != tt.cost {
			t.Errorf("%s, %v: %v, want a cost of %d to be too large", tt.query, tt.variables, f, tt.cost)
		}
	}
}

const costDirectives = `
directive @public on FIELD_DEFINITION
directive @cost(weight: String!) on FIELD_DEFINITION
directive @listSize(assumedSize: Int, slicingArguments: [String!]) on FIELD_DEFINITION
`

// A directive that makes no sense is refused when the schema is read.
func TestBadCostDirectives(t *testing.T) {
	tests := []struct{ field, want string }{
		{`a: Int @public @cost(weight: "x")`, "needs a weight"},
		{`a: Int @public @cost(weight: "-1")`, "needs a weight"},
		{`a: Int @public @cost(weight: "NaN")`, "needs a weight"},
		{`a: [Int] @public @listSize`, "needs an assumedSize"},
		{`a: [Int] @public @listSize(assumedSize: 0)`, "needs an assumedSize"},
		{`a(n: Int): [Int] @public @listSize(slicingArguments: ["n"])`, "needs an assumedSize"},
		{`a(n: Int): [Int] @public @listSize(assumedSize: 1, slicingArguments: ["m"])`, `"m" is not an argument of type Int`},
		{`a(n: String): [Int] @public @listSize(assumedSize: 1, slicingArguments: ["n"])`, `"n" is not an argument of type Int`},
		{`a(n: Int!): [Int] @public @listSize(assumedSize: 1, slicingArguments: ["n"]) @cost(weight: "1.5")`, ""},
	}
	for _, tt := range tests {
		_, err := newCosts(schemaOf(t, costDirectives+"type Query { "+tt.field+" }"))
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), "Query.a: ") || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q", tt.field, err, tt.want)
		}
	}
}
