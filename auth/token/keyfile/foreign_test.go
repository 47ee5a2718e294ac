package keyfile

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/auth/token"
)

// binaryFile returns a file of testdata that is not PEM.
func binaryFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestForeignForms: keys in forms of other programs are called what they are, with
// the command that converts them.
func TestForeignForms(t *testing.T) {
	good, random := keyFile(t, "ed25519"), base64.StdEncoding.EncodeToString([]byte("\x01\x81\x17\x22 thirty-two random bytes .."))
	packed := base64.StdEncoding.EncodeToString
	tests := []struct{ name, text, words string }{
		{"PKCS #12", binaryFile(t, "store.p12"), "openssl pkcs12 -in key.p12 -nocerts -nodes | openssl pkey -out key.pem"},
		{"PKCS #12 and a line break", binaryFile(t, "store.p12") + "\n", "this is PKCS #12"},
		{"encrypted DER", binaryFile(t, "encrypted.der"), "openssl pkcs8 -inform DER -in key.der -out key.pem"},
		{"a certificate in DER", binaryFile(t, "certificate.der"), "this is a certificate"},
		{"a public key in DER", binaryFile(t, "public.der"), "a public key only"},
		{"a key store of Java", "\xfe\xed\xfe\xed\x00\x00\x00\x02", "keytool -importkeystore"},
		{"PEM in base64", packed([]byte(good)), "base64 -d key.txt > key.pem"},
		{"a JWK in base64", packed([]byte(privateJWKs(t)[token.EdDSA])), "base64 -d key.txt > key.pem"},
		{"PEM without its frame", strings.Split(good, "\n")[1], "openssl pkey -inform DER -out key.pem"},
		{"DER in base64 with lines", packed(decoded(keyFile(t, "rsa2048")))[:64] + "\n" + packed(decoded(keyFile(t, "rsa2048")))[64:], "PEM without its first and last line"},
		{"a secret in base64", random, `{"kty":"oct","k":"..."}`},
		{"a secret in hex", strings.Repeat("0a1b2c3d", 8), `{"kty":"oct","k":"..."}`},
		{"a passphrase", "correct horse battery staple", `{"kty":"oct","k":"..."}`},
		{"random bytes", "\x00\x81\x17\x22", `{"kty":"oct","k":"..."}`},
		{"a token", "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.AAAAAAAAAAAAAAAA", "this is a token"},
		{"a public key of OpenSSH", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAA ada@host", "a public key only"},
		{"another public key of OpenSSH", "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY= ada@host", "a public key only"},
		{"PuTTY", "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", "login key of PuTTY"},
		{"OpenSSH", keyFile(t, "openssh"), "ssh-keygen -p -N '' -m PKCS8 -f copy"},
		{"OpenPGP", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQWG\n-----END PGP PRIVATE KEY BLOCK-----\n", "a key of OpenPGP"},
		{"age", "AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQ", "a key of age"},
		{"a list", "[" + privateJWKs(t)[token.EdDSA] + "]", "jq '.[0]' keys.json"},
		{"a set", `{"keys":[` + privateJWKs(t)[token.EdDSA] + `]}`, "jq '.keys[0]' keys.json"},
		{"a certificate and its key", keyFile(t, "certificate") + keyFile(t, "p256"), "openssl pkey -in both.pem -out key.pem"},
		{"bag attributes", "Bag Attributes\n    friendlyName: x\n" + good, "openssl pkey -in both.pem -out key.pem"},
		{"encrypted, on one line", strings.ReplaceAll(keyFile(t, "encrypted"), "\n", `\n`), "the key is encrypted: decrypt it with"},
		{"a public key, on one line", strings.ReplaceAll(keyFile(t, "public"), "\n", `\n`), "a public key only"},
		{"two keys, on one line", strings.ReplaceAll(good+good, "\n", `\n`), "more than one PEM block"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { refusedPrivate(t, tt.text, tt.words) })
	}
}

// TestOnOneLine: PEM whose line breaks were replaced is what it was.
func TestOnOneLine(t *testing.T) {
	for name, alg := range map[string]token.Algorithm{
		"ed25519": token.EdDSA, "p256": token.ES256, "p256-sec1": token.ES256, "rsa2048": token.RS256, "rsa2048-pkcs1": token.RS256,
	} {
		text := keyFile(t, name)
		if name == "p256-sec1" {
			text = text[strings.Index(text, "-----BEGIN EC PRIVATE"):]
		}
		want := readPrivate(t, text, alg)
		for _, replaced := range []string{
			strings.ReplaceAll(text, "\n", `\n`),
			`"` + strings.ReplaceAll(text, "\n", `\n`) + `"`,
			"'" + strings.ReplaceAll(strings.TrimSpace(text), "\n", `\n`) + "'\n",
			strings.ReplaceAll(text, "\n", `\r\n`),
			strings.ReplaceAll(text, "\n", " "),
			strings.ReplaceAll(text, "\n", ""),
		} {
			got := readPrivate(t, replaced, alg)
			got.ID = want.ID
			checkVerify(t, sign(t, got), want)
		}
	}
}
