package keyfile

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"math/big"
	"slices"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/auth/token"
	"gatehouse/auth/token/internal/strictjson"
	"gatehouse/auth/token/internal/weak"
)

var errPublicHalf = errors.New("this is a public key only: give the private key that belongs to it")

// jwk is what we check before go-jose reads the key material (RFC 7517;
// RFC 7518, 6). A nil field was not given.
type jwk struct {
	KeyType    string   `json:"kty"`
	Use        *string  `json:"use"`
	Algorithm  *string  `json:"alg"`
	Operations []string `json:"key_ops"`
	KeyID      *string  `json:"kid"`
	Curve      string   `json:"crv"`

	N *string `json:"n"`
	E *string `json:"e"`
	D *string `json:"d"`
	P *string `json:"p"`
	Q *string `json:"q"`
	K *string `json:"k"`

	DP *string `json:"dp"`
	DQ *string `json:"dq"`
	QI *string `json:"qi"`
	X  *string `json:"x"`
	Y  *string `json:"y"`

	OtherPrimes jsontext.Value `json:"oth"`
	Keys        jsontext.Value `json:"keys"`
	Ciphertext  jsontext.Value `json:"ciphertext"`
}

func parseJWK(text []byte) (*token.Key, error) {
	var j jwk
	if err := strictjson.Unmarshal(text, &j); err != nil {
		return nil, errors.New("the JWK can't be read: " + err.Error())
	}
	alg, err := j.signingAlgorithm()
	if err != nil {
		return nil, err
	}
	if err := j.checkMembers(); err != nil {
		return nil, err
	}
	var key jose.JSONWebKey
	if key.UnmarshalJSON(text) != nil { // its error may quote the text
		return nil, token.ErrInconsistent
	}
	if err := checkMaterial(key.Key); err != nil {
		return nil, err
	}
	return token.ImportKey(valueOf(j.KeyID), alg, key.Key)
}

// signingAlgorithm returns the algorithm of a key that is only for signing (RFC
// 7517, 4.2 to 4.4).
func (j *jwk) signingAlgorithm() (token.Algorithm, error) {
	alg, err := j.algorithmOfType()
	if err != nil {
		return "", err
	}
	operations := []string{"sign", "verify"}
	other := func(operation string) bool { return !slices.Contains(operations, operation) }
	switch {
	case j.Algorithm != nil && *j.Algorithm != string(alg):
		return "", errors.New("the JWK's alg is not " + string(alg) + ", the algorithm for this kind of key: correct or remove it")
	case j.Use != nil && *j.Use != "sig":
		return "", errors.New("the JWK's use is not sig: give a key that is for signatures")
	case j.Operations != nil && (!slices.Contains(j.Operations, "sign") || slices.ContainsFunc(j.Operations, other)):
		return "", errors.New("the JWK's key_ops are not sign, or sign and verify: give a key that is for signatures")
	case j.KeyID != nil && token.CheckKeyID(*j.KeyID) != nil:
		return "", errors.New("the JWK's kid is not of 1 to 128 letters, digits, - and _: change or remove it")
	}
	return alg, nil
}

// algorithmOfType returns the algorithm for the key's type and curve.
func (j *jwk) algorithmOfType() (token.Algorithm, error) {
	switch {
	case j.Keys != nil:
		return "", errors.New("this is a set of keys: give only one key, an object of the list, such as this prints\n  jq '.keys[0]' keys.json")
	case j.Ciphertext != nil:
		return "", errors.New("the JWK is encrypted: decrypt it with the program that encrypted it")
	case j.KeyType == "":
		return "", errors.New("this is not a JWK: it has no kty")
	case j.KeyType == "OKP" && j.Curve == "Ed25519":
		return token.EdDSA, nil
	case j.KeyType == "EC" && j.Curve == "P-256":
		return token.ES256, nil
	case j.KeyType == "EC":
		return "", errCurve
	case j.KeyType == "RSA":
		return token.RS256, nil
	case j.KeyType == "oct":
		return token.HS256, nil
	}
	return "", errKeyType
}

// checkMembers returns an error if a member is missing, too small or too large.
func (j *jwk) checkMembers() error {
	switch {
	case j.KeyType == "oct":
		return j.checkSecret()
	case j.D == nil:
		return errPublicHalf
	case j.KeyType == "RSA":
		return j.checkRSA()
	}
	return nil
}

func (j *jwk) checkSecret() error {
	key, err := base64.RawURLEncoding.DecodeString(valueOf(j.K))
	switch {
	case err != nil:
		return errors.New("the JWK's k is not base64url")
	case len(key) < token.MinHMACBytes:
		return errors.New("the JWK's k is shorter than 32 bytes: make a key of 32 random bytes")
	case weak.WellKnown(string(key)) || weak.Repeated(key):
		return errors.New("the JWK's k is a well-known value or a pattern: make a key of 32 random bytes")
	}
	return nil
}

func (j *jwk) checkRSA() error {
	n, err := base64.RawURLEncoding.DecodeString(valueOf(j.N))
	if err != nil {
		return errors.New("the JWK's n is not base64url")
	}
	e, err := base64.RawURLEncoding.DecodeString(valueOf(j.E))
	if err != nil {
		return errors.New("the JWK's e is not base64url")
	}
	switch {
	case j.OtherPrimes != nil:
		return errors.New("the RSA key has more than two primes: make a new one")
	case j.P == nil || j.Q == nil:
		return errors.New("the RSA key's p and q are missing: export it with them")
	}
	return checkRSA(new(big.Int).SetBytes(n), new(big.Int).SetBytes(e))
}

// valueOf returns the string, or "" if it was not given.
func valueOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// checkMaterial checks what go-jose doesn't: that d of an EC key belongs to x
// and y. It also computes the derived numbers of an RSA key before the key is
// shared.
func checkMaterial(private any) error {
	switch key := private.(type) {
	case *ecdsa.PrivateKey:
		raw, err := key.Bytes()
		if err != nil {
			return token.ErrInconsistent
		}
		derived, err := ecdsa.ParseRawPrivateKey(key.Curve, raw)
		if err != nil || !derived.PublicKey.Equal(&key.PublicKey) {
			return token.ErrInconsistent
		}
	case *rsa.PrivateKey:
		key.Precompute()
	}
	return nil
}
