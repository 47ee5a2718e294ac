package email

import (
	"errors"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, typed, shown, key string
	}{
		{"plain", "ada@example.com", "ada@example.com", "ada@example.com"},
		{"trimmed", " \t\nada@example.com\r\n\u00a0", "ada@example.com", "ada@example.com"},
		{"shown as typed, compared lower-case", "Ada.L@EXAMPLE.Com", "Ada.L@EXAMPLE.Com", "ada.l@example.com"},
		{"no host but the machine itself", "admin@localhost", "admin@localhost", "admin@localhost"},
		{"dots and tags count", "a.d.a+news@gmail.com", "a.d.a+news@gmail.com", "a.d.a+news@gmail.com"},
		{"every other character of an atom", "!#$%&'*+-/=?^_`{|}~@example.com", "!#$%&'*+-/=?^_`{|}~@example.com", "!#$%&'*+-/=?^_`{|}~@example.com"},
		{"composed", "ade\u0301le@example.com", "ad\u00e9le@example.com", "ad\u00e9le@example.com"},
		{"capital with a sign", "\u00c9lo\u00efse@example.com", "\u00c9lo\u00efse@example.com", "\u00e9lo\u00efse@example.com"},
		{"Kelvin is k", "\u212aelvin@example.com", "Kelvin@example.com", "kelvin@example.com"},
		{"Turkish capital i is an i, not a second account", "\u0130@example.com", "\u0130@example.com", "i@example.com"},
		{"sharp s stays in a local part", "stra\u00dfe@example.com", "stra\u00dfe@example.com", "stra\u00dfe@example.com"},
		{"domain as A-label", "ada@B\u00fccher.example", "ada@B\u00fccher.example", "ada@xn--bcher-kva.example"},
		{"domain given as A-label", "ada@XN--Bcher-KVA.example", "ada@XN--Bcher-KVA.example", "ada@xn--bcher-kva.example"},
		{"domain with a composed sign", "ada@bu\u0308cher.example", "ada@b\u00fccher.example", "ada@xn--bcher-kva.example"},
		{"sharp s in a domain is its own name", "ada@stra\u00dfe.example", "ada@stra\u00dfe.example", "ada@xn--strae-oqa.example"},
		{"full-width domain", "ada@\uff45xample\u3002com", "ada@\uff45xample\u3002com", "ada@example.com"},
		{"local part of 64 bytes", strings.Repeat("a", 64) + "@example.com", strings.Repeat("a", 64) + "@example.com", strings.Repeat("a", 64) + "@example.com"},
		{"254 bytes", "a@" + domainOf(252), "a@" + domainOf(252), "a@" + domainOf(252)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse(tt.typed)
			if err != nil || got.Shown != tt.shown || got.Canonical != tt.key {
				t.Errorf("Parse(%+q) = %+q, %v; want shown %+q, key %+q", tt.typed, got, err, tt.shown, tt.key)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct{ name, typed string }{
		{"nothing", ""},
		{"space", "   "},
		{"no at sign", "ada.example.com"},
		{"two at signs", "ada@home@example.com"},
		{"no local part", "@example.com"},
		{"no domain", "ada@"},
		{"quoted local part", `"ada lovelace"@example.com`},
		{"quoted at sign", `"ada@home"@example.com`},
		{"display name", "Ada <ada@example.com>"},
		{"comment", "ada(home)@example.com"},
		{"list", "ada@example.com,eve@example.com"},
		{"route", "ada@example.com;eve@example.com"},
		{"dot first", ".ada@example.com"},
		{"dot last", "ada.@example.com"},
		{"two dots", "ada..l@example.com"},
		{"space inside", "ada l@example.com"},
		{"no-break space inside", "ada\u00a0l@example.com"},
		{"NUL", "ada\x00@example.com"},
		{"NUL at the end", "ada@example.com\x00"},
		{"header injection", "ada@example.com\r\nBcc: eve@example.com"},
		{"line break in the local part", "ada\r\n@example.com"},
		{"escape", "ada\x1b[31m@example.com"},
		{"zero-width space", "ad\u200ba@example.com"},
		{"zero-width joiner", "ad\u200da@example.com"},
		{"byte order mark", "\ufeffada@example.com"},
		{"soft hyphen", "ad\u00ada@example.com"},
		{"right-to-left override", "ada\u202eada@example.com"},
		{"bidi isolate", "ada\u2066@example.com"},
		{"variation selector", "ada\ufe0f@example.com"},
		{"combining grapheme joiner", "ada\u034f@example.com"},
		{"Hangul filler", "ada\u3164@example.com"},
		{"tag character", "ada\U000e0061@example.com"},
		{"private use", "ada\ue000@example.com"},
		{"replacement character", "ada\ufffd@example.com"},
		{"invalid UTF-8", "ada\xff@example.com"},
		{"half a surrogate pair", "ada\xed\xa0\x80@example.com"},
		{"overlong NUL", "ada\xc0\x80@example.com"},
		{"Greek question mark is a semicolon", "ada\u037e@example.com"},
		{"address literal", "ada@[127.0.0.1]"},
		{"domain with an empty label", "ada@example..com"},
		{"domain that ends in a dot", "ada@example.com."},
		{"domain with an underscore", "ada@my_host.example"},
		{"label that begins with a hyphen", "ada@-example.com"},
		{"label of 64 bytes", "ada@" + strings.Repeat("a", 64) + ".com"},
		{"A-label that decodes to nothing valid", "ada@xn--a.example"},
		{"A-label of a plain name", "ada@xn--example-.com"},
		{"directions mixed in one label", "ada@\u05d0a.example"},
		{"directions mixed by a symbol", "ada@\u2984\u2137"},
		{"local part of 65 bytes", strings.Repeat("a", 65) + "@example.com"},
		{"255 bytes", "a@" + domainOf(253)},
		{"huge", strings.Repeat("a", 1<<20) + "@example.com"},
		{"huge domain", "a@" + strings.Repeat("\u00fc.", 1<<19)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse(tt.typed)
			if !errors.Is(err, ErrInvalid) || got != (Address{}) {
				t.Errorf("Parse(%+.80q) = %+.80q, %v; want ErrInvalid", tt.typed, got, err)
			}
		})
	}
}

// domainOf returns a domain of n bytes.
func domainOf(n int) string {
	var labels []string
	for n > 64 {
		labels, n = append(labels, strings.Repeat("d", 63)), n-64
	}
	return strings.Join(append(labels, strings.Repeat("d", n)), ".")
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"Ada@Example.com", "\u0130@\u0130.example", "stra\u00dfe@stra\u00dfe.example", "e\u0301@example\u3002com", " a@b ", "\u1e9e@\u1e9e", "\u03a3\u03a3@x",
		"\u01c5@a", "\ufb01@\ufb01.example", "a@xn--bcher-kva", "\U0001d160@a", "\u0345\u0301@a", "\u1fb7@b", "\u2126@\u2126", "a@b@c", "\x00@\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		address, err := Parse(typed)
		if err != nil {
			return
		}
		for _, again := range []string{address.Shown, address.Canonical, " " + typed + "\n"} {
			got, err := Parse(again)
			if err != nil || got.Canonical != address.Canonical {
				t.Fatalf("%+q has the key %+q, but %+q has %+q, %v", typed, address.Canonical, again, got.Canonical, err)
			}
		}
		if len(address.Canonical) > addressLimit || strings.Count(address.Canonical, "@") != 1 || strings.ContainsAny(address.Canonical, "\x00\r\n \"<>") {
			t.Fatalf("%+q has the key %+q", typed, address.Canonical)
		}
	})
}

func TestFold(t *testing.T) {
	tests := []struct{ name, a, b string }{
		{"case", "ADA@Example.COM", "ada@example.com"},
		{"space around", "  Ada Lovelace\t", "ada lovelace"},
		{"composed", "E\u0301lo\u00efse", "\u00e9lo\u00efse"},
		{"Kelvin", "\u212a", "k"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if Fold(tt.a) != tt.b || Fold(tt.b) != tt.b {
				t.Errorf("Fold(%+q) = %+q, Fold(%+q) = %+q; want %+q twice", tt.a, Fold(tt.a), tt.b, Fold(tt.b), tt.b)
			}
		})
	}
	if Fold("ada") == Fold("adb") {
		t.Error("different names fold to one")
	}
}
