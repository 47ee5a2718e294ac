package token

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
)

func TestParseAlgorithm(t *testing.T) {
	for _, alg := range algorithms {
		if got, err := ParseAlgorithm(string(alg)); got != alg || err != nil {
			t.Errorf("%s: %q, %v", alg, got, err)
		}
	}
	for _, name := range []string{"", "none", "hs256", "HS512", "PS256", "Ed25519", " EdDSA"} {
		if got, err := ParseAlgorithm(name); got != "" || err == nil {
			t.Errorf("%q: %q, %v, want an error", name, got, err)
		}
	}
}

func TestNewKey(t *testing.T) {
	for _, alg := range algorithms {
		k := testKeys()[alg]
		if k.Algorithm != alg || CheckKeyID(k.ID) != nil || len(k.ID) < 22 {
			t.Errorf("%s: %v", alg, k)
		}
	}
	if bits := testKeys()[RS256].material().public.(*rsa.PublicKey).N.BitLen(); bits != 3072 {
		t.Errorf("RSA key of %d bits, want 3072", bits)
	}
	if size := len(testKeys()[HS256].material().public.([]byte)); size != 32 {
		t.Errorf("HMAC key of %d bytes, want 32", size)
	}
	first, _ := NewKey(HS256)
	second, _ := NewKey(HS256)
	if first.ID == second.ID || string(first.material().private.([]byte)) == string(second.material().private.([]byte)) {
		t.Error("the same key twice")
	}
	if k, err := NewKey("none"); k != nil || err == nil {
		t.Errorf("key for none: %v, %v", k, err)
	}
}

// TestKeyMaterial: a key has one algorithm and is not too weak (RFC 8725, 3.1,
// 3.2 and 3.5; RFC 7518, 3.2 to 3.4).
func TestKeyMaterial(t *testing.T) {
	public := func(alg Algorithm) any { return testKeys()[alg].material().public }
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	modulus := func(bits uint) *big.Int {
		n := new(big.Int).Lsh(big.NewInt(1), bits-1)
		return n.SetBit(n, 0, 1)
	}
	tests := []struct {
		name   string
		alg    Algorithm
		public any
		ok     bool
	}{
		{"RSA for HS256", HS256, public(RS256), false},
		{"RSA for ES256", ES256, public(RS256), false},
		{"RSA for no algorithm", "", public(RS256), false},
		{"RSA for RS512", "RS512", public(RS256), false},
		{"Ed25519 for HS256", HS256, public(EdDSA), false},
		{"P-256 for EdDSA", EdDSA, public(ES256), false},
		{"bytes for EdDSA", EdDSA, []byte(public(EdDSA).(ed25519.PublicKey)), false},
		{"bytes for none", "none", public(HS256), false},
		{"text for HS256", HS256, "0123456789abcdef0123456789abcdef", false},
		{"nothing", EdDSA, nil, false},
		{"nothing for HS256", HS256, []byte(nil), false},
		{"31 bytes", HS256, make([]byte, 31), false},
		{"31 bytes of Ed25519", EdDSA, public(EdDSA).(ed25519.PublicKey)[:31], false},
		{"P-384", ES256, &p384.PublicKey, false},
		{"not on the curve", ES256, &ecdsa.PublicKey{Curve: elliptic.P256(), X: big.NewInt(1), Y: big.NewInt(1)}, false}, //nolint:staticcheck // a wrong point needs the fields
		{"at infinity", ES256, &ecdsa.PublicKey{Curve: elliptic.P256(), X: new(big.Int), Y: new(big.Int)}, false},        //nolint:staticcheck // as above
		{"RSA of 2047 bits", RS256, &rsa.PublicKey{N: modulus(2047), E: 65537}, false},
		{"RSA of 1024 bits", RS256, &rsa.PublicKey{N: modulus(1024), E: 65537}, false},
		{"RSA of 4097 bits", RS256, &rsa.PublicKey{N: modulus(4097), E: 65537}, false},
		{"RSA, even", RS256, &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 2047), E: 65537}, false},
		{"RSA, e = 1", RS256, &rsa.PublicKey{N: modulus(2048), E: 1}, false},
		{"RSA, e = 3", RS256, &rsa.PublicKey{N: modulus(2048), E: 3}, false},
		{"RSA, e even", RS256, &rsa.PublicKey{N: modulus(2048), E: 65538}, false},

		{"RSA of 2048 bits", RS256, &rsa.PublicKey{N: modulus(2048), E: 65537}, true},
		{"RSA of 4096 bits", RS256, &rsa.PublicKey{N: modulus(4096), E: 65537}, true},
		{"RSA", RS256, public(RS256), true},
		{"P-256", ES256, public(ES256), true},
		{"Ed25519", EdDSA, public(EdDSA), true},
		{"32 bytes", HS256, public(HS256), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if k, err := publicKey("k", tt.alg, tt.public); (err == nil) != tt.ok || (k != nil) != tt.ok {
				t.Errorf("%v, %v", k, err)
			}
		})
	}
}

// TestImportKey: an imported key works like one of ours, and one that doesn't is
// refused.
func TestImportKey(t *testing.T) {
	good := testKeys()[RS256].material().private.(*rsa.PrivateKey)
	two := big.NewInt(2)
	damaged := &rsa.PrivateKey{PublicKey: good.PublicKey, D: new(big.Int).Add(good.D, two), Primes: good.Primes}
	tests := []struct {
		name, id string
		alg      Algorithm
		private  any
		damaged  bool
	}{
		{"a path as id", "../key", RS256, good, false},
		{"an id too long", strings.Repeat("k", 129), RS256, good, false},
		{"RSA for ES256", "mine", ES256, good, false},
		{"RSA for no algorithm", "mine", "", good, false},
		{"a public half", "mine", RS256, &good.PublicKey, true},
		{"nothing", "mine", EdDSA, nil, false},
		{"another d", "mine", RS256, damaged, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if k, err := ImportKey(tt.id, tt.alg, tt.private); k != nil || err == nil || errors.Is(err, ErrInconsistent) != tt.damaged {
				t.Errorf("%v, %v", k, err)
			}
		})
	}
	for _, alg := range algorithms {
		for _, id := range []string{"mine", ""} {
			k, err := ImportKey(id, alg, testKeys()[alg].material().private)
			if err != nil {
				t.Fatal(err)
			}
			if k.Algorithm != alg || id != "" && k.ID != id || id == "" && len(k.ID) < 22 {
				t.Errorf("imported %v with the id %q", k, id)
			}
			checkVerify(t, verifierOf(k), mustSign(t, k, testClaims()), true)
		}
	}
}

func TestPublic(t *testing.T) {
	for _, alg := range algorithms {
		k := testKeys()[alg]
		public := k.Public()
		if alg == HS256 {
			if public != nil {
				t.Error("an HMAC key has a public half")
			}
			continue
		}
		if public.ID != k.ID || public.Algorithm != alg || public.material().private != nil {
			t.Errorf("%s: %v", alg, public)
		}
		checkVerify(t, verifierOf(public), mustSign(t, k, testClaims()), true)
	}
}

func TestKeyHidden(t *testing.T) {
	for _, alg := range algorithms {
		k := testKeys()[alg]
		for _, part := range privateBytes(t, k) {
			for _, format := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
				for _, value := range []any{k, *k, []*Key{k}, struct{ k *Key }{k}, struct{ k Key }{*k}} {
					checkHidden(t, fmt.Sprintf(format, value), part)
				}
			}
			text, err := json.Marshal(k)
			if err != nil {
				t.Fatal(err)
			}
			checkHidden(t, string(text), part)
		}
	}
	if k := testKeys()[HS256]; fmt.Sprint(k) != "HS256 key "+k.ID {
		t.Errorf("key = %v", k)
	}
}

func privateBytes(t *testing.T, k *Key) [][]byte {
	t.Helper()
	switch private := k.material().private.(type) {
	case []byte:
		return [][]byte{private}
	case ed25519.PrivateKey:
		return [][]byte{private.Seed()}
	case *ecdsa.PrivateKey:
		raw, err := private.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		return [][]byte{raw}
	case *rsa.PrivateKey:
		return [][]byte{private.D.Bytes(), private.Primes[0].Bytes(), x509.MarshalPKCS1PrivateKey(private)}
	}
	t.Fatalf("a key of type %T", k.material().private)
	return nil
}
