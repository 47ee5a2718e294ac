package oauth

import (
	"errors"
	"testing"

	protocol "gatehouse/auth/oauth"
)

func TestParseForm(t *testing.T) {
	for text, want := range map[string]map[string][]string{
		"":                        {},
		"a=b":                     {"a": {"b"}},
		"a=b&c=d%20e+f":           {"a": {"b"}, "c": {"d e f"}},
		"a=&b":                    {},
		"resource=x&resource=y":   {"resource": {"x", "y"}},
		"resource=&resource=y":    {"resource": {"y"}},
		"a=b&a=c":                 nil,
		"a=&a=":                   nil,
		"a=b&a":                   nil,
		"a=%zz":                   nil,
		"a=b;c=d":                 nil,
		"a=%00":                   nil,
		"%00=a":                   nil,
		"a=%ff":                   nil,
		"%61=b&a=c":               nil,
		"Resource=x&Resource=y":   nil,
		"resource=x&%72esource=y": {"resource": {"x", "y"}},
	} {
		form, err := ParseForm(text)
		if known := (*protocol.Error)(nil); want == nil {
			if !errors.As(err, &known) || known.Code != protocol.InvalidRequest {
				t.Errorf("%q: %v, %v", text, form, err)
			}
			continue
		}
		if err != nil || len(form) != len(want) {
			t.Errorf("%q: %v, %v", text, form, err)
		}
		for name, values := range want {
			if got := form.All(name); len(got) != len(values) || form.Get(name) != values[0] {
				t.Errorf("%q: %s is %q", text, name, got)
			}
		}
	}
}

// FuzzParseForm: each parameter has one value, or is resource, and no value is empty.
func FuzzParseForm(f *testing.F) {
	for _, seed := range []string{"a=b", "resource=x&resource=y", "a=%00", "a=1&a=2", "%61=%62"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		form, err := ParseForm(text)
		if err != nil {
			return
		}
		for name, values := range form {
			if len(values) == 0 || len(values) > 1 && name != "resource" {
				t.Errorf("%q: %s is %q", text, name, values)
			}
			for _, v := range values {
				if v == "" || !isText(v) {
					t.Errorf("%q: %s is %q", text, name, values)
				}
			}
		}
	})
}
