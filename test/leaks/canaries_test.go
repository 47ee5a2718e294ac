package leaks_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
	"testing"
)

// canaries are secrets by name. Each is planted in one kind of input, so that a
// secret that is found tells where it came from.
type canaries map[string][]byte

// plant makes a secret that is a good password, and that neither URLs nor JSON
// escape.
func (c canaries) plant(what string) string {
	text := "Canary" + rand.Text()
	c[what] = []byte(text)
	return text
}

// found returns the names of the secrets in a text: as they are, in hex, or as
// part of something in base64.
func (c canaries) found(text string, except ...string) (all []string) {
	lower := strings.ToLower(text)
	for what, secret := range c {
		there := strings.Contains(text, string(secret)) || strings.Contains(lower, strings.ToLower(url.QueryEscape(string(secret)))) ||
			strings.Contains(lower, hex.EncodeToString(secret))
		for shift := range 3 {
			for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
				encoded := encoding.EncodeToString(append(make([]byte, shift), secret...))
				there = there || strings.Contains(text, encoded[shift+1:len(encoded)-3])
			}
		}
		allowed := false
		for _, e := range except {
			allowed = allowed || e == what
		}
		if there && !allowed {
			all = append(all, what)
		}
	}
	return all
}

// TestCanariesAreFound looks for a secret in each form.
func TestCanariesAreFound(t *testing.T) {
	c := canaries{}
	secret := c.plant("it")
	for _, text := range []string{
		secret, `{"a":"` + secret + `"}`, "%20" + secret + "%20", hex.EncodeToString([]byte("x" + secret)), strings.ToUpper(hex.EncodeToString([]byte(secret))),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte("user:" + secret)),
		base64.URLEncoding.EncodeToString([]byte("\xff\xfe\xfd\xfc" + secret + "\xff")),
	} {
		if len(c.found("before "+text+" after")) != 1 {
			t.Errorf("not found in %q", text)
		}
	}
	if found := c.found("Canary" + rand.Text()); found != nil {
		t.Errorf("another secret is found: %q", found)
	}
}
