package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// Algorithm is the registered name of a JWS signature algorithm (RFC 7518,
// RFC 8037).
type Algorithm string

// The algorithms of signing keys.
const (
	EdDSA Algorithm = "EdDSA" // Ed25519
	ES256 Algorithm = "ES256" // P-256
	RS256 Algorithm = "RS256" // 3072 bits
	HS256 Algorithm = "HS256" // 32 random bytes; has no public half
)

// What a key must have.
const (
	MinRSABits     = 2048 // RFC 7518, 3.3
	MaxRSABits     = 4096 // the cost of verification grows with the square
	MinRSAExponent = 65537
	MinHMACBytes   = 32 // the hash's size (RFC 7518, 3.2)
)

const (
	newRSABits    = 3072 // 128-bit strength (NIST SP 800-57, ASVS 11.2.3)
	maxKeyIDBytes = 128
)

// Key is a signing key or its public half. The key material is behind a
// function, so that printing a Key never shows it.
type Key struct {
	ID        string // kid: random, unrelated to the key material
	Algorithm Algorithm

	material func() material
}

// material is what golang-jwt signs and verifies with. private is nil in a
// public key.
type material struct {
	private any
	public  any
}

// ParseAlgorithm returns the algorithm with the given name, which is
// case-sensitive.
func ParseAlgorithm(name string) (Algorithm, error) {
	switch alg := Algorithm(name); alg {
	case EdDSA, ES256, RS256, HS256:
		return alg, nil
	}
	return "", fmt.Errorf("algorithm %.32q is not one of EdDSA, ES256, RS256, HS256", name)
}

// NewKey returns a random key with a random id.
func NewKey(alg Algorithm) (*Key, error) {
	private, err := generate(alg)
	if err != nil {
		return nil, fmt.Errorf("new key: %w", err)
	}
	return privateKey(rand.Text(), alg, private)
}

// NewRSAKey returns a random key for RS256 with that many bits, MinRSABits to MaxRSABits, and
// a random id.
func NewRSAKey(bits int) (*Key, error) {
	private, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return nil, fmt.Errorf("new key: %w", err)
	}
	return privateKey(rand.Text(), RS256, private)
}

// ImportKey returns a signing key whose material was made elsewhere: an
// [ed25519.PrivateKey], an [*ecdsa.PrivateKey], an [*rsa.PrivateKey] or the
// bytes of an HMAC key. If id is empty, the key gets a random id. Package keyfile
// reads such material from PEM and JWKs.
//
// It returns an error for an id that [CheckKeyID] refuses and for material that
// doesn't suit the algorithm, and [ErrInconsistent] if the key can't make a trial
// signature that it verifies.
func ImportKey(id string, alg Algorithm, private any) (*Key, error) {
	if id == "" {
		id = rand.Text()
	}
	if err := CheckKeyID(id); err != nil {
		return nil, err
	}
	k, err := privateKey(id, alg, private)
	if err != nil {
		return nil, err
	}
	const trial = "trial"
	signature, err := alg.method().Sign(trial, k.material().private)
	if err != nil || alg.method().Verify(trial, signature, k.material().public) != nil {
		return nil, ErrInconsistent // for example, RSA with a p that isn't prime
	}
	return k, nil
}

// Public returns the public half of the key, or nil for HS256.
func (k *Key) Public() *Key {
	if k.Algorithm == HS256 {
		return nil
	}
	return newKey(k.ID, k.Algorithm, material{public: k.material().public})
}

// String returns the key's algorithm and id, for logs.
func (k *Key) String() string {
	return string(k.Algorithm) + " key " + k.ID
}

func generate(alg Algorithm) (any, error) {
	switch alg {
	case EdDSA:
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return private, err
	case ES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case RS256:
		return rsa.GenerateKey(rand.Reader, newRSABits)
	case HS256:
		key := make([]byte, MinHMACBytes)
		rand.Read(key)
		return key, nil
	}
	_, err := ParseAlgorithm(string(alg))
	return nil, err
}

// privateKey returns a key that signs. It returns an error if the material
// doesn't suit the algorithm.
func privateKey(id string, alg Algorithm, private any) (*Key, error) {
	public := private
	if signer, ok := private.(crypto.Signer); ok {
		public = signer.Public()
	}
	if _, err := publicKey(id, alg, public); err != nil {
		return nil, err
	}
	return newKey(id, alg, material{private: private, public: public}), nil
}

// publicKey returns a key that verifies. It returns an error if the type or
// size of the material doesn't suit the algorithm, so that a key is never used
// with a second algorithm (RFC 8725, 3.1).
func publicKey(id string, alg Algorithm, public any) (*Key, error) {
	var suits bool
	switch key := public.(type) {
	case ed25519.PublicKey:
		suits = alg == EdDSA && len(key) == ed25519.PublicKeySize
	case *ecdsa.PublicKey:
		suits = alg == ES256 && key.Curve == elliptic.P256() && onCurve(key)
	case *rsa.PublicKey:
		suits = alg == RS256 && strongRSA(key)
	case []byte:
		suits = alg == HS256 && len(key) >= MinHMACBytes
	}
	if !suits {
		return nil, fmt.Errorf("key %.32q has the wrong type or size for %.32q", id, alg)
	}
	return newKey(id, alg, material{public: public}), nil
}

func newKey(id string, alg Algorithm, m material) *Key {
	return &Key{ID: id, Algorithm: alg, material: func() material { return m }}
}

func onCurve(key *ecdsa.PublicKey) bool {
	_, err := key.ECDH()
	return err == nil
}

func strongRSA(key *rsa.PublicKey) bool {
	bits := key.N.BitLen()
	return bits >= MinRSABits && bits <= MaxRSABits && key.N.Bit(0) == 1 && key.E >= MinRSAExponent && key.E%2 == 1
}

// CheckKeyID accepts only letters, digits, "-" and "_". The author of a token
// chooses the kid, which then goes into a look-up: it must not be SQL, a path
// or a URL (RFC 8725, 3.10).
func CheckKeyID(id string) error {
	const allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	if id == "" || len(id) > maxKeyIDBytes || strings.Trim(id, allowed) != "" {
		return errors.New("key id is not 1 to 128 letters, digits, - and _")
	}
	return nil
}

// method returns golang-jwt's implementation of the algorithm, or nil.
func (a Algorithm) method() jwt.SigningMethod {
	switch a {
	case EdDSA:
		return jwt.SigningMethodEdDSA
	case ES256:
		return jwt.SigningMethodES256
	case RS256:
		return jwt.SigningMethodRS256
	case HS256:
		return jwt.SigningMethodHS256
	}
	return nil
}
