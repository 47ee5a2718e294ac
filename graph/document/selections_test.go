package document

import (
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

func TestSelections(t *testing.T) {
	const fragments = ` fragment F on T { c { d } ...G } fragment G on T { e ...F }`
	tests := []struct{ query, level, all string }{
		{`{ a b { c } }`, "a b", "a b c"},
		{`{ a ... { b } ... on T { c } }`, "a b c", "a b c"},
		{`{ a ...F b ...F }` + fragments, "a c e b", "a c d e b"},
		{`{ a { ...F } ...F }` + fragments, "a c e", "a c d e"},
		{`{ a ...Unknown b }`, "a b", "a b"},
	}
	for _, tt := range tests {
		doc, err := parser.ParseQuery(&ast.Source{Input: tt.query})
		if err != nil {
			t.Fatal(err)
		}
		var fields, all []string
		for selection := range level(doc, doc.Operations[0].SelectionSet) {
			if field, ok := selection.(*ast.Field); ok {
				fields = append(fields, field.Name)
			}
		}
		for selection := range selections(doc, doc.Operations[0].SelectionSet) {
			if field, ok := selection.(*ast.Field); ok {
				all = append(all, field.Name)
			}
		}
		if strings.Join(fields, " ") != tt.level || strings.Join(all, " ") != tt.all {
			t.Errorf("%s: level %q, all %q", tt.query, fields, all)
		}
		for range selections(doc, doc.Operations[0].SelectionSet) {
			break // must not go on
		}
	}
}
