package policy

import (
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
)

// TestSDL: what is printed of a policy, or of a caller's view of it, is a schema again, and means the same.
func TestSDL(t *testing.T) {
	p := policyOf(t, tabled+`type Mutation { end: Int @authenticated }`)
	for _, tt := range []struct {
		name  string
		p     *Policy
		holds string // the operation types' fields
	}{
		{"whole", p, "Query.me Query.one Query.open Mutation.end"},
		{"nobody's", p.View(nil), "Query.open"},
		{"somebody's", p.View(subject("", "")), "Query.me Query.one Query.open Mutation.end"},
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

// TestSDLWithoutQueries: an operation type with nothing in it is left out, for no parser takes it.
func TestSDLWithoutQueries(t *testing.T) {
	p := policyOf(t, `type Query { a: Int @authenticated } type Mutation { b: Int @public }`)
	nobody := p.View(nil)
	if text := nobody.SDL(); strings.Contains(text, "type Query") || !strings.HasSuffix(text, "type Mutation {\n  b: Int @public\n}\n") {
		t.Errorf("nobody's: %s", text)
	}
	if nobody.Schema().Types["Query"] == nil {
		t.Error("to print a schema changes it")
	}
	if text := p.View(subject("", "")).SDL(); !strings.Contains(text, "type Query {\n  a: Int @authenticated\n}\n") {
		t.Errorf("somebody's: %s", text)
	}
}
