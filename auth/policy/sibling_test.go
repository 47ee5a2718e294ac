package policy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
)

type (
	key    string
	opaque string // has a MarshalGQL
	point  struct{ x, y int }

	plain         struct{ OwnerID string }
	otherCase     struct{ Ownerid string }
	underscores   struct{ Owner_ID string } // such fields of a model are bound too
	named         struct{ OwnerID key }
	pointed       struct{ OwnerID *string }
	number        struct{ OwnerID int64 }
	natural       struct{ OwnerID uint32 }
	textual       struct{ OwnerID point }
	method        struct{ owner string }
	pointerMethod struct{ owner string }
	withError     struct{ owner string }
	withBool      struct{ owner string }
	base          struct{ OwnerID string }
	embedding     struct{ base }
	embeddingPtr  struct{ *base }
	embedMethod   struct{ method }
	shadowing     struct {
		method
		OwnerID string
	}

	written    struct{ OwnerID opaque }
	real       struct{ OwnerID float64 }
	list       struct{ OwnerID []string }
	unexported struct{ ownerID string }
	nothing    struct{ Owner string }
	twoFields  struct{ OwnerID, OwnerId string } // which of them is meant can't be told
	twoWays    struct{ OwnerId string }          // and a method
	twoEmbeds  struct {
		base
		*plain
	}
	withContext  struct{ owner string }
	withArgument struct{ owner string }
)

func (opaque) MarshalGQL(io.Writer)                  {}
func (p point) MarshalText() ([]byte, error)         { return fmt.Appendf(nil, "%d-%d", p.x, p.y), nil }
func (m method) OwnerID() string                     { return m.owner }
func (m *pointerMethod) OwnerID() *string            { return &m.owner }
func (twoWays) OwnerID() string                      { return "ann" }
func (m withContext) OwnerID(context.Context) string { return m.owner }
func (m withArgument) OwnerID(int) string            { return m.owner }
func (m withError) OwnerID() (id string, err error)  { return m.owner, errIf(m.owner == "") }
func (m withBool) OwnerID() (id string, ok bool)     { return m.owner, m.owner != "" }
func errIf(failed bool) error {
	if failed {
		return errors.New("failed")
	}
	return nil
}

// TestSibling: a plain field is found by the rules with which gqlgen binds
// fields, and only plain fields are read.
func TestSibling(t *testing.T) {
	ann := "ann"
	p := &plain{"ann"}
	var boxed any = p
	tests := []struct {
		object any
		want   string // "" if it can't be read
	}{
		{plain{"ann"}, "ann"}, {p, "ann"}, {&p, "ann"}, {boxed, "ann"}, {&boxed, "ann"},
		{&otherCase{"ann"}, "ann"}, {&underscores{"ann"}, "ann"}, {&named{"ann"}, "ann"}, {&pointed{&ann}, "ann"},
		{&number{-7}, "-7"}, {&natural{7}, "7"}, {&textual{point{1, 2}}, "1-2"},
		{method{"ann"}, "ann"}, {&method{"ann"}, "ann"}, {pointerMethod{"ann"}, "ann"}, {&pointerMethod{"ann"}, "ann"},
		{&withError{"ann"}, "ann"}, {&withBool{"ann"}, "ann"},
		{&embedding{base{"ann"}}, "ann"}, {&embeddingPtr{&base{"ann"}}, "ann"}, {&embedMethod{method{"ann"}}, "ann"},
		{&shadowing{method{"ben"}, "ann"}, "ann"},

		{nil, ""}, {"ann", ""}, {(*plain)(nil), ""}, {(**plain)(nil), ""}, {new(*plain), ""}, {new(any), ""},
		{map[string]any{"ownerId": "ann"}, ""}, {[]plain{{"ann"}}, ""},
		{&pointed{}, ""}, {&withError{}, ""}, {&withBool{}, ""}, {&embeddingPtr{}, ""},
		{&written{"ann"}, ""}, {&real{1}, ""}, {&list{[]string{"ann"}}, ""}, {&unexported{"ann"}, ""}, {&nothing{"ann"}, ""},
		{&twoFields{"ann", "ann"}, ""}, {&twoWays{"ann"}, ""}, {&twoEmbeds{base{"ann"}, p}, ""},
		{&withContext{"ann"}, ""}, {&withArgument{"ann"}, ""},
	}
	s := &sibling{field: "ownerId"}
	for range 2 { // the second time with the readers of the first
		for _, tt := range tests {
			if got, ok := s.read(tt.object); got != tt.want || ok != (tt.want != "") {
				t.Errorf("%T: %q, %t; want %q", tt.object, got, ok, tt.want)
			}
		}
	}
	if got, ok := (&sibling{field: "owner_id"}).read(p); got != "ann" || !ok {
		t.Errorf("owner_id: %q, %t", got, ok)
	}
}

// TestSiblingAtOnce: several requests can be the first to see a type.
func TestSiblingAtOnce(t *testing.T) {
	s := &sibling{field: "ownerId"}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for _, object := range []any{&plain{"ann"}, &named{"ann"}, &method{"ann"}, &embedding{base{"ann"}}} {
				if got, ok := s.read(object); got != "ann" || !ok {
					t.Errorf("%T: %q, %t", object, got, ok)
				}
			}
		})
	}
	all.Wait()
}

// TestOrSelfReadsObjects: without a Config, a rule compares what it reads from
// the Go object, and refuses if it can't read it.
func TestOrSelfReadsObjects(t *testing.T) {
	p, err := Compile(schemaOf(t, declarations+`
		type Query { items: [Item] @public }
		type Item { ownerId: ID cost: Int @hasScope(scope: "costs", orSelf: "ownerId") }`), Config{})
	if err != nil {
		t.Fatal(err)
	}
	plan := planOf(t, p, `{ items { cost } }`)
	cost := fieldNamed(t, plan, "cost")
	d := plan.Decide(&Subject{ID: "ann"}, nil)
	anns, bens := &plain{"ann"}, &plain{"ben"}
	for _, object := range []any{anns, &anns, &method{"ann"}} {
		if r := p.Check(d, cost, "Item", object); r != nil {
			t.Errorf("%T: %+v", object, r)
		}
	}
	for _, object := range []any{bens, &bens, &method{"ben"}, &written{"ann"}, &nothing{"ann"}, nil} {
		if r := p.Check(d, cost, "Item", object); r == nil || r.Reason != NotSelf {
			t.Errorf("%T: %+v", object, r)
		}
	}
}

// BenchmarkOrSelf checks one field of an object whose id is read by reflection.
// It takes 15 ns, a third more than with a function, and no allocation.
func BenchmarkOrSelf(b *testing.B) {
	p, doc := wide(b)
	p.siblings["Wide.id"] = &sibling{field: "ownerId"}
	plan := p.Plan(doc, doc.Operations[0])
	field := fieldNamed(b, plan, "f1")
	d := plan.Decide(&Subject{ID: "ann"}, nil)
	owned := &plain{"ann"}
	b.ReportAllocs()
	for b.Loop() {
		if p.Check(d, field, "Wide", &owned) != nil {
			b.Fatal("refused")
		}
	}
}

// BenchmarkOrSelfByFunction does the same with a function of Config.Sibling.
func BenchmarkOrSelfByFunction(b *testing.B) {
	p, doc := wide(b)
	p.siblings["Wide.id"] = &sibling{value: func(object any) (string, bool) {
		owned, ok := object.(**plain)
		return (*owned).OwnerID, ok
	}}
	plan := p.Plan(doc, doc.Operations[0])
	field := fieldNamed(b, plan, "f1")
	d := plan.Decide(&Subject{ID: "ann"}, nil)
	owned := &plain{"ann"}
	b.ReportAllocs()
	for b.Loop() {
		if p.Check(d, field, "Wide", &owned) != nil {
			b.Fatal("refused")
		}
	}
}
