package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/auth/token"
	"gatehouse/store/storetest"
)

// newEd25519 makes a key of the usual kind.
func newEd25519(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return private
}

// pemOf is a private key as openssl genpkey writes it.
func pemOf(t testing.TB, private any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// jwkOf is a private key as a JWK.
func jwkOf(t testing.TB, id string, private any) string {
	t.Helper()
	text, err := json.Marshal(jose.JSONWebKey{Key: private, KeyID: id, Use: "sig"})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// keyFile writes a file with this text.
func keyFile(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// signedBy checks the signature of a token with nothing but a public key and the standard library.
func signedBy(t testing.TB, public any, access string) bool {
	t.Helper()
	cut := strings.LastIndexByte(access, '.')
	signature, err := base64.RawURLEncoding.DecodeString(access[cut+1:])
	if err != nil {
		t.Fatal(err)
	}
	message := []byte(access[:cut])
	digest := sha256.Sum256(message)
	switch key := public.(type) {
	case ed25519.PublicKey: // RFC 8037, 3.1
		return ed25519.Verify(key, message, signature)
	case *ecdsa.PublicKey: // RFC 7518, 3.4
		return len(signature) == 64 && ecdsa.Verify(key, digest[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
	case *rsa.PublicKey: // RFC 7518, 3.3
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) == nil
	}
	t.Fatalf("a key of another kind: %T", public)
	return false
}

// TestKeyImport brings keys along, which sign at once. Whoever has but the public half can verify what they sign.
func TestKeyImport(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	big, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	first, second := newEd25519(t), newEd25519(t)
	tests := []struct {
		name, alg string
		private   crypto.Signer
		text      string
		id        string // "" where one is made
	}{
		{"PEM of Ed25519", "EdDSA", first, pemOf(t, first), ""},
		{"JWK of Ed25519", "EdDSA", second, jwkOf(t, "brought-along", second), "brought-along"},
		{"PEM of P-256", "ES256", ec, pemOf(t, ec), ""},
		{"PEM of RSA", "RS256", big, pemOf(t, big), ""},
	}
	dsn := storetest.EmptyDSN(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			environ := []string{"JWT_KEY_ANNOUNCE=0s", "JWT_ALG=" + tt.alg}
			s := startOn(t, dsn, environ...)
			before := s.admin(t)
			if signedBy(t, tt.private.Public(), before.access) {
				t.Fatal("it signs before it was taken")
			}
			o := consoleOn(t, dsn, environ...).run(t, "", "key", "import", keyFile(t, tt.text))
			o.ends(t, exitDone, "took the key "+tt.id, "; it signs from now on\n")
			id := o.madeKey(t)
			var after login
			eventually(t, "it signs", func() bool { after = s.renew(t, before); before = after; return kidOf(t, after.access) == id })
			if !signedBy(t, tt.private.Public(), after.access) {
				t.Error("its public half does not verify what it signs")
			}
			if kid := kidOf(t, s.login(t, adminEmail, adminPassword).access); kid != id {
				t.Errorf("a login is signed by %s, want %s", kid, id)
			}
			s.goesOn(t, "the session", after)
		})
	}
}

// TestKeysUnderTwoSecrets: while SECRET_KEY changes, keys sealed under the one before verify and sign; a replica that was not told the new one does
// without the key that was made under it, and says so.
func TestKeysUnderTwoSecrets(t *testing.T) {
	const newer = "9b2dXoP0mZt7qFv3Kc5yRw8uHsJ1LgNaEiTxUeCzBfk="
	dsn := storetest.EmptyDSN(t)
	both := []string{"SECRET_KEY=" + newer, "SECRET_KEY_PREVIOUS=" + testSecret}
	a := startOn(t, dsn)
	admin := a.admin(t)
	first := kidOf(t, admin.access)
	other := "SECRET_KEY=" + func() string { _, text := token.NewSecret(); return text }()
	for _, args := range []string{"key rotate", "key retire " + first, "session revoke-all"} {
		consoleOn(t, dsn, other).run(t, "", strings.Fields(args)...).ends(t, exitRefused, "SECRET_KEY is not the one this database was made with")
	}
	a.goesOn(t, "the administrator", admin)
	admin = a.renew(t, admin) // nothing of it was done

	made := consoleOn(t, dsn, both...).run(t, "", "key", "rotate", "--now").madeKey(t)
	eventually(t, "the new key signs", func() bool { admin = a.renew(t, admin); return kidOf(t, admin.access) == made })
	a.goesOn(t, "the administrator", admin)

	b := startOn(t, dsn, both...)
	b.goesOn(t, "a token of the key from before", admin)
	next := b.renew(t, admin)
	if kid := kidOf(t, next.access); kid != made {
		t.Errorf("%s signs, want %s", kid, made)
	}
	a.goesOn(t, "a token of the other replica, where its key is known and can't be opened any more", next)
	c := startOn(t, dsn, "SECRET_KEY="+newer)
	for who, l := range map[string]login{"a token of the key from before": admin, "a token of the key made meanwhile": next} {
		c.goesOn(t, who, l)
	}
	if n := c.logged("a signing key is left out"); n != 0 {
		t.Errorf("%d keys are left out", n)
	}
}
