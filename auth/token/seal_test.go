package token

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestSealAndOpen(t *testing.T) {
	s := testSecrets(t)
	for _, alg := range algorithms {
		k := testKeys()[alg]
		sealed, err := s.SealKey(k)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range privateBytes(t, k) {
			if bytes.Contains(sealed, part[:8]) {
				t.Errorf("%s: the sealed key shows the key", alg)
			}
		}
		opened, err := s.OpenKey(k.ID, alg, sealed)
		if err != nil {
			t.Fatalf("%s: %v", alg, err)
		}
		checkVerify(t, verifierOf(k), mustSign(t, opened, testClaims()), true)
		checkVerify(t, verifierOf(opened), mustSign(t, k, testClaims()), true)

		again, err := s.SealKey(k)
		if err != nil || bytes.Equal(sealed, again) {
			t.Errorf("%s: sealed twice to the same bytes, %v", alg, err)
		}
	}
}

func TestSealRefused(t *testing.T) {
	s := testSecrets(t)
	if sealed, err := s.SealKey(testKeys()[EdDSA].Public()); err == nil {
		t.Errorf("a public key is sealed: %x", sealed)
	}
	if sealed, err := (Secrets{}).SealKey(testKeys()[EdDSA]); err == nil {
		t.Errorf("sealed without a secret: %x", sealed)
	}
}

func TestOpenSecrets(t *testing.T) {
	old, current := mustSecret(t, secretText), mustSecret(t, otherSecretText)
	k := testKeys()[EdDSA]
	sealed, err := Secrets{Current: old}.SealKey(k)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		secrets Secrets
		want    error
	}{
		{"other secret", Secrets{Current: current}, ErrOtherSecret},
		{"no secret", Secrets{}, ErrOtherSecret},
		{"previous secret", Secrets{Current: current, Previous: &old}, nil},
		{"not yet current", Secrets{Current: old, Previous: &current}, nil},
		{"same secret", Secrets{Current: old}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := tt.secrets.OpenKey(k.ID, k.Algorithm, sealed); !errors.Is(err, tt.want) {
				t.Errorf("error = %v, want %v", err, tt.want)
			}
		})
	}
}

// TestOpenRefused: a row that is damaged or has another row's id, algorithm or
// key.
func TestOpenRefused(t *testing.T) {
	s := testSecrets(t)
	k := testKeys()[HS256]
	sealed, err := s.SealKey(k)
	if err != nil {
		t.Fatal(err)
	}
	ed := testKeys()[EdDSA]
	sealedEd, err := s.SealKey(ed) // longer than the minimum for an HMAC key
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		id     string
		alg    Algorithm
		sealed []byte
		ok     bool
	}{
		{"other id", "other", HS256, sealed, false},
		{"no id", "", HS256, sealed, false},
		{"other algorithm", k.ID, EdDSA, sealed, false},
		{"Ed25519 as HMAC", ed.ID, HS256, sealedEd, false},
		{"the end of the algorithm in the id", "256" + k.ID, "HS", sealed, false},
		{"unknown algorithm", k.ID, "none", sealed, false},
		{"nothing", k.ID, HS256, nil, false},
		{"half a header", k.ID, HS256, sealed[:3:3], false},
		{"header only", k.ID, HS256, sealed[:sealHeaderSize], false},
		{"cut", k.ID, HS256, sealed[:len(sealed)-1], false},
		{"extended", k.ID, HS256, append(bytes.Clone(sealed), 0), false},
		{"as sealed", k.ID, HS256, sealed, true},
		{"Ed25519 as sealed", ed.ID, EdDSA, sealedEd, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			opened, err := s.OpenKey(tt.id, tt.alg, tt.sealed)
			if (err == nil) != tt.ok || (opened != nil) != tt.ok {
				t.Errorf("%v, %v", opened, err)
			}
			if err != nil && (errors.Is(err, ErrOtherSecret) || strings.Contains(err.Error(), secretText)) {
				t.Errorf("error = %v", err)
			}
		})
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := s.OpenKey(k.ID, HS256, changed); err == nil {
			t.Errorf("byte %d changed: opened", i)
		}
	}
}

// TestOpenOtherKind: an opened key must suit its algorithm.
func TestOpenOtherKind(t *testing.T) {
	s := testSecrets(t)
	for _, material := range []any{testKeys()[ES256].material().private, make([]byte, 31), []byte("no key")} {
		for _, alg := range []Algorithm{EdDSA, HS256} {
			sealed, err := s.SealKey(newKey("k", alg, newMaterial(material)))
			if err != nil {
				t.Fatal(err)
			}
			if alg == HS256 && len(sealed) > 100 {
				continue // 32 or more bytes are always an HMAC key
			}
			if k, err := s.OpenKey("k", alg, sealed); err == nil {
				t.Errorf("%T for %s: opened as %v", material, alg, k)
			}
		}
	}
}

func newMaterial(private any) material { return material{private: private} }
