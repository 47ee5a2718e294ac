package token

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

func setOf(t *testing.T, keys ...*Key) string {
	t.Helper()
	text, err := JWKS(keys)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// jwkOf returns the JWK of a public or private key.
func jwkOf(t *testing.T, k *Key, key any) string {
	t.Helper()
	text, err := json.Marshal(jose.JSONWebKey{Key: key, KeyID: k.ID, Algorithm: string(k.Algorithm), Use: "sig"})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestJWKS(t *testing.T) {
	if got := setOf(t); got != `{"keys":[]}` {
		t.Errorf("no keys: %s", got)
	}
	if got := setOf(t, testKeys()[HS256]); got != `{"keys":[]}` {
		t.Errorf("HS256: %s", got)
	}
	k := testKeys()[EdDSA]
	x := base64.RawURLEncoding.EncodeToString(k.material().public.(ed25519.PublicKey))
	want := fmt.Sprintf(`{"keys":[{"use":"sig","kty":"OKP","kid":%q,"crv":"Ed25519","alg":"EdDSA","x":%q}]}`, k.ID, x)
	if got := setOf(t, k); got != want {
		t.Errorf("set = %s, want %s", got, want)
	}
}

// TestJWKSHidesPrivate: the published set has only public members, even if it is
// made from private keys.
func TestJWKSHidesPrivate(t *testing.T) {
	var set struct{ Keys []map[string]any }
	text := setOf(t, testKeys()[EdDSA], testKeys()[ES256].Public(), testKeys()[HS256], testKeys()[RS256])
	if err := json.Unmarshal([]byte(text), &set); err != nil {
		t.Fatal(err)
	}
	if len(set.Keys) != 3 {
		t.Errorf("%d keys, want 3", len(set.Keys))
	}
	public := map[string]bool{"kty": true, "use": true, "kid": true, "alg": true, "crv": true, "x": true, "y": true, "n": true, "e": true}
	for _, key := range set.Keys {
		for name := range key {
			if !public[name] {
				t.Errorf("%v has the member %s", key["kid"], name)
			}
		}
		if key["use"] != "sig" || key["kid"] == "" || key["alg"] == "" {
			t.Errorf("key = %v", key)
		}
	}
}

func TestJWKSRoundTrip(t *testing.T) {
	keys, err := ParseJWKS([]byte(setOf(t, testKeys()[RS256], testKeys()[HS256], testKeys()[EdDSA], testKeys()[ES256])))
	if err != nil {
		t.Fatal(err)
	}
	if len(keys) != 3 || keys[0].Algorithm != RS256 || keys[1].Algorithm != EdDSA || keys[2].Algorithm != ES256 {
		t.Fatalf("keys = %v", keys)
	}
	v := verifierOf(keys...)
	for _, alg := range algorithms {
		checkVerify(t, v, mustSign(t, testKeys()[alg], testClaims()), alg != HS256)
	}
	if _, err := keys[0].Sign(testClaims()); !errors.Is(err, errNoPrivate) {
		t.Errorf("a key from a set signs: %v", err)
	}
}

func TestParseJWKS(t *testing.T) {
	ed, ec, rsa := testKeys()[EdDSA], testKeys()[ES256], testKeys()[RS256]
	edJWK, ecJWK, rsaJWK := jwkOf(t, ed, ed.material().public), jwkOf(t, ec, ec.material().public), jwkOf(t, rsa, rsa.material().public)
	one := func(jwk string) string { return `{"keys":[` + jwk + `]}` }
	oct := `{"kty":"oct","kid":"k","alg":"HS256","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`
	short := base64.RawURLEncoding.EncodeToString(append([]byte{0x80}, make([]byte, 127)...))
	const refused = -1

	tests := []struct {
		name, text string
		keys       int
	}{
		{"empty", "", refused},
		{"null", "null", refused},
		{"list", "[" + edJWK + "]", refused},
		{"no keys", "{}", refused},
		{"keys null", `{"keys":null}`, refused},
		{"keys an object", `{"keys":` + edJWK + `}`, refused},
		{"keys twice", `{"keys":[],"keys":[` + edJWK + `]}`, refused},
		{"KEYS", `{"KEYS":[` + edJWK + `]}`, refused},
		{"text after it", one(edJWK) + "x", refused},
		{"too large", one(edJWK) + strings.Repeat(" ", 64<<10), refused},
		{"a key that is text", one(`"key"`), refused},
		{"a member twice", one(strings.Replace(edJWK, "{", `{"alg":"HS256",`, 1)), refused},
		{"symmetric", one(oct), refused},
		{"symmetric for EdDSA", one(with(t, oct, "alg", `"EdDSA"`)), refused},
		{"symmetric without alg", one(with(t, oct, "alg", ``)), refused},
		{"symmetric beside a good one", one(edJWK + "," + oct), refused},
		{"private Ed25519", one(jwkOf(t, ed, ed.material().private)), refused},
		{"private P-256", one(jwkOf(t, ec, ec.material().private)), refused},
		{"private RSA", one(jwkOf(t, rsa, rsa.material().private)), refused},
		{"Ed25519 for ES256", one(with(t, edJWK, "alg", `"ES256"`)), refused},
		{"Ed25519 for HS256", one(with(t, edJWK, "alg", `"HS256"`)), refused},
		{"RSA for HS256", one(with(t, rsaJWK, "alg", `"HS256"`)), refused},
		{"P-256 for RS256", one(with(t, ecJWK, "alg", `"RS256"`)), refused},
		{"P-384 in name", one(with(t, ecJWK, "crv", `"P-384"`)), refused},
		{"not on the curve", one(with(t, ecJWK, "x", `"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"`)), refused},
		{"Ed25519 of 31 bytes", one(with(t, edJWK, "x", `"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"`)), refused},
		{"RSA of 1024 bits", one(with(t, rsaJWK, "n", `"`+short+`"`)), refused},
		{"RSA with e = 3", one(with(t, rsaJWK, "e", `"Aw"`)), refused},
		{"no kid", one(with(t, edJWK, "kid", ``)), refused},
		{"kid with a path", one(with(t, edJWK, "kid", `"../x"`)), refused},
		{"the same kid twice", one(edJWK + "," + with(t, ecJWK, "kid", `"`+ed.ID+`"`)), refused},
		{"alg a number", one(with(t, edJWK, "alg", `1`)), refused},

		{"no key in it", `{"keys":[]}`, 0},
		{"for encryption", one(with(t, rsaJWK, "use", `"enc"`)), 0},
		{"for signing only", one(with(t, rsaJWK, "key_ops", `["sign"]`)), 0},
		{"for nothing", one(with(t, rsaJWK, "key_ops", `[]`)), 0},
		{"unknown algorithm", one(with(t, rsaJWK, "alg", `"PS256"`)), 0},
		{"algorithm of another case", one(with(t, edJWK, "alg", `"eddsa"`)), 0},
		{"no algorithm", one(with(t, edJWK, "alg", ``)), 0},
		{"unknown type", one(`{"kty":"AKP","kid":"k","alg":"ML-DSA-65","pub":"AA"}`), 0},
		{"unknown curve", one(`{"kty":"EC","kid":"k","alg":"ES256K","crv":"secp256k1","x":"AA","y":"AA"}`), 0},
		{"unknown type beside a good one", one(edJWK + `,{"kty":"AKP","kid":"k","alg":"ML-DSA-65","pub":"AA"}`), 1},
		{"for verifying", one(with(t, rsaJWK, "key_ops", `["verify"]`)), 1},
		{"no use", one(with(t, edJWK, "use", ``)), 1},
		{"another member", `{"x":1,"keys":[` + edJWK + `]}`, 1},
		{"three", one(edJWK + "," + ecJWK + "," + rsaJWK), 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			keys, err := ParseJWKS([]byte(tt.text))
			if tt.keys == refused {
				if err == nil {
					t.Errorf("read %v, want an error", keys)
				}
				return
			}
			if err != nil || len(keys) != tt.keys {
				t.Errorf("read %d keys, %v, want %d", len(keys), err, tt.keys)
			}
		})
	}
}

// FuzzParseJWKS: no text causes a panic, and every key that was read can be
// published and read again.
func FuzzParseJWKS(f *testing.F) {
	for _, alg := range algorithms {
		text, err := JWKS([]*Key{testKeys()[alg]})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		keys, err := ParseJWKS(text)
		if err != nil {
			return
		}
		again, err := ParseJWKS([]byte(setOf(t, keys...)))
		if err != nil || len(again) != len(keys) {
			t.Errorf("%s read again: %v, %v", text, again, err)
		}
	})
}
