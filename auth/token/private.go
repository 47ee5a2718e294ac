package token

import (
	"bytes"
	"crypto/rand"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"unicode/utf8"
)

// maxPrivateSize is the largest text that is read as a private key, in bytes: several times the largest RSA key.
const maxPrivateSize = 64 << 10

// errApart is a key whose halves, or whose numbers, are not of one key.
var errApart = errors.New("the key is damaged: its numbers are cut or do not belong together")

// ParsePrivateKey reads the one signing key that an operator brings along, as PEM (PKCS #8, or what openssl wrote before
// it: RSA PRIVATE KEY and EC PRIVATE KEY) or as a private JWK (RFC 7517).
//
// The algorithm follows from the key: EdDSA from Ed25519, ES256 from P-256, RS256 from RSA of 2048 to 4096 bits, HS256
// from a symmetric JWK of 32 bytes or more. What a JWK says that it is for must agree. The id is the JWK's kid, else a
// random one as NewKey makes. A key is returned only if a trial signature verifies.
//
// The error is a sentence for whoever brings the key, and repeats nothing of the text.
func ParsePrivateKey(text []byte) (*Key, error) {
	k, err := parsePrivate(text)
	if err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	return k, nil
}

func parsePrivate(text []byte) (*Key, error) {
	if len(text) > maxPrivateSize {
		return nil, fmt.Errorf("larger than %d bytes: give one key alone", maxPrivateSize)
	}
	if err := checkEncoding(text); err != nil {
		return nil, err
	}
	text = bytes.TrimSpace(text)
	switch {
	case len(text) == 0:
		return nil, errors.New("there is nothing in it")
	case text[0] == '{':
		return parsePrivateJWK(text)
	case text[0] == '[':
		return nil, errors.New("this is a list: give one JWK, the object alone")
	case bytes.Contains(text, []byte(pemBegin)):
		return parsePEM(text)
	}
	return nil, errors.New("this is neither PEM, which has a line -----BEGIN PRIVATE KEY-----, nor a JWK, which is a JSON object")
}

// checkEncoding tells what is not text, with the way to make text of it.
func checkEncoding(text []byte) error {
	if der(text) {
		return errors.New("this is DER, the binary form: make PEM of it with\n  openssl pkey -inform DER -in key.der -out key.pem")
	}
	for _, mark := range []string{"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"} {
		if bytes.HasPrefix(text, []byte(mark)) {
			return errors.New("this begins with a byte order mark: save the file as UTF-8 without one")
		}
	}
	if !utf8.Valid(text) || bytes.ContainsRune(text, 0) {
		return errors.New("this is binary: give PEM or a JWK")
	}
	return nil
}

// der reports whether the text is one ASN.1 sequence, perhaps with a line break that a shell put behind it.
func der(text []byte) bool {
	var sequence asn1.RawValue
	rest, err := asn1.Unmarshal(text, &sequence)
	return err == nil && sequence.Tag == asn1.TagSequence && sequence.IsCompound && len(bytes.TrimSpace(rest)) == 0
}

// signingKey returns the key of the material after a trial. An id that is not set is made.
func signingKey(id string, alg Algorithm, private any) (*Key, error) {
	if id == "" {
		id = rand.Text()
	}
	k, err := privateKey(id, alg, private)
	if err != nil {
		return nil, err
	}
	const trial = "trial"
	signature, err := alg.method().Sign(trial, k.material().private)
	if err != nil || alg.method().Verify(trial, signature, k.material().public) != nil {
		return nil, errApart // such as RSA with a number that is no prime
	}
	return k, nil
}

// checkRSA tells which of the rules for RSA keys is broken. What it lets through is of a size that can be computed with.
func checkRSA(n, e *big.Int) error {
	switch bits := n.BitLen(); {
	case bits < minRSABits:
		return fmt.Errorf("the RSA key has %d bits, at least %d are needed: make a new one", bits, minRSABits)
	case bits > maxRSABits:
		return fmt.Errorf("the RSA key has %d bits, at most %d are allowed: make a new one", bits, maxRSABits)
	case e.Cmp(big.NewInt(minRSAExp)) < 0 || e.BitLen() > 31 || e.Bit(0) == 0:
		return fmt.Errorf("the RSA key's public exponent is not an odd number from %d to 2^31-1: make a new key", minRSAExp)
	case n.Bit(0) == 0:
		return errApart
	}
	return nil
}
