package document

import (
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// Each operation of a document is counted, and the largest numbers apply.
func TestLimitsOfSeveralOperations(t *testing.T) {
	m := func(query string) *measure {
		doc, err := parser.ParseQuery(&ast.Source{Input: query})
		if err != nil {
			t.Fatal(err)
		}
		return measureOf(doc)
	}
	if got := m("query A { a b } query B { a { b: c } } mutation C { d }"); got.level != 2 || got.fields != 2 || got.depth != 2 || got.aliases != 1 || got.mutations != 1 {
		t.Errorf("%+v", got)
	}
	if got := m("{ ...F } fragment F on T { a { ...F } }"); got.depth != 1 || got.fields != 1 {
		t.Errorf("a cycle, which validation refuses, comes to %+v", got)
	}
	if got := m("{ a } fragment F on T { a { b } }"); got.depth != 1 || got.fields != 1 {
		t.Errorf("a fragment that nothing spreads comes to %+v", got)
	}
}
