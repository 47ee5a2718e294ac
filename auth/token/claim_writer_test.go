package token

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestMarshalClaims: the claims have one form each, and are read as they were
// written. Members that are empty are left out where they may be.
func TestMarshalClaims(t *testing.T) {
	const head = `{"iss":"https://id.example","aud":"api","sub":"u1","exp":1772366460,"iat":1772366400,"jti":"t1","sid":"s1","client_id":"gatehouse",`
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name   string
		change func(c *Claims)
		want   string
	}{
		{"plain", func(*Claims) {}, head + `"auth_time":1772366399,"scope":"read:users write:users","roles":["user"]}`},
		{"never logged in", func(c *Claims) { c.AuthTime = time.Time{} }, head + `"scope":"read:users write:users","roles":["user"]}`},
		{"methods and their level", func(c *Claims) { c.AMR, c.ACR = []string{"pwd", "otp", "mfa"}, "aal2" },
			head + `"auth_time":1772366399,"amr":["pwd","otp","mfa"],"acr":"aal2","scope":"read:users write:users","roles":["user"]}`},
		{"nothing granted", func(c *Claims) { c.Scopes, c.Roles = nil, nil }, head + `"auth_time":1772366399,"scope":"","roles":[]}`},
		{"audiences", func(c *Claims) { c.Audience = []string{"a", "b"} },
			strings.Replace(head, `"api"`, `["a","b"]`, 1) + `"auth_time":1772366399,"scope":"read:users write:users","roles":["user"]}`},
		{"texts to escape", func(c *Claims) { c.Issuer, c.Roles = "a\"\\\x01\n<é\u2028", []string{"", "\t"} },
			strings.Replace(head, "https://id.example", `a\"\\\u0001\n<é`+"\u2028", 1) + `"auth_time":1772366399,"scope":"read:users write:users","roles":["","\t"]}`},
		{"generation", func(c *Claims) { c.Private.Generation = 3 },
			head + `"auth_time":1772366399,"scope":"read:users write:users","roles":["user"],"gatehouse":{"generation":3}}`},
		{"limited to nothing", func(c *Claims) { c.Private.Limited, c.Private.Limit = true, []string{} },
			head + `"auth_time":1772366399,"scope":"read:users write:users","roles":["user"],"gatehouse":{"limited":true}}`},
		{"a program for itself", func(c *Claims) { c.Private.Self = true },
			head + `"auth_time":1772366399,"scope":"read:users write:users","roles":["user"],"gatehouse":{"self":true}}`},
		{"limited", func(c *Claims) { c.Private = Private{1, true, []string{"a"}, []string{"b"}, true, true} },
			head + `"auth_time":1772366399,"scope":"read:users write:users","roles":["user"],` +
				`"gatehouse":{"generation":1,"limited":true,"limit":["a"],"roles":["b"],"self":true,"partial":true}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := &Claims{
				Issuer: "https://id.example", Subject: "u1", ID: "t1", SessionID: "s1", ClientID: "gatehouse", Audience: []string{"api"},
				IssuedAt: at, ExpiresAt: at.Add(time.Minute), AuthTime: at.Add(-time.Second),
				Scopes: []string{"read:users", "write:users"}, Roles: []string{"user"},
			}
			tt.change(c)
			text, err := c.marshal()
			if err != nil || string(text) != tt.want {
				t.Fatalf("%v, wrote %s\nwant %s", err, text, tt.want)
			}
			var r received
			if err := r.unmarshal(text); err != nil {
				t.Fatal(err)
			}
			empty := cmp.Transformer("nil", func(l []string) []string { return append([]string{}, l...) })
			if diff := cmp.Diff(*c, r.Claims, cmp.FilterValues(func(a, b []string) bool { return len(a)+len(b) == 0 }, empty)); diff != "" {
				t.Errorf("read: %s", diff)
			}
		})
	}
}

// TestMarshalInvalidText: a text that is not UTF-8 is refused.
func TestMarshalInvalidText(t *testing.T) {
	for _, c := range []*Claims{{Issuer: "\xff"}, {Audience: []string{"a", "\xff"}}, {Roles: []string{"\xff"}}, {AMR: []string{"\xff"}}, {ACR: "\xff"}, {Private: Private{Roles: []string{"\xff"}}}} {
		if text, err := c.marshal(); err == nil {
			t.Errorf("wrote %q", text)
		}
	}
}
