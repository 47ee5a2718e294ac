package policy

import (
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
)

// TestSDL: the SDL of a policy, or of a caller's view, is a valid schema with
// the same meaning.
func TestSDL(t *testing.T) {
	p := policyOf(t, tabled+`type Mutation { end: Int @authenticated }`)
	for _, tt := range []struct {
		name  string
		p     *Policy
		holds string // the operation types' fields
	}{
		{"whole", p, "Query.me Query.one Query.open Mutation.end"},
		{"anonymous", p.View(nil), "Query.open"},
		{"authenticated", p.View(subject("", "")), "Query.me Query.one Query.open Mutation.end"},
	} {
		text := tt.p.SDL()
		schema, err := validator.LoadSchema(validator.Prelude, &ast.Source{Input: text})
		if err != nil {
			t.Fatalf("%s: %v in\n%s", tt.name, err, text)
		}
		again, err := Compile(schema, Config{Sibling: readable})
		if err != nil {
			t.Fatalf("%s: %v in\n%s", tt.name, err, text)
		}
		if again.SDL() != text {
			t.Errorf("%s becomes another", tt.name)
		}
		for _, root := range []string{"Query.me", "Query.one", "Query.open", "Mutation.end"} {
			typename, field, _ := strings.Cut(root, ".")
			def := schema.Types[typename]
			if has := def != nil && def.Fields.ForName(field) != nil; has != strings.Contains(tt.holds, root) {
				t.Errorf("%s has %s: %t", tt.name, root, has)
			}
		}
	}
}

// TestSDLWithoutQueries: an empty operation type is left out, because parsers
// refuse it.
func TestSDLWithoutQueries(t *testing.T) {
	p := policyOf(t, `type Query { a: Int @authenticated } type Mutation { b: Int @public }`)
	anonymous := p.View(nil)
	if text := anonymous.SDL(); strings.Contains(text, "type Query") || !strings.HasSuffix(text, "type Mutation {\n  b: Int @public\n}\n") {
		t.Errorf("anonymous: %s", text)
	}
	if anonymous.Schema().Types["Query"] == nil {
		t.Error("to print a schema changes it")
	}
	if text := p.View(subject("", "")).SDL(); !strings.Contains(text, "type Query {\n  a: Int @authenticated\n}\n") {
		t.Errorf("authenticated: %s", text)
	}
}
