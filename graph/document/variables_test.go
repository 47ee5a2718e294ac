package document

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
)

const shapes = `
type Query { a(o: Outer, e: Colour, f: Float, s: Stamp): Int }
enum Colour { RED BLUE }
scalar Stamp
input Outer { name: String! size: Int = 7 inner: Inner list: [Inner!] deep: [[Int]] colour: Colour }
input Inner { flag: Boolean! = true id: ID }
`

func TestCoerce(t *testing.T) {
	const bad = "hunter2"
	tests := []struct{ typ, given, want string }{ // given "-": no value; want is JSON, or an error
		{"Int", `-`, `{}`},
		{"Int", `null`, `{"v":null}`},
		{"Int = 5", `-`, `{"v":5}`},
		{"Int = 5", `null`, `{"v":null}`},
		{"Int = 5", `6`, `{"v":6}`},
		{"Int!", `-`, `Variable $v is required, of type Int!.`},
		{"Int!", `null`, `Variable $v can't be null.`},
		{"Int! = 5", `-`, `{"v":5}`},
		{"ID = 5", `-`, `{"v":"5"}`},
		{"Int! = 5", `null`, `Variable $v can't be null.`},
		{"Int", `1.0`, `{"v":1}`},
		{"Int", `1e3`, `{"v":1000}`},
		{"Int", `-0`, `{"v":0}`},
		{"Int", `2147483647`, `{"v":2147483647}`},
		{"Int", `-2147483648`, `{"v":-2147483648}`},
		{"Int", `2147483648`, `Variable $v must be of type Int.`},
		{"Int", `1e400`, ``}, // not a number in Go
		{"Int", `"1"`, `Variable $v must be of type Int.`},
		{"Int", `true`, `Variable $v must be of type Int.`},
		{"Int", `{}`, `Variable $v must be of type Int.`},
		{"Int", `[1]`, `Variable $v must be of type Int.`},
		{"Float", `1`, `{"v":1}`},
		{"Float", `1.5`, `{"v":1.5}`},
		{"Float", `"1.5"`, `Variable $v must be of type Float.`},
		{"String", `"hunter2"`, `{"v":"hunter2"}`},
		{"String", `""`, `{"v":""}`},
		{"String", `5`, `Variable $v must be of type String.`},
		{"String", `["hunter2"]`, `Variable $v must be of type String.`},
		{"Boolean", `false`, `{"v":false}`},
		{"Boolean", `0`, `Variable $v must be of type Boolean.`},
		{"Boolean", `"hunter2"`, `Variable $v must be of type Boolean.`},
		{"ID", `"x"`, `{"v":"x"}`},
		{"ID", `5`, `{"v":"5"}`},
		{"ID", `9007199254740993`, `Variable $v must be of type ID.`},
		{"ID", `5.5`, `Variable $v must be of type ID.`},
		{"ID", `true`, `Variable $v must be of type ID.`},
		{"Colour", `"RED"`, `{"v":"RED"}`},
		{"Colour", `"hunter2"`, `Variable $v must be a value of Colour.`},
		{"Colour", `"red"`, `Variable $v must be a value of Colour.`},
		{"Colour", `0`, `Variable $v must be a value of Colour.`},
		{"Colour = BLUE", `-`, `{"v":"BLUE"}`},
		{"Stamp", `"hunter2"`, `{"v":"hunter2"}`},
		{"Stamp", `{"a":[1]}`, `{"v":{"a":[1]}}`},
		{"[Int]", `[1,null]`, `{"v":[1,null]}`},
		{"[Int]", `1`, `{"v":[1]}`},
		{"[Int]", `null`, `{"v":null}`},
		{"[Int]", `[]`, `{"v":[]}`},
		{"[Int!]", `[1,null]`, `Variable $v[1] can't be null.`},
		{"[Int]", `[1,"hunter2"]`, `Variable $v[1] must be of type Int.`},
		{"[[Int]]", `[[1],2]`, `{"v":[[1],[2]]}`},
		{"[[Int]]", `1`, `{"v":[[1]]}`},
		{"Outer", `{"name":"a"}`, `{"v":{"name":"a"}}`}, // without defaults of the schema
		{"Outer", `{"name":"a","size":null}`, `{"v":{"name":"a","size":null}}`},
		{"Outer", `{"name":"a","inner":{}}`, `{"v":{"inner":{},"name":"a"}}`},
		{"Outer", `{"name":"a","inner":{"flag":null}}`, `Variable $v.inner.flag can't be null.`},
		{"Outer", `{"name":"a","list":{"id":1}}`, `{"v":{"list":[{"id":"1"}],"name":"a"}}`},
		{"Outer", `{"name":"a","list":[{"id":1},{"id":["hunter2"]}]}`, `Variable $v.list[1].id must be of type ID.`},
		{"Outer", `{"name":"a","deep":[[1,"hunter2"]]}`, `Variable $v.deep[0][1] must be of type Int.`},
		{"Outer", `{"size":1}`, `Variable $v.name is required, of type String!.`},
		{"Outer", `{"name":null}`, `Variable $v.name can't be null.`},
		{"Outer", `{"name":"a","hunter2":1}`, `Variable $v has a field that Outer does not define.`},
		{"Outer", `{"name":"a","Size":1}`, `Variable $v has a field that Outer does not define.`},
		{"Outer", `"hunter2"`, `Variable $v must be an object of type Outer.`},
		{"Outer", `["hunter2"]`, `Variable $v must be an object of type Outer.`},
		{`Outer = {name: "d", list: {id: 1}}`, `-`, `{"v":{"list":{"id":1},"name":"d"}}`},
	}
	schema, err := validator.LoadSchema(validator.Prelude, &ast.Source{Input: shapes})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.typ+" "+tt.given, func(t *testing.T) {
			doc, err := parser.ParseQuery(&ast.Source{Input: fmt.Sprintf("query($v: %s) { __typename }", tt.typ)})
			if err != nil {
				t.Fatal(err)
			}
			given := map[string]any{"w": "hunter2"}
			if tt.given != "-" {
				var value any
				if json.Unmarshal([]byte(tt.given), &value) != nil {
					return
				}
				given["v"] = value
			}
			before := fmt.Sprint(given)
			values, fault := Coerce(schema, doc, doc.Operations[0], given)
			var got string
			if fault != nil {
				got = fault.Message
				if fault.Locations[0].Column != 7 {
					t.Errorf("at %v", fault.Locations)
				}
			} else {
				text, _ := json.Marshal(values)
				got = string(text)
			}
			if got != tt.want || fault != nil && strings.Contains(got, bad) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if fmt.Sprint(given) != before {
				t.Error("what was given is changed")
			}
		})
	}
}

func TestCoerceTypes(t *testing.T) {
	schema, err := validator.LoadSchema(validator.Prelude, &ast.Source{Input: shapes})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: "query($i: Int, $d: ID, $f: Float) { __typename }"})
	if err != nil {
		t.Fatal(err)
	}
	got, fault := Coerce(schema, doc, doc.Operations[0], map[string]any{"i": 5.0, "d": 5.0, "f": 5.0})
	if want := (map[string]any{"i": int64(5), "d": "5", "f": 5.0}); fault != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %#v, %v", got, fault)
	}
}
