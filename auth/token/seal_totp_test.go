package token

import (
	"bytes"
	"errors"
	"testing"
)

func TestSealTOTP(t *testing.T) {
	old, current := mustSecret(t, secretText), mustSecret(t, otherSecretText)
	plain := []byte("12345678901234567890")
	sealed, err := Secrets{Current: old}.SealTOTP("ada", plain)
	if err != nil || bytes.Contains(sealed, plain[:8]) {
		t.Fatalf("sealed as %q, %v", sealed, err)
	}
	both := Secrets{Current: current, Previous: &old}
	if got, err := both.OpenTOTP("ada", sealed); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("opened as %q, %v", got, err)
	}
	id, err := Secrets{Current: old}.SealedBy()
	if err != nil || !bytes.HasPrefix(sealed[1:], id) {
		t.Errorf("sealed by %x, %v; the sealed secret is %x", id, err, sealed)
	}
	again, err := both.SealTOTP("ada", plain)
	if err != nil || bytes.HasPrefix(again[1:], id) {
		t.Errorf("sealed by the previous secret again: %x, %v", again, err)
	}
	for name, open := range map[string]func() ([]byte, error){
		"another account": func() ([]byte, error) { return both.OpenTOTP("bob", sealed) },
		"damaged":         func() ([]byte, error) { return both.OpenTOTP("ada", append(bytes.Clone(sealed[:30]), sealed[31:]...)) },
		"cut":             func() ([]byte, error) { return both.OpenTOTP("ada", sealed[:3]) },
		"a sealed key":    func() ([]byte, error) { return openedKey(t, both, "ada") },
	} {
		if got, err := open(); err == nil || errors.Is(err, ErrOtherSecret) {
			t.Errorf("%s: opened as %q, %v", name, got, err)
		}
	}
	if _, err := (Secrets{Current: current}).OpenTOTP("ada", sealed); !errors.Is(err, ErrOtherSecret) {
		t.Errorf("with another secret: %v", err)
	}
	if _, err := (Secrets{}).SealTOTP("ada", plain); err == nil {
		t.Error("sealed without a secret")
	}
}

// openedKey opens a signing key as if it were an authenticator app's secret.
func openedKey(t *testing.T, s Secrets, id string) ([]byte, error) {
	t.Helper()
	sealed, err := s.SealKey(testKeys()[HS256])
	if err != nil {
		t.Fatal(err)
	}
	return s.OpenTOTP(id, sealed)
}
