package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
	"testing"
)

// canaries are secrets by what they are. Each is planted in one kind of input, so that one that is found says where it came from.
type canaries map[string][]byte

// plant makes a secret. It begins with what a password needs and a header takes, so it is found as it stands where URL or JSON would escape something.
func (c canaries) plant(what string) string {
	text := "Canary" + rand.Text()
	c[what] = []byte(text)
	return text
}

// found returns those secrets that a text holds: as they stand, in hex, or in base64 of whatever they were a part of.
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

// TestCanariesAreFound: the search finds a secret in each form.
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
		t.Errorf("found in another: %q", found)
	}
}
