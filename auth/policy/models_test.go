package policy

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

type (
	shelf   struct{ Top *drawer }
	drawer  struct{ Things []*nothing }
	chest   struct{ drawers []drawer }
	cabinet struct{ Top any }
)

func (c chest) Top(bool) *drawer { return &c.drawers[0] }

// TestCheckModels: a field that can't be read is a fault if the Go type is
// known. The finding has the place of the rule.
func TestCheckModels(t *testing.T) {
	const sdl = declarations + `type Query { a: Shelf @public }
		type Shelf { top: Drawer }
		type Drawer { things: [T!] }
		type T { id: ID ownerId: ID b: Int @hasRole(role: "x", orSelf: "ownerId") }`
	check := func(config Config, object string, model any, resolved string) error {
		p, err := Compile(schemaOf(t, sdl), config)
		if err != nil {
			t.Fatal(err)
		}
		return p.CheckModels(map[string]reflect.Type{object: reflect.TypeOf(model), "U": nil, "Int": reflect.TypeFor[int]()},
			func(object, field string) bool { return object+"."+field == resolved })
	}
	for _, tt := range []struct {
		object   string
		model    any
		resolved string
	}{
		{"T", &nothing{}, ""}, {"T", written{}, ""}, {"T", &withContext{}, ""}, {"T", new(interface{ Owner() string }), ""},
		{"T", &plain{}, "T.ownerId"},
		{"Shelf", &shelf{}, ""}, {"Shelf", []*shelf{}, ""}, {"Drawer", make(chan *drawer), ""}, {"Shelf", &chest{}, ""},
	} {
		var findings Findings
		err := check(Config{}, tt.object, tt.model, tt.resolved)
		if !errors.As(err, &findings) || len(findings) != 1 || findings[0].Coordinate != "T.b" || findings[0].Line != 9 ||
			findings[0].File != "test.graphqls" || !strings.Contains(findings[0].Message, "nothing can read T.ownerId") {
			t.Errorf("%s is %T: %v", tt.object, tt.model, err)
		}
	}
	for _, tt := range []struct {
		object   string
		model    any
		resolved string
	}{
		{"T", nil, ""}, {"T", &plain{}, ""}, {"T", plain{}, ""}, {"T", method{}, ""}, {"T", new(interface{ OwnerID() string }), ""},
		{"Shelf", &cabinet{}, ""}, {"Shelf", &shelf{}, "Shelf.top"}, {"Shelf", &shelf{}, "Drawer.things"},
	} {
		if err := check(Config{}, tt.object, tt.model, tt.resolved); err != nil {
			t.Errorf("%s is %T: %v", tt.object, tt.model, err)
		}
	}
	read := func(string, string) Value { return func(any) (string, bool) { return "ann", true } }
	if err := check(Config{Sibling: read}, "T", &nothing{}, ""); err != nil {
		t.Errorf("read by a function: %v", err)
	}
}
