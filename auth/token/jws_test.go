package token

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestVerifyHeader: RFC 8725, 3.1, 3.10 and 3.11; RFC 9068, 2.1; RFC 7515, 4.1.11.
func TestVerifyHeader(t *testing.T) {
	k := testKeys()[EdDSA]
	good := headerOf(k)
	set := func(name, raw string) string { return with(t, good, name, raw) }
	tests := []struct {
		name, header string
		ok           bool
	}{
		{"typ JWT", set("typ", `"JWT"`), false},
		{"typ of another kind of token", set("typ", `"rt+jwt"`), false},
		{"typ in capitals", set("typ", `"AT+JWT"`), false},
		{"typ with a parameter", set("typ", `"at+jwt; v=1"`), false},
		{"typ empty", set("typ", `""`), false},
		{"typ null", set("typ", `null`), false},
		{"typ in a list", set("typ", `["at+jwt"]`), false},
		{"no typ", set("typ", ""), false},
		{"Typ", `{"alg":"EdDSA","kid":"` + k.ID + `","Typ":"at+jwt"}`, false},
		{"no alg", set("alg", ""), false},
		{"alg none", set("alg", `"none"`), false},
		{"alg NONE", set("alg", `"NONE"`), false},
		{"alg noNe", set("alg", `"noNe"`), false},
		{"alg empty", set("alg", `""`), false},
		{"alg null", set("alg", `null`), false},
		{"alg number", set("alg", `1`), false},
		{"alg list", set("alg", `["EdDSA"]`), false},
		{"alg of another case", set("alg", `"eddsa"`), false},
		{"alg of the curve", set("alg", `"Ed25519"`), false},
		{"alg of another key", set("alg", `"HS256"`), false},
		{"no kid", set("kid", ""), false},
		{"unknown kid", set("kid", `"unknown"`), false},
		{"crit", set("crit", `["exp"]`), false},
		{"empty crit", set("crit", `[]`), false},
		{"b64", set("b64", `false`), false},
		{"zip", set("zip", `"DEF"`), false},
		{"enc", set("enc", `"A256GCM"`), false},
		{"cty", set("cty", `"JWT"`), false},
		{"jku", set("jku", `"https://evil.example/jwks.json"`), false},
		{"jwk", set("jwk", `{"kty":"OKP","crv":"Ed25519","x":"AA"}`), false},
		{"x5u", set("x5u", `"https://evil.example/cert.pem"`), false},
		{"x5c", set("x5c", `["AA=="]`), false},
		{"x5t", set("x5t", `"AA"`), false},
		{"unknown parameter", set("x", `1`), false},
		{"alg twice", strings.Replace(good, "{", `{"alg":"none",`, 1), false},
		{"alg twice, once escaped", strings.Replace(good, "{", `{"\u0061lg":"none",`, 1), false},
		{"kid twice", strings.Replace(good, "{", `{"kid":"x",`, 1), false},
		{"invalid UTF-8", strings.Replace(good, "{", "{\"x\":\"\xff\",", 1), false},
		{"list", "[" + good + "]", false},
		{"empty", "", false},
		{"null", "null", false},
		{"two objects", good + good, false},
		{"text after it", good + "x", false},
		{"byte order mark", "\ufeff" + good, false},
		{"comma at the end", strings.Replace(good, "}", ",}", 1), false},
		{"cut", good[:len(good)-1], false},

		{"as signed", good, true},
		{"media type in full", set("typ", `"application/at+jwt"`), true},
		{"space", strings.ReplaceAll(good, ",", " ,\n "), true},
		{"escaped name", strings.Replace(good, `"alg"`, `"\u0061lg"`, 1), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkVerify(t, verifierOf(k), forge(t, k, tt.header, payloadOf(t, testClaims())), tt.ok)
		})
	}
}

// TestVerifyText: RFC 7515, 2 and 7; RFC 8725, 3.3 and the compact form only; CVE-2025-30204.
func TestVerifyText(t *testing.T) {
	k := testKeys()[HS256]
	good := mustSign(t, k, testClaims())
	parts := strings.Split(good, ".")
	resign := func(header, payload string) string {
		signed := header + "." + payload
		return signed + "." + signatureOf(t, k, signed)
	}
	h := segment(headerOf(k) + spaces(headerOf(k)))
	p := payloadOf(t, testClaims())
	p = segment(p + spaces(p))
	large := testClaims()
	large.Roles = []string{strings.Repeat("r", 8<<10)}

	tests := []struct {
		name, text string
		ok         bool
	}{
		{"empty", "", false},
		{"one part", parts[0], false},
		{"two parts", parts[0] + "." + parts[1], false},
		{"four parts", good + ".", false},
		{"JWE", good + "." + parts[0] + "." + parts[1], false},
		{"many dots", strings.Repeat(".", 8<<10), false},
		{"8 MB", strings.Repeat("A", 8<<20), false},
		{"over 8 kB, well signed", forge(t, k, headerOf(k), payloadOf(t, large)), false},
		{"no signature", parts[0] + "." + parts[1] + ".", false},
		{"no payload", parts[0] + ".." + parts[2], false},
		{"no header", "." + parts[1] + "." + parts[2], false},
		{"half a signature", good[:len(good)-20], false},
		{"scheme before it", "Bearer " + good, false},
		{"space before", " " + good, false},
		{"space after", good + " ", false},
		{"line break after", good + "\n", false},
		{"line break inside", good[:30] + "\r\n" + good[30:], false},
		{"line break in the header, well signed", resign(parts[0][:8]+"\n"+parts[0][8:], parts[1]), false},
		{"line break in the payload, well signed", resign(parts[0], parts[1][:8]+"\r"+parts[1][8:]), false},
		{"padding", good + "=", false},
		{"padded header, well signed", resign(h+"=", parts[1]), false},
		{"unused bits in the header, well signed", resign(twin(h), parts[1]), false},
		{"unused bits in the payload, well signed", resign(parts[0], twin(p)), false},
		{"unused bits in the signature", parts[0] + "." + parts[1] + "." + twin(parts[2]), false},
		{"other alphabet", strings.ReplaceAll(strings.ReplaceAll(good, "-", "+"), "_", "/") + "+", false},
		{"NUL", good[:30] + "\x00" + good[30:], false},
		{"not ASCII", good[:30] + "é" + good[30:], false},
		{"full-width dot", strings.ReplaceAll(good, ".", "．"), false},
		{"JSON serialisation", `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`, false},
		{"JSON serialisation with dots", `{"a":"` + good + `"}`, false},
		{"array", `["` + good + `"]`, false},
		{"changed header", "f" + good[1:], false},
		{"header and payload exchanged", parts[1] + "." + parts[0] + "." + parts[2], false},

		{"as signed", good, true},
		{"signed again", resign(parts[0], parts[1]), true},
		{"header and payload of that size", resign(h, p), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { checkVerify(t, verifierOf(k), tt.text, tt.ok) })
	}
}

// twin sets an unused bit of the last character of a segment. The segment's size
// must leave such bits.
func twin(segment string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := len(segment) - 1
	return segment[:last] + string(alphabet[strings.IndexByte(alphabet, segment[last])^1])
}

// spaces returns the padding that makes the text's size a multiple of three plus
// two, so that its segment has a twin.
func spaces(text string) string {
	return strings.Repeat(" ", (5-len(text)%3)%3)
}

// TestVerifyEachCharacter: changing any single character makes a token invalid.
func TestVerifyEachCharacter(t *testing.T) {
	for _, alg := range []Algorithm{HS256, EdDSA, ES256} {
		k := testKeys()[alg]
		v, good := verifierOf(k), mustSign(t, k, testClaims())
		checkVerify(t, v, good, true)
		for i := range good {
			for _, c := range []byte{'A', 'z', '.', '='} {
				if good[i] == c {
					continue
				}
				if _, err := v.Verify(t.Context(), good[:i]+string(c)+good[i+1:]); !errors.Is(err, ErrInvalid) {
					t.Fatalf("%s: character %d changed to %q: error = %v", alg, i, c, err)
				}
			}
		}
	}
}

// TestES256Twin: (r, n-s) is a second signature of the same token (see
// Key.verify). It is accepted, and its jti and sid are the same.
func TestES256Twin(t *testing.T) {
	k := testKeys()[ES256]
	text := mustSign(t, k, testClaims())
	dot := strings.LastIndexByte(text, '.')
	raw, _ := decodeSegment(text[dot+1:])
	order, _ := new(big.Int).SetString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)
	s := new(big.Int).Sub(order, new(big.Int).SetBytes(raw[32:]))
	s.FillBytes(raw[32:])
	got := checkVerify(t, verifierOf(k), text[:dot+1]+segment(string(raw)), true)
	if diff := cmp.Diff(testClaims(), got); diff != "" {
		t.Error(diff)
	}
}
