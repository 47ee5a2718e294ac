package policy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
)

// wide returns a schema with many guarded fields, and an operation that selects
// fifty of them.
func wide(t testing.TB) (*Policy, *ast.QueryDocument) {
	t.Helper()
	var fields, selected strings.Builder
	for i := range 50 {
		fmt.Fprintf(&fields, "f%d: String @hasScope(scope: [\"read:f%d\", \"read:all\"], orSelf: \"id\")\n", i, i%7)
		fmt.Fprintf(&selected, "f%d ", i)
	}
	p := policyOf(t, `
		type Query { all: [Wide!] @authenticated }
		type Wide { id: ID! `+fields.String()+`}`)
	doc := documentOf(t, "{ all { "+selected.String()+" } }")
	if errs := validator.ValidateWithRules(p.schema, doc, nil); len(errs) > 0 {
		t.Fatal(errs)
	}
	return p, doc
}

// BenchmarkDecideAgain decides on an operation for a class of callers that has
// sent it before: under 100 ns and 2 allocations.
func BenchmarkDecideAgain(b *testing.B) {
	p, doc := wide(b)
	plan := p.Plan(doc, doc.Operations[0])
	caller := &Subject{ID: "u1", Roles: []string{"user"}, Scopes: []string{"read:all"}}
	plan.Decide(caller, nil)
	b.ReportAllocs()
	for b.Loop() {
		if !plan.Decide(caller, nil).Clear() {
			b.Fatal("refused")
		}
	}
}

// BenchmarkDecideFirst plans and decides on an operation of fifty fields for
// the first time: under 20 µs.
func BenchmarkDecideFirst(b *testing.B) {
	p, doc := wide(b)
	caller := &Subject{ID: "u1", Roles: []string{"user"}, Scopes: []string{"read:f1"}}
	b.ReportAllocs()
	for b.Loop() {
		if p.Plan(doc, doc.Operations[0]).Decide(caller, nil).Clear() {
			b.Fatal("allowed")
		}
	}
}
