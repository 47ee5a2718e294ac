package strictjson

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func TestUnmarshal(t *testing.T) {
	read := func(text string) (string, error) {
		var members struct {
			A     jsontext.Value `json:"a"`
			Upper jsontext.Value `json:"A"`
			B     jsontext.Value `json:"b"`
		}
		err := Unmarshal([]byte(text), &members)
		return fmt.Sprintf("a=%s A=%s b=%s", members.A, members.Upper, members.B), err
	}
	tests := []struct {
		text string
		want string // "" if it is refused
	}{
		{``, ""},
		{` `, ""},
		{`null`, ""},
		{`[]`, ""},
		{`"a"`, ""},
		{`{`, ""},
		{`{"a"`, ""},
		{`{"a":1`, ""},
		{`{"a":1,}`, ""},
		{`{a:1}`, ""},
		{`{'a':1}`, ""},
		{`{1:1}`, ""},
		{`{"a":1}{}`, ""},
		{`{"a":1} /* */`, ""},
		{`{"a":1,"a":2}`, ""},
		{`{"a":1,"\u0061":2}`, ""},
		{`{"b":{"a":1,"a":2}}`, ""},
		{`{"b":[{"a":1,"a":2}]}`, ""},
		{`{"a":01}`, ""},
		{`{"a":NaN}`, ""},
		{`{"a":null}`, ""},
		{"{\"a\":\"\xff\"}", ""},
		{"{\"\xff\":1}", ""},
		{`{"a":"\udc00"}`, ""},
		{"{\"a\":\"\n\"}", ""},
		{`{"a":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`, ""},

		{`{"a":1,"A":2,"b":{"a":1}}`, `a=1 A=2 b={"a":1}`},
		{" {\n\"\\u0061\" : [ ] }\t", `a=[ ] A=null b=null`},
	}
	for _, tt := range tests {
		got, err := read(tt.text)
		if tt.want == "" && err == nil || tt.want != "" && (err != nil || got != tt.want) {
			t.Errorf("%.60s: %s, %v, want %q", tt.text, got, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), `"`) {
			t.Errorf("%.60s: the error quotes the text: %v", tt.text, err)
		}
	}
}
