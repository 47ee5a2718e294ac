package clients

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/auth"
)

// member returns a key as the member of a set, changed by these members.
func member(t *testing.T, key any, changes map[string]any) map[string]any {
	t.Helper()
	text, err := jose.JSONWebKey{Key: key}.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]any{}
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	for name, value := range changes {
		m[name] = value
	}
	return m
}

// TestKeySets: what a client's keys may be.
func TestKeySets(t *testing.T) {
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	public, private, _ := ed25519.GenerateKey(rand.Reader)
	rsa2048, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	type m = map[string]any
	set := func(keys ...m) m { return m{"keys": keys} }
	short := member(t, rsa2048.Public(), nil)
	short["n"] = short["n"].(string)[:170] // 1,020 bits
	eleven := make([]m, 11)
	for i := range eleven {
		eleven[i] = member(t, public, m{"kid": string(rune('a' + i))})
	}
	tests := []struct {
		name, refuse string // "" for nothing
		set          m
		algorithms   string // of what is kept
	}{
		{"EC", "", set(member(t, ec.Public(), nil)), "ES256"},
		{"Ed25519", "", set(member(t, public, m{"alg": "Ed25519", "kid": "one"})), "EdDSA"},
		{"RSA for both", "", set(member(t, rsa2048.Public(), nil)), ""},
		{"RSA for one", "", set(member(t, rsa2048.Public(), m{"alg": "PS256", "use": "sig"})), "PS256"},
		{"several", "", set(member(t, ec.Public(), m{"kid": "a"}), member(t, public, m{"kid": "b"}), member(t, rsa2048.Public(), m{"kid": "c", "alg": "RS256"})), "ES256 EdDSA RS256"},
		{"unknown members", "", set(member(t, ec.Public(), m{"key_ops": []string{"verify"}, "note": "mine"})), "ES256"},

		{"empty", "1 to 10 keys", m{}, ""},
		{"no keys", "1 to 10 keys", set(), ""},
		{"not a list", "1 to 10 keys", m{"keys": "x"}, ""},
		{"one key alone", "1 to 10 keys", member(t, ec.Public(), nil), ""},
		{"too many", "1 to 10 keys", set(eleven...), ""},
		{"too large", "larger than", set(member(t, ec.Public(), m{"x5c": strings.Repeat("A", 20_000)})), ""},
		{"a text", "no \"kty\"", m{"keys": []any{"x"}}, ""},
		{"no type", "no \"kty\"", set(member(t, ec.Public(), m{"kty": ""})), ""},
		{"private EC", "private", set(member(t, ec, nil)), ""},
		{"private Ed25519", "private", set(member(t, private, nil)), ""},
		{"private RSA", "private", set(member(t, rsa2048, nil)), ""},
		{"the second is private", "number 2 is private", set(member(t, ec.Public(), m{"kid": "a"}), member(t, ec, m{"kid": "b"})), ""},
		{"symmetric", "symmetric", set(m{"kty": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}), ""},
		{"symmetric in disguise", "symmetric", set(member(t, ec.Public(), m{"k": "AyM1SysP"})), ""},
		{"for encryption", "another use", set(member(t, ec.Public(), m{"use": "enc"})), ""},
		{"P-384", "P-256", set(member(t, p384.Public(), nil)), ""},
		{"a small key", "RSA key has 2048", set(short), ""},
		{"a small exponent", "exponent", set(member(t, rsa2048.Public(), m{"e": "Aw"})), ""},
		{"HS256", "algorithm", set(member(t, ec.Public(), m{"alg": "HS256"})), ""},
		{"none", "algorithm", set(member(t, ec.Public(), m{"alg": "none"})), ""},
		{"of another type", "algorithm", set(member(t, ec.Public(), m{"alg": "RS256"})), ""},
		{"not on the curve", "can't be read", set(member(t, ec.Public(), m{"x": "AAAA"})), ""},
		{"unknown type", "can't be read", set(m{"kty": "AKP", "pub": "AAAA"}), ""},
		{"same kid", "kid of another", set(member(t, ec.Public(), m{"kid": "a"}), member(t, public, m{"kid": "a"})), ""},
		{"no kid twice", "kid of another", set(member(t, ec.Public(), nil), member(t, public, nil)), ""},
		{"long kid", "128 bytes", set(member(t, ec.Public(), m{"kid": strings.Repeat("k", 129)})), ""},
		{"kid with a space", "128 bytes", set(member(t, ec.Public(), m{"kid": "a b"})), ""},
	}
	for _, tt := range tests {
		kept, err := parseKeys(tt.set)
		var input *auth.InputError
		if tt.refuse != "" {
			if !errors.As(err, &input) || input.Field != "jwks" || !strings.Contains(input.Message, tt.refuse) || kept != nil {
				t.Errorf("%s: %s, %v; want %q", tt.name, kept, err, tt.refuse)
			}
			continue
		}
		var read jose.JSONWebKeySet
		if err != nil || json.Unmarshal(kept, &read) != nil {
			t.Errorf("%s: %s, %v", tt.name, kept, err)
			continue
		}
		var algorithms []string
		for _, key := range read.Keys {
			algorithms = append(algorithms, key.Algorithm)
			if !key.Valid() || !key.IsPublic() || key.Use != "sig" {
				t.Errorf("%s: kept %+v", tt.name, key)
			}
		}
		if got := strings.Join(algorithms, " "); got != tt.algorithms || strings.Contains(string(kept), "note") {
			t.Errorf("%s: kept %s", tt.name, kept)
		}
		if shown := (&Client{JWKS: kept}).KeySet(); len(shown["keys"].([]any)) != len(read.Keys) {
			t.Errorf("%s: shown %v", tt.name, shown)
		}
	}
	if kept, err := parseKeys(nil); kept != nil || err != nil || (&Client{}).KeySet() != nil {
		t.Errorf("no set: %s, %v", kept, err)
	}
}
