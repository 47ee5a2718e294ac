package policy

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
)

func printed(doc *ast.QueryDocument) string {
	var b bytes.Buffer
	formatter.NewFormatter(&b).FormatQueryDocument(doc)
	return b.String()
}

// TestPlanAndDecideLeaveTheDocumentAlone: the document is shared by all
// requests with the same text.
func TestPlanAndDecideLeaveTheDocumentAlone(t *testing.T) {
	p := policyOf(t, nasty)
	plan := planOf(t, p, `query($b: Boolean!, $v: Filter = {name: "a"}) {
		x: user(id: "other") { email ...F @skip(if: $b) }
		y: ask(filter: $v, limit: 3)
		entity { owner ... on User @include(if: $b) { email } }
		...R
	} fragment F on User { friend { posts(tag: "a") } } fragment R on Query { staff vault { text } }`)
	before, fields := printed(plan.document), len(plan.index)
	for _, s := range []*Subject{nil, subject("", ""), subject("admin", "read:users")} {
		d := plan.Decide(s, map[string]any{"b": true, "v": map[string]any{"name": "a"}})
		plan.DecideBelow(s, nil)
		outcome(p, d, fieldNamed(t, plan, "email"), "User")
	}
	if after := printed(plan.document); after != before || len(plan.index) != fields {
		t.Errorf("the document became\n%s", after)
	}
}

func TestDecideConcurrently(t *testing.T) {
	p := policyOf(t, nasty)
	plan := planOf(t, p, `query($v: ID) { x: user(id: $v) { email friend { posts(tag: "a") } } y: ask(limit: 1) entity { owner } }`)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			id := []string{"own", "other"}[i%2]
			for range 200 {
				d := plan.Decide(subject("admin", ""), map[string]any{"v": id})
				if refused := len(d.Refused()) == 1; refused != (id == "other") {
					t.Errorf("%s: refused %v", id, d.Refused())
				}
				if got := outcome(p, d, fieldNamed(t, plan, "email"), "User"); got != "self" {
					t.Errorf("%s: e-mail %s", id, got)
				}
			}
		})
	}
	wg.Wait()
}

// doubling returns a document of n fragments, each of which spreads the next
// one twice: 2^n fields for a walk without memory.
func doubling(n int, head, typename, field, last string) string {
	var b strings.Builder
	b.WriteString(head)
	for i := range n {
		fmt.Fprintf(&b, " fragment F%d on %s { a: %s { ...F%d } b: %s { ...F%d } }", i, typename, field, i+1, field, i+1)
	}
	fmt.Fprintf(&b, " fragment F%d on %s { %s }", n, typename, last)
	return b.String()
}

// TestWorkIsBounded: the size of the document bounds the work, not what its
// fragments expand to. The limit of CPU time is generous: it takes microseconds or
// forever. Other programs may have emptied the caches of the processor, so a test
// has several tries.
func TestWorkIsBounded(t *testing.T) {
	p := policyOf(t, nasty)
	const n = 500
	flat := "{" + strings.Repeat(` ...F`, n) + `} fragment F on Query {` + strings.Repeat(` again { ...G }`, n) + `} fragment G on Query { ask(limit: 1) }`
	roots := "{"
	for i := range n {
		roots += fmt.Sprintf(" r%d: open { user { ...F } }", i)
	}
	roots += "} fragment F on User {" + strings.Repeat(` friend { posts(tag: "a") }`, n) + "}"
	for name, text := range map[string]string{
		"doubled, guarded field": doubling(n, `{ me { ...F0 } }`, "User", "friend", "email"),
		"doubled, argument":      doubling(n, `{ me { ...F0 } }`, "User", "friend", `posts(tag: "a")`),
		"doubled, allowed":       doubling(n, `{ me { ...F0 } }`, "User", "friend", "id"),
		"doubled below a login":  doubling(n, `mutation { login { user { ...F0 } } }`, "User", "friend", `posts(tag: "a")`),
		"flat":                   flat,
		"many roots":             roots,
		"nested":                 "{ me {" + strings.Repeat("friend {", n) + "email" + strings.Repeat("}", n) + "} }",
		"nested input":           "{ ask(filter: " + strings.Repeat("{not: ", n) + "{name: \"a\"}" + strings.Repeat("}", n) + ") }",
		"wide input":             "{ ask(filters: [" + strings.Repeat("{name: \"a\"} ", n) + "]) }",
	} {
		t.Run(name, func(t *testing.T) {
			doc := documentOf(t, text)
			define(p.schema, doc)
			op := doc.Operations[0]
			var took time.Duration
			for try := 0; try == 0 || try < 5 && took > 100*time.Millisecond; try++ {
				start := cpuTime(t)
				p.PublicOnly(doc, op)
				plan := p.Plan(doc, op)
				for _, s := range []*Subject{nil, subject("admin", "read:users write:users")} {
					plan.Decide(s, nil)
					plan.DecideBelow(s, nil)
				}
				took = cpuTime(t) - start
			}
			if took > 100*time.Millisecond {
				t.Errorf("%d bytes took %v", len(text), took)
			}
		})
	}
}

// define sets the definition of each field as the validator does, without the
// validator's work.
func define(schema *ast.Schema, doc *ast.QueryDocument) {
	var walk func(def *ast.Definition, set ast.SelectionSet)
	walk = func(def *ast.Definition, set ast.SelectionSet) {
		for _, s := range set {
			if field, ok := s.(*ast.Field); ok {
				field.Definition = def.Fields.ForName(field.Name)
				if field.Definition != nil {
					walk(schema.Types[field.Definition.Type.Name()], field.SelectionSet)
				}
			}
		}
	}
	for _, op := range doc.Operations {
		walk(rootOf(schema, op.Operation), op.SelectionSet)
	}
	for _, f := range doc.Fragments {
		walk(schema.Types[f.TypeCondition], f.SelectionSet)
	}
}

func TestPublicOnly(t *testing.T) {
	tests := []struct {
		query string
		want  bool
	}{
		{`{ node { id } }`, true},
		{`{ me { id } }`, false},
		{`{ node { owner } }`, true}, // only the root counts
		{`{ node { id } staff }`, false},
		{`{ node: staff }`, false}, // the alias doesn't count
		{`{ staff: node { id } }`, true},
		{`{ __typename }`, true},
		{`{ __schema { types { name } } __type(name: "X") { name } }`, true},
		{`{ __typename me { id } }`, false},
		{`{ unknown }`, false},
		{`{ __unknown }`, false},
		{`{ login { token } }`, false}, // a field of another root
		{`mutation { login { token } }`, true},
		{`mutation { login { token } touch }`, false},
		{`mutation { node { id } }`, false},
		{`subscription { node { id } }`, false}, // the schema has none
		{`{ staff @skip(if: true) node { id } }`, false},
		{`{ ... { node { id } } }`, true},
		{`{ ... { staff } }`, false},
		{`{ ... on User { staff } }`, false},
		{`{ ...F } fragment F on Query { node { id } }`, true},
		{`{ ...F } fragment F on Query { staff }`, false},
		{`{ node { id } ...F } fragment F on Query { ...G } fragment G on Query { ... { staff } }`, false},
		{`{ ...F ...F } fragment F on Query { ...F node { id } }`, true},
		{`{ ...F } fragment F on Query { ...G } fragment G on Query { ...F staff }`, false},
		{`{ ...Nowhere node { id } }`, true}, // invalid, so it isn't executed
		{`{ node { id } } fragment F on Query { staff }`, true},
	}
	p := policyOf(t, nasty)
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			doc := documentOf(t, tt.query)
			if got := p.PublicOnly(doc, doc.Operations[0]); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}
