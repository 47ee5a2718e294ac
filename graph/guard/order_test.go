package guard_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"gatehouse/graph/guard"
)

// at is an error at a path of names and indices.
func at(path string, extensions map[string]any) *gqlerror.Error {
	err := &gqlerror.Error{Extensions: extensions}
	for _, step := range strings.Split(path, ".") {
		if n := 0; len(step) > 0 && step[0] >= '0' && step[0] <= '9' {
			_, _ = fmt.Sscan(step, &n)
			err.Path = append(err.Path, ast.PathIndex(n))
		} else {
			err.Path = append(err.Path, ast.PathName(step))
		}
	}
	return err
}

// documentOf is the document of a text, not validated.
func documentOf(t *testing.T, text string) *ast.QueryDocument {
	t.Helper()
	doc, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestSort(t *testing.T) {
	tests := []struct {
		name, operation string
		want            []string
	}{
		{"root fields as they stand", `{ z a m }`, []string{"z", "a", "m"}},
		{"indices as numbers", `{ l { a } }`, []string{"l.2.a", "l.9.a", "l.10.a", "l.100.a"}},
		{"within an item", `{ l { b a } }`, []string{"l.0.b", "l.0.a", "l.1.b", "l.1.a"}},
		{"a parent before what is below it", `{ l { a } }`, []string{"l", "l.0", "l.0.a"}},
		{"lists in lists", `{ l }`, []string{"l.0.1", "l.0.2", "l.1.0"}},
		{"aliases", `{ b: x a: x }`, []string{"b", "a"}},
		{"a fragment where it is spread", `fragment f on T { e } query { l { ...f d } z: l { e } }`, []string{"l.0.e", "l.0.d", "l.1.e", "z.0.e"}},
		{"a name where it stands first", `{ a { x } b a { y } }`, []string{"a.x", "a.y", "b"}},
		{"inline fragments", `{ l { ... on T { c } b ... { a } } }`, []string{"l.c", "l.b", "l.a"}},
		{"fragments that go in circles", `{ l { ...f } m } fragment f on T { a ...f b }`, []string{"l.a", "l.b", "m"}},
	}
	for _, tt := range tests {
		doc := documentOf(t, tt.operation)
		for seed := range uint64(20) {
			var errs gqlerror.List
			for _, path := range tt.want {
				errs = append(errs, at(path, nil))
			}
			rand.New(rand.NewPCG(seed, 0)).Shuffle(len(errs), func(i, j int) { errs[i], errs[j] = errs[j], errs[i] })
			guard.Sort(errs, doc, doc.Operations[0])
			for i, err := range errs {
				if got := strings.ReplaceAll(strings.ReplaceAll(err.Path.String(), "[", "."), "]", ""); got != tt.want[i] {
					t.Fatalf("%s: error %d is of %s, want %s", tt.name, i, got, tt.want[i])
				}
			}
		}
	}
}
