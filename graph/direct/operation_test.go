package direct_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
)

// What the package does not know stays with gqlgen, and everything else does not.
func TestWhatIsCompiled(t *testing.T) {
	many := strings.Builder{}
	for i := range 100 {
		fmt.Fprintf(&many, " b%d: box(id: \"b\") { things { ... on Box { id } ... on Bag { id } } either { __typename } }", i)
	}
	tests := []struct {
		name, query string
		variables   map[string]any
		direct      bool
	}{
		{"fields", `{ box(id: "b") { id label boxes { id } } number }`, nil, true},
		{"introspection", `{ __schema { types { name } } }`, nil, true},
		{"introspection in a fragment", `{ number ...F } fragment F on Query { __type(name: "Box") { name } }`, nil, true},
		{"type names", `{ __typename box(id: "b") { __typename } }`, nil, true},
		{"a resolver", `{ box(id: "b") { asked waited { id } } }`, nil, true},
		{"a resolver below a list", `{ boxes { asked } }`, nil, false},
		{"a resolver below an object of a list", `{ boxes { inner { asked } } }`, nil, false},
		{"arguments below a list", `{ boxes { counted(by: 3) } }`, nil, true},
		{"a list that a resolver returns", `{ box(id: "b") { queue { id } } }`, nil, true},
		{"interfaces", `{ things { id ... on Box { label } } }`, nil, true},
		{"a root type below a field", `{ box(id: "b") { query { number } } }`, nil, true},
		{"a mutation", `mutation { make(id: "b") { id } }`, nil, true},
		{"few conditions", conditional(4), conditionsOf(4), true},
		{"many conditions", conditional(5), conditionsOf(5), false},
		{"many conditions of an introspection", strings.Replace(conditional(5), "{", "{ __schema { types { name fields { name isDeprecated } } } nothing: __type(name: \"Nothing\") { name }", 1), conditionsOf(5), false},
		{"introspection beside a resolver below a list", `{ boxes { asked } __type(name: "Box") { name fields { name args { name } } } }`, nil, false},
		{"many fields", "{" + many.String() + " }", nil, false},
	}
	p := newPair()
	for _, tt := range tests {
		document, errs := gqlparser.LoadQueryWithRules(p.schema.Schema(), tt.query, nil)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		difference, isDirect := p.differ(t.Context(), trial{document: document, variables: tt.variables}, nil)
		if isDirect != tt.direct || difference != "" {
			t.Errorf("%s: direct %t, want %t; %s", tt.name, isDirect, tt.direct, difference)
		}
	}
}

func conditional(n int) string {
	var parameters, fields strings.Builder
	for i := range n {
		fmt.Fprintf(&parameters, "$v%d: Boolean! ", i)
		fmt.Fprintf(&fields, " n%d: number @skip(if: $v%[1]d)", i)
	}
	return "query(" + parameters.String() + ") { " + fields.String() + " }"
}

func conditionsOf(n int) map[string]any {
	all := map[string]any{}
	for i := range n {
		all[fmt.Sprintf("v%d", i)] = i%2 == 0
	}
	return all
}

// The plans of an operation are bounded together: one for each combination of its
// conditions, whatever a client sends.
func TestPlansAreBounded(t *testing.T) {
	fields := strings.Builder{}
	for i := range 60 {
		fmt.Fprintf(&fields, " f%d: number", i)
	}
	query := strings.Replace(conditional(4), " }", fields.String()+" }", 1)
	p := newPair()
	document, errs := gqlparser.LoadQueryWithRules(p.schema.Schema(), query, nil)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	o := p.compiler.Operation(document, document.Operations[0])
	directly := 0
	for range 2 { // the second time with what the first one left
		for bits := range 16 {
			variables := map[string]any{}
			for i := range 4 {
				variables[fmt.Sprintf("v%d", i)] = bits>>i&1 == 1
			}
			if difference, isDirect := p.run(t.Context(), o, trial{document: document, variables: variables}); difference != "" {
				t.Error(difference)
			} else if isDirect {
				directly++
			}
		}
	}
	if n := o.Nodes(); n > 500 || directly == 0 || directly == 32 {
		t.Errorf("%d nodes, %d of 32 runs directly", n, directly)
	}
}
