package document

import (
	"strconv"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"

	"gatehouse/auth/policy"
)

// newCache is a cache for documents of a schema.
func newCache(t *testing.T, sdl string) *Cache {
	t.Helper()
	schema, err := validator.LoadSchema(validator.Prelude, &ast.Source{Input: sdl})
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := policy.Compile(schema, policy.Config{})
	if err != nil {
		t.Fatal(err)
	}
	cache, err := NewCache(compiled, DefaultLimits(), true)
	if err != nil {
		t.Fatal(err)
	}
	return cache
}

func TestDocumentsKeptAreBounded(t *testing.T) {
	c := newCache(t, "directive @public on FIELD_DEFINITION\ntype Query { a: Int @public }")
	for i := range documentsKept + 50 {
		doc, f := c.Parse("{ a" + strconv.Itoa(i) + ": __typename }")
		if f != nil {
			t.Fatal(f)
		}
		if errs := c.Validate(doc); len(errs) > 0 {
			t.Fatal(errs)
		}
	}
	if n := c.kept.Len(); n != documentsKept {
		t.Errorf("%d are kept", n)
	}
}
