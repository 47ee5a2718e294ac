package token

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/auth/token/internal/strictjson"
)

// maxJWKSSize is the size limit of a key set, in bytes: about eighty of the
// largest keys.
const maxJWKSSize = 64 << 10

// errKeyIgnored marks a key that a reader should ignore (RFC 7517, 5).
var errKeyIgnored = errors.New("key is for another purpose")

// JWKS returns the public halves of the keys as a JWK set (RFC 7517) with kid,
// alg and use, in the given order. It leaves out HS256 keys; a set without
// other keys is {"keys":[]}.
func JWKS(keys []*Key) ([]byte, error) {
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, k := range keys {
		if k.Algorithm == HS256 {
			continue
		}
		set.Keys = append(set.Keys, jose.JSONWebKey{
			Key: k.material().public, KeyID: k.ID, Algorithm: string(k.Algorithm), Use: "sig",
		})
	}
	text, err := json.Marshal(set)
	if err != nil {
		return nil, fmt.Errorf("key set: %w", err)
	}
	return text, nil
}

// ParseJWKS reads a JWK set and returns its public keys.
//
// It ignores keys whose type or algorithm is unknown and keys that are not for
// signatures, so that an issuer can add a new kind of key. Some faults mean
// that the whole set can't be trusted, and are errors: a key of the wrong kind
// or size for its algorithm, a symmetric or private key, a kid that is missing,
// ill-formed or repeated, and a member given twice.
func ParseJWKS(text []byte) ([]*Key, error) {
	keys, err := parseJWKS(text)
	if err != nil {
		return nil, fmt.Errorf("key set: %w", err)
	}
	return keys, nil
}

func parseJWKS(text []byte) ([]*Key, error) {
	if len(text) > maxJWKSSize {
		return nil, fmt.Errorf("larger than %d bytes", maxJWKSSize)
	}
	var set struct {
		Keys []jsontext.Value `json:"keys"`
	}
	if err := strictjson.Unmarshal(text, &set); err != nil {
		return nil, err
	}
	if set.Keys == nil {
		return nil, errors.New("no member keys")
	}
	return parseMembers(set.Keys)
}

func parseMembers(members []jsontext.Value) ([]*Key, error) {
	keys := []*Key{}
	for i, member := range members {
		k, err := parseJWK(member)
		if errors.Is(err, errKeyIgnored) {
			continue
		}
		if err == nil {
			err = CheckKeyID(k.ID)
		}
		if err != nil {
			return nil, fmt.Errorf("key %d: %w", i, err)
		}
		if slices.ContainsFunc(keys, func(other *Key) bool { return other.ID == k.ID }) {
			return nil, fmt.Errorf("key %d: another key has the same id", i)
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// purpose is what a JWK says that it is for (RFC 7517, 4). A nil field was not
// given.
type purpose struct {
	KeyType    string   `json:"kty"`
	Use        *string  `json:"use"`
	Algorithm  *string  `json:"alg"`
	Operations []string `json:"key_ops"`
}

// verifies reports whether the key may verify signatures.
func (p *purpose) verifies() bool {
	forSignatures := p.Use == nil || *p.Use == "" || *p.Use == "sig"
	return forSignatures && (p.Operations == nil || slices.Contains(p.Operations, "verify"))
}

// parseJWK reads one key, or returns errKeyIgnored.
func parseJWK(text []byte) (*Key, error) {
	var p purpose
	if err := strictjson.Unmarshal(text, &p); err != nil {
		return nil, err
	}
	if p.KeyType == "oct" {
		return nil, errors.New("a symmetric key is published")
	}
	if p.Algorithm == nil || !p.verifies() {
		return nil, errKeyIgnored
	}
	alg, err := ParseAlgorithm(*p.Algorithm)
	if err != nil {
		return nil, errKeyIgnored
	}
	var jwk jose.JSONWebKey
	if err := jwk.UnmarshalJSON(text); err != nil {
		return nil, err
	}
	if !jwk.IsPublic() {
		return nil, errors.New("a private key is published")
	}
	return publicKey(jwk.KeyID, alg, jwk.Key)
}
