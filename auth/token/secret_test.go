package token

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestParseSecret(t *testing.T) {
	raw, _ := base64.RawURLEncoding.DecodeString(secretText)
	inHex := hex.EncodeToString(raw)
	sequence := make([]byte, 32)
	for i := range sequence {
		sequence[i] = byte(3 * i)
	}
	std := base64.StdEncoding.EncodeToString

	tests := []struct {
		name, text string
		want       string // in the error; empty if the secret is good
	}{
		{"empty", "", "too short: 0 bytes"},
		{"16 bytes of hex", inHex[:32], "too short: 16 bytes"},
		{"31 bytes of hex", inHex[:62], "too short: 31 bytes"},
		{"31 bytes of base64", std(raw[:31]), "too short: 31 bytes"},
		{"24 bytes of hex are not 36 of base64", inHex[:48], "too short: 24 bytes"},
		{"half a byte of hex", inHex[:63], "odd number"},
		{"not base64", "kJ3vR8xZpQ1mT6yWc0Lh9aXeF2nGdU7sBoI4wV5rYt!", "neither"},
		{"line break", secretText[:20] + "\n" + secretText[20:], "neither"},
		{"impossible size", secretText + "Ab", "neither"},
		{"zero", strings.Repeat("0", 64), "pattern"},
		{"zero in base64", std(make([]byte, 32)), "pattern"},
		{"equal bytes", std(bytes.Repeat([]byte{0xa7}, 32)), "pattern"},
		{"period 3", strings.Repeat("AbC9", 16), "pattern"},
		{"period 16", std(append(raw[:16:16], raw[:16]...)), "pattern"},
		{"few values", std(append(bytes.Repeat([]byte{1, 2, 3}, 10), 9, 8)), "pattern"},
		{"sequence", std(sequence), "pattern"},
		{"changeme", "changeme", "well-known"},
		{"changeme, long", "ChangeMe" + secretText, "well-known"},
		{"a word inside", secretText[:20] + "PaSsWoRd" + secretText[20:], "well-known"},
		{"digits of hex in a row", "0123456789abcdef" + inHex, "well-known"},
		{"base64 of text", std([]byte("Correct Horse Battery Staple, And More 17")), "by hand"},
		{"hex of text", hex.EncodeToString([]byte("Correct Horse Battery Staple, And")), "by hand"},
		{"words that pass for base64", "correct-horse-battery-staple-and-some-more-of-it", "by hand"},
		{"capitals that pass for base64", "CORRECT_HORSE_BATTERY_STAPLE_AND_SOME_MORE_OF_IT", "by hand"},

		{"base64url", secretText, ""},
		{"base64url, padded", secretText + "=", ""},
		{"base64", std(raw), ""},
		{"base64, not padded", strings.TrimRight(std(raw), "="), ""},
		{"hex", inHex, ""},
		{"HEX", strings.ToUpper(inHex), ""},
		{"space around it", " " + secretText + "\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := ParseSecret(tt.text)
			if tt.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				if s.Check() != mustSecret(t, secretText).Check() {
					t.Error("another spelling is another secret")
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error = %v, want %q in it", err, tt.want)
			}
			if s.keys != nil || len(tt.text) > 8 && strings.Contains(err.Error(), tt.text[:8]) {
				t.Errorf("%v, %v: the value is in the error, or in what comes with it", s, err)
			}
		})
	}
}

// TestParseSecretBothAlphabets: 0xfb 0xff... differ between base64 and base64url.
func TestParseSecretBothAlphabets(t *testing.T) {
	raw, _ := base64.RawURLEncoding.DecodeString(otherSecretText) // has - and _
	std := base64.StdEncoding.EncodeToString(raw)
	if !strings.ContainsAny(std, "+/") || mustSecret(t, std).Check() != mustSecret(t, otherSecretText).Check() {
		t.Errorf("%s and %s are not the same secret", std, otherSecretText)
	}
}

func TestNewSecret(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		s, text := NewSecret()
		if seen[text] {
			t.Fatal("the same secret twice")
		}
		seen[text] = true
		if mustSecret(t, text).Check() != s.Check() {
			t.Fatal("the text is another secret")
		}
	}
}

// TestDerivedKeys: each purpose has its own key, different from the others, from
// the secret, and from the keys of another secret.
func TestDerivedKeys(t *testing.T) {
	raw, _ := base64.RawURLEncoding.DecodeString(secretText)
	seen := map[string]bool{hex.EncodeToString(raw): true}
	for _, text := range []string{secretText, otherSecretText} {
		k := mustSecret(t, text).keys()
		for _, key := range []string{
			hex.EncodeToString(k.id[:]), k.check, hex.EncodeToString(k.seal[:]), hex.EncodeToString(k.totp[:]),
			hex.EncodeToString(k.own.tag[:]), hex.EncodeToString(k.own.proof[:]), hex.EncodeToString(k.pseudonym[:]),
			hex.EncodeToString(k.application.tag[:]), hex.EncodeToString(k.application.proof[:]),
			hex.EncodeToString(k.code.tag[:]), hex.EncodeToString(k.code.proof[:]),
			hex.EncodeToString(k.signIn.tag[:]), hex.EncodeToString(k.signIn.proof[:]),
		} {
			if seen[key] || len(key) < 8 {
				t.Errorf("a key serves twice: %s", key)
			}
			seen[key] = true
		}
	}
}

// TestSecretCheck pins the value: it is stored, and a release that computes
// another one could not start.
func TestSecretCheck(t *testing.T) {
	const want = "b1f4a520853d6755a5ffac256d932a3d"
	if got := mustSecret(t, secretText).Check(); got != want {
		t.Errorf("check = %s, want %s", got, want)
	}
}

func TestSecretHidden(t *testing.T) {
	s := mustSecret(t, secretText)
	both := Secrets{Current: s, Previous: &s}
	raw, _ := base64.RawURLEncoding.DecodeString(secretText)
	for _, part := range [][]byte{raw, s.keys().seal[:], s.keys().own.tag[:], s.keys().own.proof[:], s.keys().application.proof[:]} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
			for _, value := range []any{s, &s, both, struct{ s Secret }{s}, struct{ s Secrets }{both}} {
				checkHidden(t, fmt.Sprintf(format, value), part)
			}
		}
		text, err := json.Marshal(both)
		if err != nil {
			t.Fatal(err)
		}
		checkHidden(t, string(text), part)
	}
}

// checkHidden fails if the text shows the part in any way in which fmt or JSON
// would write bytes.
func checkHidden(t *testing.T, text string, part []byte) {
	t.Helper()
	for _, way := range []string{
		string(part), hex.EncodeToString(part[:8]), base64.StdEncoding.EncodeToString(part)[:10],
		strings.Trim(fmt.Sprint(part[:8]), "[]"), strings.Trim(fmt.Sprintf("%#v", part[:8]), "[]byte{}"),
	} {
		if strings.Contains(text, way) {
			t.Errorf("%s shows a secret", text)
		}
	}
}
