package clients

import (
	"strings"
	"testing"
)

// TestRedirectURIs: what may be registered (RFC 6749, 3.1.2; RFC 8252; RFC 9700, 4.1).
func TestRedirectURIs(t *testing.T) {
	tests := []struct {
		uri    string
		kind   Kind
		refuse string // a part of what is wrong; "" for nothing
	}{
		{"https://app.example.com/callback", Confidential, ""},
		{"https://app.example.com", Confidential, ""},
		{"https://app.example.com/", Public, ""},
		{"https://app.example.com:8443/cb", Confidential, ""},
		{"https://app.example.com/cb?tenant=one", Confidential, ""},
		{"https://app.example.com/cb?", Confidential, ""},
		{"https://App.Example.com/cb", Confidential, ""}, // compared as a string
		{"https://xn--bcher-kva.example/cb", Confidential, ""},
		{"https://192.0.2.7/cb", Confidential, ""},
		{"https://[2001:db8::1]/cb", Confidential, ""},
		{"https://localhost/cb", Confidential, ""},
		{"https://app.example.com/a%20b", Confidential, ""},
		{"https://app.example.com/a..b/...", Confidential, ""},
		{"http://127.0.0.1/callback", Public, ""},
		{"http://127.0.0.1:3000/callback", Confidential, ""},
		{"http://[::1]/callback", Public, ""},
		{"http://[::1]:8080/", Public, ""},
		{"http://localhost/callback", Public, ""},
		{"http://localhost:5173", Public, ""},
		{"http://localhost?x=1", Public, ""},
		{"com.example.app:/callback", Public, ""},
		{"com.example.app://callback", Public, ""},
		{"com.example.app:/", Public, ""},

		{"", Public, "characters that a URI can't have"},
		{"callback", Public, "no scheme"},
		{"/callback", Public, "no scheme"},
		{"//app.example.com/callback", Public, "no scheme"},
		{"http://app.example.com/callback", Confidential, "use https"},
		{"http://app.example.com/callback", Public, "use https"},
		{"http://127.0.0.2/callback", Public, "use https"},
		{"http://127.0.0.1.example.com/callback", Public, "use https"},
		{"http://localhost.example.com/", Public, "use https"},
		{"http://127.1/callback", Public, "use https"},
		{"http://0x7f000001/", Public, "use https"},
		{"http://localhost:0/", Public, "use https"},
		{"http://localhost:99999/", Public, "use https"},
		{"http://localhost:/", Public, "use https"},
		{"http://user@localhost/", Public, "user name"},
		{"http://localhost:80@evil.example/", Public, "user name"},
		{"https://app.example.com@evil.example/cb", Confidential, "user name"},
		{"https://user:secret@app.example.com/cb", Confidential, "user name"},
		{"https://app.example.com%40evil.example/cb", Confidential, "not a URI"},
		{"https://app.example.com/cb#x", Confidential, "fragment"},
		{"https://app.example.com/cb#", Confidential, "fragment"},
		{"https://*.example.com/cb", Confidential, "wildcard"},
		{"https://app.example.com/*", Confidential, "wildcard"},
		{"https://app.example.com/a/../b", Confidential, "path with . or .."},
		{"https://app.example.com/..", Confidential, "path with . or .."},
		{"https://app.example.com/a/%2e%2E/b", Confidential, "path with . or .."},
		{"https://app.example.com/./cb", Confidential, "path with . or .."},
		{"https://app.example.com\\@evil.example/cb", Confidential, "characters"},
		{"https://app.example.com/%5c..", Confidential, "backslash"},
		{"https://app.example.com/\ncb", Confidential, "characters"},
		{"https://app.example.com/%0d%0aSet-Cookie:x", Confidential, "control"},
		{"https://app.example.com/%00", Confidential, "control"},
		{"https://app.example.com/a b", Confidential, "spaces"},
		{" https://app.example.com/cb", Confidential, "spaces"},
		{"https://app.example.com/cb ", Confidential, "spaces"},
		{"https://bücher.example/cb", Confidential, "ASCII"},
		{"https://app.example.com/\u202ecb", Confidential, "characters"},
		{"https://app.example.com/%zz", Confidential, "not a URI"},
		{"https://", Confidential, "no host"},
		{"https:/cb", Confidential, "no host"},
		{"https:app.example.com", Confidential, "no host"},
		{"https://:443/cb", Confidential, "no host"},
		{"https://app.example.com:/cb", Confidential, "no port"},
		{"https://app.example.com:0/cb", Confidential, "no port"},
		{"https://app.example.com:port/cb", Confidential, "not a URI"},
		{"HTTPS://app.example.com/cb", Confidential, "upper case"},
		{"https://app.example.com/cb?code=1", Confidential, "parameter code"},
		{"https://app.example.com/cb?a=1&st%61te=x", Confidential, "parameter state"},
		{"https://app.example.com/cb?iss", Confidential, "parameter iss"},
		{"https://app.example.com/cb?a=1;b=2", Confidential, "query"},
		{"javascript:alert(1)", Public, "other programs"},
		{"javascript:alert(1)//.example", Public, "other programs"},
		{"java.script:alert(1)", Public, "no slash"},
		{"data:text/html,x", Public, "other programs"},
		{"file:///etc/passwd", Public, "other programs"},
		{"vbscript:x", Public, "other programs"},
		{"cursor://callback", Public, "other programs"},
		{"myapp:/callback", Public, "other programs"},
		{"com.example.app:callback", Public, "no slash"},
		{"com.example.app:", Public, "no slash"},
		{"com.example.app:/callback", Confidential, "public clients"},
		{"Com.example.app:/callback", Public, "upper case"},
		{"urn:ietf:wg:oauth:2.0:oob", Public, "other programs"},
		{"https://app.example.com/" + strings.Repeat("a", 600), Confidential, "longer"},
	}
	for _, tt := range tests {
		got := checkRedirectURI(tt.uri, tt.kind)
		if (got == "") != (tt.refuse == "") || !strings.Contains(got, tt.refuse) {
			t.Errorf("%.80q for a %s client: %q, want %q", tt.uri, tt.kind, got, tt.refuse)
		}
	}
}

// TestRedirectsTo: strings are compared, and on a loopback host the port is free.
func TestRedirectsTo(t *testing.T) {
	c := &Client{RedirectURIs: []string{
		"https://app.example.com/cb", "https://app.example.com/cb?x=1", "http://127.0.0.1/cb", "http://localhost:3000/cb", "http://[::1]", "com.example.app:/cb",
	}}
	for uri, want := range map[string]bool{
		"https://app.example.com/cb":      true,
		"https://app.example.com/cb?x=1":  true,
		"com.example.app:/cb":             true,
		"http://127.0.0.1/cb":             true,
		"http://127.0.0.1:1/cb":           true,
		"http://127.0.0.1:65535/cb":       true,
		"http://localhost/cb":             true,
		"http://localhost:3000/cb":        true,
		"http://localhost:49152/cb":       true,
		"http://[::1]":                    true,
		"http://[::1]:8080":               true,
		"":                                false,
		"https://app.example.com/cb/":     false,
		"https://app.example.com/CB":      false,
		"https://APP.example.com/cb":      false,
		"https://app.example.com:443/cb":  false,
		"https://app.example.com:8443/cb": false,
		"https://app.example.com/cb?x=2":  false,
		"https://app.example.com/cb?":     false,
		"https://app.example.com/cb#":     false,
		"https://app.example.com/cb%20":   false,
		"http://app.example.com/cb":       false,
		"http://127.0.0.1:0/cb":           false,
		"http://127.0.0.1:65536/cb":       false,
		"http://127.0.0.1:080/cb":         false,
		"http://127.0.0.1:/cb":            false,
		"http://127.0.0.1:+80/cb":         false,
		"http://127.0.0.1:80:80/cb":       false,
		"http://127.0.0.1:80/cb?x":        false,
		"http://127.0.0.1:80/other":       false,
		"http://127.0.0.1:80":             false,
		"http://127.0.0.1:80@evil/cb":     false,
		"http://127.0.0.1.evil/cb":        false,
		"http://localhost.evil:80/cb":     false,
		"http://localhost@evil/cb":        false,
		"http://[::1]/":                   false,
		"http://[::2]:8080":               false,
		"https://127.0.0.1:80/cb":         false,
		"HTTP://127.0.0.1:80/cb":          false,
		"com.example.app:/cb2":            false,
	} {
		if got := c.RedirectsTo(uri); got != want {
			t.Errorf("%q: %t", uri, got)
		}
		if (&Client{PostLogoutRedirectURIs: c.RedirectURIs}).LogsOutTo(uri) != want || (&Client{}).RedirectsTo(uri) {
			t.Errorf("%q is treated in two ways", uri)
		}
	}
}

// TestWhereClientsAre: the host that people are shown, and whether any program on their
// device could imitate the client.
func TestWhereClientsAre(t *testing.T) {
	page := "https://www.example.com/about"
	tests := []struct {
		page     *string
		uris     []string
		host     string
		loopback bool
	}{
		{&page, []string{"https://app.example.com/cb"}, "www.example.com", false},
		{nil, []string{"http://localhost/cb", "https://app.example.com:8443/cb"}, "app.example.com:8443", false},
		{nil, []string{"http://localhost/cb", "com.example.app:/cb"}, "", true},
		{nil, []string{"http://127.0.0.1/cb"}, "", true},
		{&page, []string{"com.example.app:/cb"}, "www.example.com", true},
		{nil, nil, "", false},
	}
	for _, tt := range tests {
		c := &Client{URI: tt.page, RedirectURIs: tt.uris}
		got := ""
		if host := c.Host(); host != nil {
			got = *host
		}
		if got != tt.host || c.Loopback() != tt.loopback {
			t.Errorf("%q: %q, %t", tt.uris, got, c.Loopback())
		}
	}
}
