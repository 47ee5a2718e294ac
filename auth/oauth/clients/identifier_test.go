package clients

import (
	"strings"
	"testing"
)

// TestSameResource: an empty path is /, and scheme and host are spelled in several ways.
func TestSameResource(t *testing.T) {
	for _, same := range [][2]string{
		{"https://x.example", "https://x.example/"}, {"https://x.example", "HTTPS://X.Example"}, {"https://x.example/", "https://x.example:443"},
		{"http://x.example:80/a", "http://x.example/a"}, {"https://x.example?q", "https://x.example/?q"}, {"urn:example:api", "urn:example:api"},
		{"https://[2001:DB8::1]", "https://[2001:db8::1]/"},
	} {
		if !SameResource(same[0], same[1]) || !SameResource(same[1], same[0]) {
			t.Errorf("%q are two", same)
		}
	}
	for _, two := range [][2]string{
		{"https://x.example/mcp", "https://x.example/mcp/"}, {"https://x.example", "http://x.example"}, {"https://x.example", "https://x.example:8443"},
		{"https://x.example/a", "https://x.example/A"}, {"https://x.example/", "https://x.example//"}, {"https://x.example/", "https://x.example/?"},
		{"urn:example:api", "urn:example:API"}, {"urn:example:api", "urn:example:api/"}, {"https://x.example", "https://x.example.evil"}, {"", "/"},
		{"https://x.example/%41", "https://x.example/A"}, {"https://x.example:80", "https://x.example"},
	} {
		if SameResource(two[0], two[1]) {
			t.Errorf("%q are the same", two)
		}
	}
}

// TestIdentifiers: what the identifier of a resource may be (RFC 8707, 2).
func TestIdentifiers(t *testing.T) {
	for identifier, refuse := range map[string]string{
		"https://api.example.com":               "",
		"https://api.example.com/mcp":           "",
		"https://api.example.com/?tenant=a":     "",
		"http://items.internal:8081":            "",
		"urn:example:api":                       "",
		"api://items":                           "",
		"":                                      "ASCII",
		"items":                                 "absolute",
		"/items":                                "absolute",
		"//api.example.com":                     "absolute",
		"https://api.example.com/#x":            "fragment",
		"https://api.example.com#":              "fragment",
		"https://user@api.example.com":          "user name",
		"https://":                              "no host",
		"https:///mcp":                          "no host",
		"https:mcp":                             "no host",
		"urn:":                                  "only a scheme",
		"https://api.example.com/a b":           "spaces",
		"https://api.example.com/\n":            "spaces",
		"https://bücher.example":                "ASCII",
		"https://api.example.com/\\x":           "characters",
		"https://x/" + strings.Repeat("a", 512): "longer",
	} {
		if got := checkIdentifier(identifier); (got == "") != (refuse == "") || !strings.Contains(got, refuse) {
			t.Errorf("%.60q: %q, want %q", identifier, got, refuse)
		}
	}
}
