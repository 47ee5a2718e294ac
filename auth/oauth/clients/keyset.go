package clients

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"fmt"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/auth"
	"gatehouse/auth/token"
)

// The most that a client's key set may have.
const (
	maxKeys        = 10
	maxKeySetBytes = 16 << 10
	maxKeyIDBytes  = 128
)

// algorithms are what a key of each type may sign assertions with (RFC 7518, 3.1; RFC
// 8037; RFC 9864). The first is what a key is for that says nothing.
var algorithms = map[string][]string{
	"RSA": {"", "RS256", "PS256"}, "EC": {string(ES256)}, "OKP": {string(EdDSA), "Ed25519"},
}

// KeySet returns the client's keys as a JSON Web Key Set; nil for none.
func (c *Client) KeySet() map[string]any {
	if c.JWKS == nil {
		return nil
	}
	set := map[string]any{}
	if json.Unmarshal(c.JWKS, &set) != nil {
		return nil // never: what is kept was written by parseKeys
	}
	return set
}

// parseKeys reads a JSON Web Key Set of public keys and returns what is kept of it: kty,
// kid, use, alg, and the key itself. nil stays nil. It returns an [*auth.InputError].
func parseKeys(set map[string]any) (json.RawMessage, error) {
	if set == nil {
		return nil, nil
	}
	fault := func(format string, args ...any) error {
		return &auth.InputError{Field: "jwks", Message: fmt.Sprintf(format, args...)}
	}
	text, err := json.Marshal(set)
	if err != nil || len(text) > maxKeySetBytes {
		return nil, fault("The key set is larger than %d bytes. Leave out certificates and old keys.", maxKeySetBytes)
	}
	var members struct{ Keys []json.RawMessage }
	if json.Unmarshal(text, &members) != nil || len(members.Keys) == 0 || len(members.Keys) > maxKeys {
		return nil, fault(`Give a JSON Web Key Set with 1 to %d keys: {"keys": [{"kty": "EC", "crv": "P-256", "x": ..., "y": ...}]}.`, maxKeys)
	}
	kept, ids := jose.JSONWebKeySet{}, map[string]bool{}
	for i, member := range members.Keys {
		key, problem := parseKey(member)
		switch {
		case problem != "":
			return nil, fault("The key number %d %s.", i+1, problem)
		case ids[key.KeyID]:
			return nil, fault("The key number %d has the kid of another: give each key its own.", i+1)
		}
		ids[key.KeyID] = true
		kept.Keys = append(kept.Keys, key)
	}
	return json.Marshal(kept)
}

// parseKey reads one key. It returns what is wrong with it, "" for nothing.
func parseKey(text []byte) (key jose.JSONWebKey, problem string) {
	var kind struct {
		Type string `json:"kty"`
		Use  string `json:"use"`
		D    any    `json:"d"`
		K    any    `json:"k"`
	}
	err := json.Unmarshal(text, &kind)
	switch {
	case err != nil || kind.Type == "":
		return key, `is not a JSON Web Key: it has no "kty"`
	case kind.Type == "oct" || kind.K != nil:
		return key, "is symmetric, and so a secret: give the public key of an RSA, EC or OKP pair, and take this one out of use"
	case kind.D != nil:
		return key, `is private: leave out "d", "p", "q", "dp", "dq" and "qi", and take this key out of use, because it was sent`
	case kind.Use != "" && kind.Use != "sig":
		return key, `is for another use than signatures: give one with "use": "sig"`
	case key.UnmarshalJSON(text) != nil:
		return key, "can't be read: its members are incomplete, or not base64url"
	case !key.Valid() || !key.IsPublic():
		return key, "is not a valid public key"
	case len(key.KeyID) > maxKeyIDBytes || !plainOrEmpty(key.KeyID):
		return key, "has a kid of more than 128 bytes, or with spaces: choose another"
	}
	if problem := checkKey(key.Key); problem != "" {
		return key, problem
	}
	alg, ok := keyAlgorithm(kind.Type, key.Algorithm)
	if !ok {
		return key, "is for an algorithm that assertions can't have: use RS256, PS256, ES256 or EdDSA"
	}
	return jose.JSONWebKey{Key: key.Key, KeyID: key.KeyID, Algorithm: alg, Use: "sig"}, ""
}

// checkKey returns what is wrong with the size or the curve of a public key.
func checkKey(key any) string {
	switch k := key.(type) {
	case *rsa.PublicKey:
		if bits := k.N.BitLen(); bits < token.MinRSABits || bits > token.MaxRSABits {
			return fmt.Sprintf("has %d bits: an RSA key has %d to %d", bits, token.MinRSABits, token.MaxRSABits)
		}
		if k.E < token.MinRSAExponent {
			return fmt.Sprintf("has a small exponent: make one with %d, as all tools do", token.MinRSAExponent)
		}
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() {
			return "has another curve than P-256"
		}
	case ed25519.PublicKey:
	default:
		return "is of a type that can't sign assertions: give an RSA key, or one of the curve P-256 or Ed25519"
	}
	return ""
}

// keyAlgorithm returns what is kept as a key's alg: "" for an RSA key that may sign with
// each of its algorithms.
func keyAlgorithm(kind, alg string) (kept string, ok bool) {
	for i, known := range algorithms[kind] {
		if alg == known || alg == "" {
			if kind == "OKP" {
				i = 0
			}
			return algorithms[kind][i], true
		}
	}
	return "", false
}

func plainOrEmpty(text string) bool { return text == "" || plain(text) }
