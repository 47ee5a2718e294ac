// Package keyfile reads the private key that an operator brings to Gatehouse: a
// file in PEM or a JSON Web Key, made by openssl or another program.
package keyfile

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"

	"gatehouse/auth/token"
)

// MaxSize is the size limit of a key's text, in bytes: several times the largest
// RSA key.
const MaxSize = 64 << 10

// Parse reads one signing key that an operator imports: PEM (PKCS #8, or
// openssl's older forms RSA PRIVATE KEY and EC PRIVATE KEY) or a private JWK
// (RFC 7517).
//
// The key determines the algorithm: EdDSA for Ed25519, ES256 for P-256, RS256
// for RSA of 2048 to 4096 bits, HS256 for a symmetric JWK of 32 bytes or more.
// A JWK must not say that it is for anything else. The id is the JWK's kid, or
// a random one as in [token.NewKey]. The key must verify a trial signature of
// its own.
//
// The error is a sentence for the operator and quotes nothing of the text.
func Parse(text []byte) (*token.Key, error) {
	k, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	return k, nil
}

func parse(text []byte) (*token.Key, error) {
	if len(text) > MaxSize {
		return nil, fmt.Errorf("larger than %d bytes: give one key alone", MaxSize)
	}
	if err := checkEncoding(text); err != nil {
		return nil, err
	}
	text = withLines(bytes.TrimSpace(text))
	switch {
	case len(text) == 0:
		return nil, errors.New("there is nothing in it")
	case text[0] == '{':
		return parseJWK(text)
	case text[0] == '[':
		return nil, errors.New("this is a list: give only one JWK, a JSON object, such as this prints\n  jq '.[0]' keys.json")
	case bytes.Contains(text, []byte(pemBegin)):
		return parsePEM(text)
	}
	return nil, otherForm(text)
}

// checkRSA returns an error that says which rule for RSA keys is broken. It
// also keeps us from computing with huge numbers.
func checkRSA(n, e *big.Int) error {
	switch bits := n.BitLen(); {
	case bits < token.MinRSABits:
		return fmt.Errorf("the RSA key has %d bits, at least %d are needed: make a new one", bits, token.MinRSABits)
	case bits > token.MaxRSABits:
		return fmt.Errorf("the RSA key has %d bits, at most %d are allowed: make a new one", bits, token.MaxRSABits)
	case e.Cmp(big.NewInt(token.MinRSAExponent)) < 0 || e.BitLen() > 31 || e.Bit(0) == 0:
		return fmt.Errorf("the RSA key's public exponent is not an odd number from %d to 2^31-1: make a new key", token.MinRSAExponent)
	case n.Bit(0) == 0:
		return token.ErrInconsistent
	}
	return nil
}
