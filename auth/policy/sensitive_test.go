package policy

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/validator"
)

// TestSensitive: a sensitive field is counted however it is selected.
func TestSensitive(t *testing.T) {
	p := policyOf(t, `type Query { pin: Int @public @sensitive  open: Int @public  again: Query @public }
		type Mutation { login(a: Int): P @public @sensitive  logout: Int @public }
		type P { query: Query  a: Int }`)
	doubling := ""
	for i := range 60 {
		doubling += fmt.Sprintf(" fragment F%d on Query { ...F%d ...F%d }", i, i+1, i+1)
	}
	tests := []struct {
		text string
		want int
	}{
		{`{ open __typename }`, 0},
		{`mutation { logout }`, 0},
		{`{ pin }`, 1},
		{`mutation { login { a } }`, 1},
		{`mutation { login { a } login { a } }`, 2},
		{`mutation { x: login(a: 1) { a } y: login(a: 2) { a } logout }`, 2},
		{`mutation { ... { login { a } } ... on Mutation { ... @skip(if: true) { y: login { a } } } }`, 2},
		{`mutation { ...F ...F } fragment F on Mutation { login { a } }`, 2},
		{`mutation { ...F ...G } fragment F on Mutation { ...G } fragment G on Mutation { login { a } }`, 2},
		{`mutation { login @include(if: false) { a } }`, 1},
		{`mutation { login { query { pin again { pin } } } }`, 3},
		{`{ ...F0 }` + doubling + ` fragment F60 on Query { pin }`, math.MaxInt32},
	}
	for _, tt := range tests {
		doc := documentOf(t, tt.text)
		if errs := validator.ValidateWithRules(p.schema, doc, nil); len(errs) > 0 && !strings.Contains(tt.text, "F60") {
			t.Fatalf("%s: %v", tt.text, errs)
		}
		if got := p.Sensitive(doc, doc.Operations[0]); got != tt.want {
			t.Errorf("%.60s: %d, want %d", tt.text, got, tt.want)
		}
	}
	if view := p.View(nil); !view.Rule(view.Schema().Mutation.Fields.ForName("login")).Sensitive {
		t.Error("in a view nothing is sensitive")
	}
	if described := p.Described(); !described.Rule(described.Schema().Query.Fields.ForName("pin")).Sensitive {
		t.Error("in a described schema nothing is sensitive")
	}
}
