package token

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"

	"gatehouse/auth/token/internal/strictjson"
)

// maxSize is the size limit of an access token, in bytes.
const maxSize = 8 << 10

var (
	errNoPrivate = errors.New("the key is a public key")

	// strictBase64 refuses bits after the last byte, which would allow several
	// spellings of one signature. It still skips CR and LF; parseJWS refuses them.
	strictBase64 = base64.RawURLEncoding.Strict()
)

// jws is a token in the compact serialization (RFC 7515, 7.1). Its signature
// is not verified yet.
type jws struct {
	header    jwsHeader
	signed    string // header and payload, as sent
	payload   string // as sent
	signature []byte
}

// jwsHeader holds the only parameters that a header may have. Any other asks
// for something we don't do (crit, b64, zip) or brings its own key (jwk, jku,
// x5c, x5u), and is refused (RFC 8725, 3.10; RFC 7515, 4.1.11).
type jwsHeader struct {
	Algorithm string `json:"alg"`
	KeyID     string `json:"kid"`
	Type      string `json:"typ"`
}

// parseJWS splits a token and reads its header. It accepts only one spelling of
// each token.
//
// We use golang-jwt to sign and verify, but not its parser (v5.3): that reads
// the claims before it verifies the signature, ignores typ and crit, and uses
// encoding/json, which takes the last of two members with the same name and
// matches the names of a struct in any case. Two verifiers could then read one
// token differently. The Wycheproof vectors and the fuzz tests hold this parser
// to its rules.
func parseJWS(text string) (*jws, error) {
	if len(text) > maxSize {
		return nil, ErrTooLarge
	}
	if strings.ContainsAny(text, "\r\n") {
		return nil, errors.New("line break in the token")
	}
	// A JWE has five parts (RFC 8725, 3.3).
	if strings.Count(text, ".") != 2 {
		return nil, errors.New("not three parts")
	}
	last := strings.LastIndexByte(text, '.')
	j := &jws{signed: text[:last]}
	header, payload, _ := strings.Cut(j.signed, ".")
	j.payload = payload

	signature, err := decodeSegment(text[last+1:])
	if err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	j.signature = signature

	plain, err := decodeSegment(header)
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	if err := strictjson.Unmarshal(plain, &j.header, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	return j, nil
}

// verify checks the signature with the key and the key's algorithm; the token
// doesn't choose (RFC 8725, 3.1). Names are case-sensitive, so "noNe" is just
// another wrong name.
//
// An ES256 signature (r, s) has a twin (r, n-s) that anyone can compute, and
// RFC 7518 allows both. So don't identify a token by its text: use its jti.
func (k *Key) verify(j *jws) error {
	if j.header.Algorithm != string(k.Algorithm) {
		return fmt.Errorf("algorithm is not the %s of its key", k.Algorithm)
	}
	return k.Algorithm.method().Verify(j.signed, j.signature, k.material().public)
}

// commonSignature is the size of a signature of EdDSA or ES256, in bytes.
const commonSignature = 64

// sign returns the compact serialization of the payload.
func (k *Key) sign(typ string, payload []byte) (string, error) {
	if k.material().private == nil {
		return "", errNoPrivate
	}
	if err := CheckKeyID(k.ID); err != nil {
		return "", err
	}
	header := `{"alg":"` + string(k.Algorithm) + `","kid":"` + k.ID + `","typ":"` + typ + `"}`
	text := make([]byte, 0, strictBase64.EncodedLen(len(header)+len(payload)+commonSignature)+4) // two stops, and bits left over
	text = strictBase64.AppendEncode(text, []byte(header))
	text = strictBase64.AppendEncode(append(text, '.'), payload)

	signature, err := k.Algorithm.method().Sign(string(text), k.material().private)
	if err != nil {
		return "", err
	}
	return string(strictBase64.AppendEncode(append(text, '.'), signature)), nil
}

func decodeSegment(segment string) ([]byte, error) {
	plain, err := strictBase64.DecodeString(segment)
	if err != nil {
		return nil, errors.New("not canonical base64url")
	}
	return plain, nil
}
