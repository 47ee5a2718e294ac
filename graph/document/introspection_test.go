package document

import (
	"strings"
	"testing"
)

// ofType costs nothing below the deepest type that the schema has: it is null.
func TestCostOfWrappedTypes(t *testing.T) {
	chain := func(n int) string {
		return strings.Repeat("ofType { kind ", n) + strings.Repeat("}", n)
	}
	const plain, deep = `type Query { a: Int @public }`, `type Query { a: [[[Int!]!]!]! @public }` // the types of introspection are wrapped three times
	for _, tt := range []struct {
		sdl   string
		chain int
		want  int // of the chain
	}{
		{plain, 0, 0}, {plain, 1, 2}, {plain, 3, 6}, {plain, 4, 7}, {plain, 9, 7},
		{deep, 3, 6}, {deep, 7, 14}, {deep, 8, 15}, {deep, 9, 15},
	} {
		c := newCache(t, costDirectives+tt.sdl)
		for _, query := range []string{
			`{ __type(name: "Int") { kind ` + chain(tt.chain) + ` } }`,
			`{ __type(name: "Int") { ...F } } fragment F on __Type { kind ` + chain(tt.chain) + ` }`,
		} {
			op, f := c.Find(query, "")
			if f == nil {
				_, f = c.Prepare(op, nil)
			}
			if f != nil {
				t.Fatal(f)
			}
			if op.Cost != 2+tt.want {
				t.Errorf("%s, %s costs %d, want %d", tt.sdl, query, op.Cost, 2+tt.want)
			}
		}
	}
	// A fragment costs what is below the place where it is spread.
	c := newCache(t, costDirectives+plain)
	op, f := c.Find(`{ __type(name: "Int") { ...F ofType { ofType { ...F } } } } fragment F on __Type { `+chain(3)+` }`, "")
	if f == nil {
		_, f = c.Prepare(op, nil)
	}
	if f != nil || op.Cost != 1+6+2+3 {
		t.Errorf("%v, cost %d, want %d", f, op.Cost, 1+6+2+3)
	}
}
