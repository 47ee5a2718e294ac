package origin

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"https://app.example.com":              "https://app.example.com",
		"HTTPS://App.Example.COM":              "https://app.example.com",
		"https://app.example.com:443":          "https://app.example.com",
		"https://app.example.com:":             "https://app.example.com",
		"https://app.example.com:0443":         "https://app.example.com",
		"https://app.example.com:80":           "https://app.example.com:80",
		"http://app.example.com:80":            "http://app.example.com",
		"http://localhost:3000":                "http://localhost:3000",
		"http://my_app.localhost:3000":         "http://my_app.localhost:3000",
		"http://127.0.0.1:5173":                "http://127.0.0.1:5173",
		"http://[::1]:3000":                    "http://[::1]:3000",
		"http://[0:0:0:0:0:0:0:1]:3000":        "http://[::1]:3000",
		"http://[2001:DB8::1]":                 "http://[2001:db8::1]",
		"http://[::ffff:127.0.0.1]":            "http://[::ffff:7f00:1]",
		"https://bücher.example":               "https://xn--bcher-kva.example",
		"https://BÜCHER.example":               "https://xn--bcher-kva.example",
		"https://xn--bcher-kva.example":        "https://xn--bcher-kva.example",
		"https://straße.example":               "https://xn--strae-oqa.example",
		"capacitor://localhost":                "capacitor://localhost",
		"tauri://localhost":                    "tauri://localhost",
		"chrome-extension://abcdefghijklmnop":  "chrome-extension://abcdefghijklmnop",
		"https://xn--80ak6aa92e.example.com:8": "https://xn--80ak6aa92e.example.com:8",
	} {
		if got, err := Parse(text); err != nil || got.String() != want {
			t.Errorf("%s = %v, %v; want %s", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"":                                 "http://",
		"app.example.com":                  "http://",
		"localhost:3000":                   "http://",
		"//app.example.com":                "http://",
		"htps://app.example.com":           "http://",
		"file:///index.html":               "http://",
		"null":                             "sandboxed",
		"https://*.example.com":            "write each origin",
		"*.example.com":                    "write each origin",
		"https://app.example.com/":         "write https://app.example.com",
		"HTTPS://App.example.com:443/a/b":  "write https://app.example.com",
		"https://app.example.com?canary":   "write https://app.example.com",
		"https://app.example.com#canary":   "write https://app.example.com",
		"https://canary@app.example.com":   "user name",
		"https://u:canary@app.example.com": "user name",
		"http://localhost:99999":           "1 to 65535",
		"http://localhost:0":               "1 to 65535",
		"http://localhost:canary":          "1 to 65535",
		"http://localhost:3000,":           "1 to 65535",
		"https://":                         "invalid host",
		"https://:443":                     "invalid host",
		"https://a..example.com":           "invalid host",
		"https://app example.com":          "invalid host",
		"https://app.example.com\\canary":  "invalid host",
		"http://127.1":                     "invalid host",
		"http://2130706433":                "invalid host",
		"http://0x7f.0.0.0x1":              "invalid host",
		"http://[::1":                      "invalid host",
		"http://[fe80::1%25eth0]":          "invalid host",
		"http://::1:3000":                  "invalid host",
	} {
		got, err := Parse(text)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s = %v, %v; want an error with %q", text, got, err, want)
		}
	}
}

func TestParseList(t *testing.T) {
	for text, want := range map[string]string{
		"": "", " , ": "", "*": "*", "https://a.example, *": "*,https://a.example",
		"https://a.example,https://b.example":                      "https://a.example,https://b.example",
		" https://a.example ,\n\thttps://b.example , ":             "https://a.example,https://b.example",
		"https://a.example https://b.example":                      "https://a.example,https://b.example",
		"https://a.example,HTTPS://A.example:443,http://a.example": "https://a.example,http://a.example",
	} {
		got, err := ParseList(text)
		if err != nil || got.String() != want || got.Empty() != (want == "") || got.Any() != strings.HasPrefix(want, "*") {
			t.Errorf("%q = %v, %v; want %s", text, got, err, want)
		}
	}
	_, err := ParseList("https://a.example,https://*.b.example,null,c.example,https://*.d.example")
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("the faults are: %v; want three, each once", err)
	}
}

// TestForeign sends what browsers send for their pages.
func TestForeign(t *testing.T) {
	list, err := ParseList("https://app.example.com,http://localhost:3000")
	if err != nil {
		t.Fatal(err)
	}
	every, err := ParseList("*")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name         string
		list         List
		origin, site string
		foreign      bool
	}{
		{"a program", list, "", "", false},
		{"our own page", list, "https://id.example.com", "same-origin", false},
		{"our own page, in an old browser", list, "https://id.example.com", "", false},
		{"typed by the user", list, "", "none", false},
		{"a page in the list", list, "https://app.example.com", "same-site", false},
		{"a page in the list, in an old browser", list, "http://localhost:3000", "", false},
		{"a page in the list, not from a browser", list, "HTTPS://APP.example.com:443", "cross-site", false},
		{"another port", list, "http://localhost:3001", "same-site", true},
		{"another scheme", list, "http://app.example.com", "same-site", true},
		{"a host below", list, "https://x.app.example.com", "same-site", true},
		{"a host with the same start", list, "https://app.example.com.evil.test", "cross-site", true},
		{"a host with the same end", list, "https://evilapp.example.com", "cross-site", true},
		{"an address for a name", list, "http://127.0.0.1:3000", "cross-site", true},
		{"an opaque origin", list, "null", "cross-site", true},
		{"no origin", list, "", "cross-site", true},
		{"two origins", list, "https://app.example.com https://app.example.com", "same-site", true},
		{"no list", List{}, "https://app.example.com", "same-site", true},
		{"any page", every, "https://evil.test", "cross-site", false},
		{"any opaque origin", every, "null", "cross-site", false},
	} {
		for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodOptions} {
			r := httptest.NewRequestWithContext(t.Context(), method, "https://id.example.com/graphql", nil)
			for name, value := range map[string]string{"Origin": tt.origin, "Sec-Fetch-Site": tt.site} {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
			if got := tt.list.Foreign(r); got != tt.foreign || r.Method != method {
				t.Errorf("%s, %s: foreign = %t, want %t", tt.name, method, got, tt.foreign)
			}
			if allowed := tt.list.Allows(tt.origin); allowed && tt.foreign {
				t.Errorf("%s: CORS allows what the cross-site check refuses", tt.name)
			}
		}
	}
}
