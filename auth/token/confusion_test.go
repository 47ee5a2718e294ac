package token

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"
)

// TestAlgorithmConfusion: an HMAC with the bytes of a public key, or no
// signature at all, doesn't pass for a signature of that key (RFC 8725, 2.1 and
// 3.1).
func TestAlgorithmConfusion(t *testing.T) {
	for _, alg := range []Algorithm{EdDSA, ES256, RS256} {
		k := testKeys()[alg]
		v := verifierOf(k)
		checkVerify(t, v, mustSign(t, k, testClaims()), true)
		for name, secret := range publicBytes(t, k) {
			for _, claimed := range []string{"HS256", string(alg)} {
				t.Run(string(alg)+" as "+claimed+" with "+name, func(t *testing.T) {
					signed := segment(with(t, headerOf(k), "alg", `"`+claimed+`"`)) + "." + segment(payloadOf(t, testClaims()))
					h := hmac.New(sha256.New, secret)
					h.Write([]byte(signed))
					checkVerify(t, v, signed+"."+segment(string(h.Sum(nil))), false)
				})
			}
		}
	}
}

// publicBytes returns the usual encodings of a public key.
func publicBytes(t *testing.T, k *Key) map[string][]byte {
	der, err := x509.MarshalPKIXPublicKey(k.material().public)
	if err != nil {
		t.Fatal(err)
	}
	set, err := JWKS([]*Key{k})
	if err != nil {
		t.Fatal(err)
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	return map[string][]byte{
		"DER": der, "PEM": block, "PEM without its last line break": block[:len(block)-1], "JWKS": set, "nothing": {},
		"the end of DER": der[len(der)-32:],
	}
}

func TestAlgorithmNone(t *testing.T) {
	for _, alg := range algorithms {
		k := testKeys()[alg]
		good := mustSign(t, k, testClaims())
		signature := good[strings.LastIndexByte(good, '.'):]
		for _, none := range []string{"none", "None", "NONE", "noNe", "nOnE", "", " none", "none\u0000"} {
			for _, end := range []string{".", signature} {
				t.Run(string(alg)+" as "+none, func(t *testing.T) {
					name, _ := json.Marshal(none)
					header := with(t, headerOf(k), "alg", string(name))
					checkVerify(t, verifierOf(k), segment(header)+"."+segment(payloadOf(t, testClaims()))+end, false)
				})
			}
		}
		checkVerify(t, verifierOf(k), good, true)
	}
}

// TestOneAlgorithmPerKey: a key doesn't verify another key's signature, whatever
// the header says.
func TestOneAlgorithmPerKey(t *testing.T) {
	for _, signer := range algorithms {
		for _, named := range algorithms {
			for _, claimed := range algorithms {
				k := testKeys()[named]
				header := with(t, headerOf(k), "alg", `"`+string(claimed)+`"`)
				text := forge(t, testKeys()[signer], header, payloadOf(t, testClaims()))
				checkVerify(t, verifierOf(k), text, signer == named && named == claimed)
			}
		}
	}
}

// TestKeyIDs: only a kid that is a plain name reaches the look-up (RFC 8725,
// 3.10).
func TestKeyIDs(t *testing.T) {
	k := testKeys()[HS256]
	tests := []struct {
		name, kid string
		ok        bool
	}{
		{"empty", "", false},
		{"SQL", "x' OR '1'='1", false},
		{"SQL union", "x' UNION SELECT 'AA';--", false},
		{"path", "../../../../dev/null", false},
		{"dots", "..", false},
		{"absolute path", "/etc/passwd", false},
		{"URL", "https://evil.example/key", false},
		{"command", "x;sleep 5", false},
		{"substitution", "$(id)", false},
		{"line break", k.ID + "\n", false},
		{"NUL", k.ID + "\x00", false},
		{"space", k.ID + " ", false},
		{"wildcard", "%", false},
		{"not ASCII", "kéy", false},
		{"129 letters", strings.Repeat("k", 129), false},
		{"128 letters", strings.Repeat("k", 128), true},
		{"our own", k.ID, true},
		{"a UUID", "018c0ae5-4d9b-471b-bfd6-eef314bc7037", true},
		{"a thumbprint", "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			asked := false
			v := verifierOf()
			v.Key = func(context.Context, string) (*Key, error) {
				asked = true
				return k, nil
			}
			kid, _ := json.Marshal(tt.kid)
			checkVerify(t, v, forge(t, k, with(t, headerOf(k), "kid", string(kid)), payloadOf(t, testClaims())), tt.ok)
			if asked != tt.ok {
				t.Errorf("asked for the key: %t, want %t", asked, tt.ok)
			}
		})
	}
}

// TestKeyIDNotText: the kid must be a string.
func TestKeyIDNotText(t *testing.T) {
	k := testKeys()[HS256]
	for _, kid := range []string{"null", "1", "true", `["` + k.ID + `"]`, `{"$ne":""}`} {
		checkVerify(t, verifierOf(k), forge(t, k, with(t, headerOf(k), "kid", kid), payloadOf(t, testClaims())), false)
	}
}
