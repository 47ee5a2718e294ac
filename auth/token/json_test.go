package token

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func TestReadJSON(t *testing.T) {
	read := func(text string) (string, error) {
		var seen strings.Builder
		err := readJSON([]byte(text), func(d *jsontext.Decoder, name string) error {
			value, err := d.ReadValue()
			fmt.Fprintf(&seen, "%s=%s;", name, value)
			return err
		})
		return seen.String(), err
	}
	tests := []struct {
		text string
		want string // "" where it is refused
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
		{"{\"a\":\"\xff\"}", ""},
		{"{\"\xff\":1}", ""},
		{`{"a":"\udc00"}`, ""},
		{"{\"a\":\"\n\"}", ""},
		{`{"a":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`, ""},

		{`{"a":1,"A":2,"b":{"a":1}}`, `a=1;A=2;b={"a":1};`},
		{" {\n\"\\u0061\" : [ ] }\t", `a=[ ];`},
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
	read := func(text string, round func(float64) float64) (seconds int64, err error) {
		err = readJSON([]byte(`{"d":`+text+`}`), func(d *jsontext.Decoder, _ string) error {
			at, err := readDate(d, round)
			seconds = at.Unix()
			return err
		})
		return seconds, err
	}
	tests := []struct {
		text        string
		floor, ceil int64 // -1 where it is refused
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
		for want, round := range map[*int64]func(float64) float64{&tt.floor: math.Floor, &tt.ceil: math.Ceil} {
			got, err := read(tt.text, round)
			if *want < 0 && err == nil || *want >= 0 && (err != nil || got != *want) {
				t.Errorf("%s: %d, %v, want %d", tt.text, got, err, *want)
			}
		}
	}
}
