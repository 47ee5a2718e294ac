package token

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

func TestReadJSON(t *testing.T) {
	read := func(text string) (string, error) {
		var members struct {
			A     jsontext.Value `json:"a"`
			Upper jsontext.Value `json:"A"`
			B     jsontext.Value `json:"b"`
		}
		err := readJSON([]byte(text), &members)
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

func TestReadDate(t *testing.T) {
	type dates struct {
		Floor numericDate `json:"f"`
		Ceil  notBefore   `json:"c"`
	}
	tests := []struct {
		text        string
		floor, ceil int64 // -1 if it is refused
	}{
		{`-1`, -1, -1},
		{`-0.5`, -1, -1},
		{`253402300800`, -1, -1},
		{`1e400`, -1, -1},
		{`"1"`, -1, -1},
		{`true`, -1, -1},
		{`0`, 0, 0},
		{`1795348800`, 1795348800, 1795348800},
		{`1795348800.25`, 1795348800, 1795348801},
		{`1.7953488e9`, 1795348800, 1795348800},
		{`253402300799`, 253402300799, 253402300799},
	}
	for _, tt := range tests {
		var got dates
		err := readJSON([]byte(`{"f":`+tt.text+`}`), &got)
		checkDate(t, tt.text, got.Floor.Time, err, tt.floor)
		err = readJSON([]byte(`{"c":`+tt.text+`}`), &got)
		checkDate(t, tt.text, got.Ceil.Time, err, tt.ceil)
	}
}

// checkDate fails unless the date was read as wanted; -1 wants a refusal.
func checkDate(t *testing.T, text string, got time.Time, err error, want int64) {
	t.Helper()
	if want < 0 && err == nil || want >= 0 && (err != nil || got.Unix() != want) {
		t.Errorf("%s: %d, %v, want %d", text, got.Unix(), err, want)
	}
}
