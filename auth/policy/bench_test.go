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

// BenchmarkDecideAgainForApps is BenchmarkDecideAgain for what acts for a person,
// with as many own scopes: under 100 ns and without an allocation.
func BenchmarkDecideAgainForApps(b *testing.B) {
	decide := decideForApps(b)
	b.ReportAllocs()
	for b.Loop() {
		decide()
	}
}

// TestDecideAgainAllocatesNothing: nor for what acts for a person.
func TestDecideAgainAllocatesNothing(t *testing.T) {
	if n := testing.AllocsPerRun(100, decideForApps(t)); n > 0 {
		t.Errorf("%.0f allocations", n)
	}
}

// decideForApps returns a function that decides on fifty fields that what acts
// for a person may reach.
func decideForApps(t testing.TB) func() {
	var fields, selected, titles strings.Builder
	for i := range 50 {
		fmt.Fprintf(&fields, "f%d: String @authenticated @delegable(scope: [\"own%d\", \"own\"])\n", i, i%7)
		fmt.Fprintf(&selected, "f%d ", i)
	}
	for _, scope := range []string{"", "0", "1", "2", "3", "4", "5", "6"} {
		fmt.Fprintf(&titles, "@scope(name: \"own%s\", title: \"Read\") ", scope)
	}
	p := policyOf(t, `type Query { all: [Wide!] @authenticated @delegable }
		extend schema `+titles.String()+` type Wide { `+fields.String()+`}`)
	plan, caller := planOf(t, p, "{ all { "+selected.String()+" } }"), &Subject{ID: "u1", Scopes: []string{"own"}, Delegated: true}
	return func() {
		if !plan.Decide(caller, nil).Clear() {
			t.Fatal("refused")
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
