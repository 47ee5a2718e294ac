package keyfile

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"regexp"
	"strings"
	"unicode/utf8"
)

// secretForm is the end of errors about secrets that are not in a JWK.
const secretForm = `as a JWK, {"kty":"oct","k":"..."}, where k is the secret in base64url:` +
	"\n  openssl base64 -A -in secret.bin | tr '+/' '-_' | tr -d '='"

var errNeither = errors.New("this is neither PEM, which starts with -----BEGIN PRIVATE KEY-----, nor a JWK, which is a JSON object; " +
	"write a secret for HS256 " + secretForm)

// checkEncoding refuses what is not text; its errors say how to convert it.
func checkEncoding(text []byte) error {
	if der(text) {
		return derForm(text)
	}
	if bytes.HasPrefix(text, []byte("\xfe\xed\xfe\xed")) {
		return errors.New("this is a key store of Java: export the key with\n" +
			"  keytool -importkeystore -srckeystore key.jks -destkeystore key.p12 -deststoretype PKCS12\n" +
			"  openssl pkcs12 -in key.p12 -nocerts -nodes | openssl pkey -out key.pem")
	}
	for _, mark := range []string{"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"} {
		if bytes.HasPrefix(text, []byte(mark)) {
			return errors.New("this starts with a byte order mark: save the file as UTF-8 without one")
		}
	}
	if !utf8.Valid(text) || bytes.ContainsRune(text, 0) {
		return errors.New("this is binary: give PEM or a JWK; write a secret for HS256 " + secretForm)
	}
	return nil
}

// der reports whether the text is one ASN.1 sequence, possibly followed by a
// line break that a shell added.
func der(text []byte) bool {
	var sequence asn1.RawValue
	rest, err := asn1.Unmarshal(text, &sequence)
	return err == nil && sequence.Tag == asn1.TagSequence && sequence.IsCompound && len(bytes.TrimSpace(rest)) == 0
}

// pfx is the start of PKCS #12 (RFC 7292, 4).
type pfx struct {
	Version  int
	AuthSafe struct {
		ContentType asn1.ObjectIdentifier
		Content     asn1.RawValue `asn1:"optional,explicit,tag:0"`
	}
	MAC asn1.RawValue `asn1:"optional"`
}

// encryptedPrivateKey is PKCS #8 with a password (RFC 5958, 3).
type encryptedPrivateKey struct {
	Algorithm struct {
		ID         asn1.ObjectIdentifier
		Parameters asn1.RawValue `asn1:"optional"`
	}
	Ciphertext []byte
}

// derForm says what a sequence is and how to convert it.
func derForm(text []byte) error {
	text = text[:derLength(text)]
	var store pfx
	var encrypted encryptedPrivateKey
	_, notCertificate := x509.ParseCertificate(text)
	_, notPublic := x509.ParsePKIXPublicKey(text)
	switch {
	case readDER(text, &store) && store.Version == 3:
		return errors.New("this is PKCS #12 (.p12, .pfx): take the key out with\n" +
			"  openssl pkcs12 -in key.p12 -nocerts -nodes | openssl pkey -out key.pem")
	case notCertificate == nil:
		return errCertificate
	case notPublic == nil:
		return errPublicHalf
	case readDER(text, &encrypted):
		return errors.New("this is an encrypted key in DER, the binary form: decrypt it with\n" +
			"  openssl pkcs8 -inform DER -in key.der -out key.pem")
	}
	return errors.New("this is DER, the binary form: convert it to PEM with\n  openssl pkey -inform DER -in key.der -out key.pem")
}

// derLength returns the length of the sequence at the start of a text for which
// [der] is true.
func derLength(text []byte) int {
	var sequence asn1.RawValue
	rest, _ := asn1.Unmarshal(text, &sequence)
	return len(text) - len(rest)
}

// onOneLine is PEM whose line breaks were replaced, as people do to put it in a
// variable or in JSON.
var onOneLine = regexp.MustCompile(`^["']?(-----BEGIN [A-Z0-9 ]+-----)((?:[A-Za-z0-9+/= ]|\\n|\\r)+)(-----END [A-Z0-9 ]+-----)(?: |\\n|\\r)*["']?$`)

// withLines returns PEM on one line with the lines that it had. It returns
// another text unchanged.
func withLines(text []byte) []byte {
	parts := onOneLine.FindSubmatch(text)
	if parts == nil {
		return text
	}
	inside := strings.NewReplacer(`\n`, "", `\r`, "", " ", "").Replace(string(parts[2]))
	return []byte(string(parts[1]) + "\n" + inside + "\n" + string(parts[3]) + "\n")
}

// A kind is a form of keys that is recognized by its start.
type kind struct {
	start string
	err   error
}

// kinds are the forms of other programs.
func kinds() []kind {
	return []kind{
		{"ssh-", errPublicHalf},
		{"ecdsa-sha2-", errPublicHalf},
		{"sk-", errPublicHalf},
		{"PuTTY-User-Key-File-", errors.New("this is a login key of PuTTY: " + howToMake)},
		{"AGE-SECRET-KEY-", errors.New("this is a key of age, which does not sign: " + howToMake)},
		{"---- BEGIN SSH2 PUBLIC KEY", errPublicHalf},
	}
}

// otherForm says what a text is that is neither PEM nor a JWK.
func otherForm(text []byte) error {
	for _, k := range kinds() {
		if bytes.HasPrefix(text, []byte(k.start)) {
			return k.err
		}
	}
	if bytes.HasPrefix(text, []byte("eyJ")) {
		switch bytes.Count(text, []byte(".")) {
		case 2:
			return errors.New("this is a token, not the key that signs it")
		case 4:
			return errors.New("this is neither PEM nor a JWK in clear: decrypt the JWK with the program that encrypted it")
		}
	}
	packed, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(text)), ""))
	switch {
	case err != nil:
		return errNeither
	case bytes.HasPrefix(bytes.TrimSpace(packed), []byte(pemBegin)), bytes.HasPrefix(bytes.TrimSpace(packed), []byte("{")):
		return errors.New("this is a key in base64 once more: decode it with\n  base64 -d key.txt > key.pem")
	case der(packed):
		return errors.New("this is PEM without its first and last line, or a DER file in base64: convert it with\n" +
			"  base64 -d key.txt | openssl pkey -inform DER -out key.pem")
	}
	return errNeither
}
