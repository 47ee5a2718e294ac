package policy

import (
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// declarations declare the directives, on five lines.
const declarations = `directive @public on FIELD_DEFINITION | OBJECT
directive @authenticated on FIELD_DEFINITION | OBJECT
directive @hasRole(role: [String!]!, orSelf: String) repeatable on FIELD_DEFINITION | OBJECT | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION
directive @hasScope(scope: [String!]!, orSelf: String) repeatable on FIELD_DEFINITION | OBJECT | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION
directive @authenticates on FIELD_DEFINITION directive @sensitive on FIELD_DEFINITION | ARGUMENT_DEFINITION directive @delegable(scope: [String!]) on FIELD_DEFINITION | OBJECT directive @scope(name: String!, title: String!) repeatable on SCHEMA directive @fresh(within: String!, orGiven: String) on FIELD_DEFINITION | OBJECT | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION directive @factors(least: Int!) on FIELD_DEFINITION | OBJECT | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION
`

func schemaOf(t testing.TB, sdl string) *ast.Schema {
	t.Helper()
	schema, err := validator.LoadSchema(validator.Prelude, &ast.Source{Name: "test.graphqls", Input: sdl})
	if err != nil {
		t.Fatalf("the schema of the test: %v", err)
	}
	return schema
}

// readable reads the fields that an orSelf of a test may name. The objects of
// tests are their own ids.
func readable(_, field string) Value {
	if field != "id" {
		return nil
	}
	return func(object any) (string, bool) {
		id, ok := object.(string)
		return id, ok
	}
}

// policyOf compiles a schema without faults.
func policyOf(t testing.TB, sdl string) *Policy {
	t.Helper()
	p, err := Compile(schemaOf(t, declarations+sdl), Config{Sibling: readable})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func parse(text string) (*ast.QueryDocument, error) {
	return parser.ParseQuery(&ast.Source{Input: text})
}

func documentOf(t testing.TB, text string) *ast.QueryDocument {
	t.Helper()
	doc, err := parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return doc
}

// planOf plans the first operation of a valid document.
func planOf(t testing.TB, p *Policy, text string) *Plan {
	t.Helper()
	doc := documentOf(t, text)
	if errs := validator.ValidateWithRules(p.schema, doc, rules.NewDefaultRules()); len(errs) > 0 {
		t.Fatalf("%s: %v", text, errs)
	}
	return p.Plan(doc, doc.Operations[0])
}

// fieldNamed returns the field with the response name, at any depth.
func fieldNamed(t testing.TB, plan *Plan, alias string) *ast.Field {
	t.Helper()
	var found *ast.Field
	var look func(set ast.SelectionSet)
	look = func(set ast.SelectionSet) {
		for _, s := range set {
			switch s := s.(type) {
			case *ast.Field:
				if s.Alias == alias {
					found = s
				}
				look(s.SelectionSet)
			case *ast.InlineFragment:
				look(s.SelectionSet)
			}
		}
	}
	look(plan.operation.SelectionSet)
	for _, f := range plan.document.Fragments {
		look(f.SelectionSet)
	}
	if found == nil {
		t.Fatalf("no field %q", alias)
	}
	return found
}

// outcome returns what is decided on a field: "allow", "self" (only the
// caller's own object), or "deny" with the reason and the missing requirements.
func outcome(p *Policy, d *Decision, field *ast.Field, typename string) string {
	other := p.Check(d, field, typename, "other")
	if other == nil {
		return "allow"
	}
	if p.Check(d, field, typename, "own") == nil {
		return "self"
	}
	return denied(other)
}

func denied(r *Refusal) string {
	var missing []string
	for _, anyOf := range r.Missing {
		missing = append(missing, strings.Join(anyOf, "|"))
	}
	return "deny " + string(r.Reason) + " " + strings.Join(missing, " & ")
}

func loads(sdl string) bool {
	_, err := validator.LoadSchema(validator.Prelude, &ast.Source{Input: sdl})
	return err == nil
}
