package inprocess_test

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
	"gatehouse/test/harness"
)

// newEd25519 makes a private key.
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

// signedBy checks the signature of a token by a public key, with the standard
// library alone.
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
	t.Fatalf("a key of type %T", public)
	return false
}

// TestKeyImport imports keys, which sign at once. Their public halves verify what
// they sign.
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
		id        string // "" if one is generated
	}{
		{"PEM of Ed25519", "EdDSA", first, pemOf(t, first), ""},
		{"JWK of Ed25519", "EdDSA", second, jwkOf(t, "brought-along", second), "brought-along"},
		{"PEM of P-256", "ES256", ec, pemOf(t, ec), ""},
		{"PEM of RSA", "RS256", big, pemOf(t, big), ""},
	}
	dsn := storetest.DSN(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			environ := []string{"JWT_KEY_ANNOUNCE=0s", "JWT_ALG=" + tt.alg}
			s := harness.StartOn(t, dsn, environ...)
			before := s.Admin(t)
			if signedBy(t, tt.private.Public(), before.Access) {
				t.Fatal("it signs before the import")
			}
			output := run(t, statusDone, dsn, environ, "key", "import", keyFile(t, tt.text))
			if !strings.Contains(output, "imported the key "+tt.id) || !strings.Contains(output, "; it signs from now on\n") {
				t.Errorf("output: %s", output)
			}
			id := namedKey(t, output)
			var after harness.Session
			harness.Eventually(t, "it signs", func() bool { after = s.Refresh(t, before.Refresh); before = after; return kidOf(t, after.Access) == id })
			if !signedBy(t, tt.private.Public(), after.Access) {
				t.Error("its public half does not verify what it signs")
			}
			if kid := kidOf(t, s.Admin(t).Access); kid != id {
				t.Errorf("a login is signed by %s, want %s", kid, id)
			}
			s.WantAlive(t, "the session", after)
		})
	}
}

// TestKeysUnderTwoSecrets changes SECRET_KEY: keys sealed with the old secret still
// verify and sign. A replica without the new one works without the key that was
// sealed with it.
func TestKeysUnderTwoSecrets(t *testing.T) {
	const newer = "9b2dXoP0mZt7qFv3Kc5yRw8uHsJ1LgNaEiTxUeCzBfk="
	dsn := storetest.DSN(t)
	both := []string{"SECRET_KEY=" + newer, "SECRET_KEY_PREVIOUS=" + harness.SecretKey}
	a := harness.StartOn(t, dsn)
	admin := a.Admin(t)
	first := kidOf(t, admin.Access)
	other := "SECRET_KEY=" + func() string { _, text := token.NewSecret(); return text }()
	for _, args := range []string{"key rotate", "key retire " + first, "session revoke-all --yes"} {
		output := run(t, statusRefused, dsn, []string{other}, strings.Fields(args)...)
		if !strings.Contains(output, "SECRET_KEY is not the one this database was made with; set that one") {
			t.Errorf("%s: %s", args, output)
		}
	}
	a.WantAlive(t, "the administrator", admin)
	admin = a.Refresh(t, admin.Refresh) // nothing was done

	made := namedKey(t, run(t, statusDone, dsn, both, "key", "rotate", "--now"))
	harness.Eventually(t, "the new key signs", func() bool { admin = a.Refresh(t, admin.Refresh); return kidOf(t, admin.Access) == made })
	a.WantAlive(t, "the administrator", admin)

	b := harness.StartOn(t, dsn, both...)
	b.WantAlive(t, "a token of the old key", admin)
	next := b.Refresh(t, admin.Refresh)
	if kid := kidOf(t, next.Access); kid != made {
		t.Errorf("%s signs, want %s", kid, made)
	}
	a.WantAlive(t, "a token of a key that this replica knows and can't open", next)
	c := harness.StartOn(t, dsn, "SECRET_KEY="+newer)
	for who, l := range map[string]harness.Session{"a token of the old key": admin, "a token of the new key": next} {
		c.WantAlive(t, who, l)
	}
	if n := logged(c, "a signing key is left out"); n != 0 {
		t.Errorf("%d keys are left out", n)
	}
}
