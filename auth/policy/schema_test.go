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

// What stands on the schema is printed with its definition, and not with an extension
// of it, which some tools can't read. The text says the same as the schema.
func TestSDLDefinesTheSchema(t *testing.T) {
	const titled = `@scope(name: "own", title: "Mine") `
	const body = ` type Query { a: Int @authenticated @delegable(scope: "own") } type Mutation { b: Int @public }`
	for name, schema := range map[string]string{
		"extended": `extend schema ` + titled + body,
		"defined":  `schema ` + titled + `{ query: Query mutation: Mutation }` + body,
		"renamed":  `schema ` + titled + `{ query: Reading mutation: Mutation }` + strings.Replace(body, "Query", "Reading", 1),
	} {
		text := policyOf(t, schema).SDL()
		if strings.Contains(text, "extend schema") || strings.Count("\n"+text, "\nschema @scope") != 1 || strings.Count(text, "mutation: Mutation") != 1 {
			t.Errorf("%s:\n%s", name, text)
		}
		again, err := validator.LoadSchema(validator.Prelude, &ast.Source{Input: text})
		if err != nil || len(again.SchemaDirectives) != 1 || again.Mutation == nil {
			t.Errorf("%s is read as %+v, %v", name, again, err)
		}
	}
}
