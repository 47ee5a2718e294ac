package token

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
)

// maxSize is the largest access token that is made or looked at, in bytes.
const maxSize = 8 << 10

var (
	errNoPrivate = errors.New("the key only verifies")

	// strictBase64 refuses set bits after the last byte, which would give one signature several texts. It still
	// skips CR and LF, which parseJWS refuses.
	strictBase64 = base64.RawURLEncoding.Strict()
)

// jws is a signed text in the compact serialisation (RFC 7515, 7.1), its signature not yet verified.
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

// parseJWS takes the text apart and reads its header. Every text it accepts is the only spelling of its content.
func parseJWS(text string) (*jws, error) {
	if len(text) > maxSize {
		return nil, fmt.Errorf("larger than %d bytes", maxSize)
	}
	if strings.ContainsAny(text, "\r\n") {
		return nil, errors.New("a line break in the text")
	}
	// Five parts are a JWE (RFC 8725, 3.3), and a JSON serialisation is none of this.
	if strings.Count(text, ".") != 2 {
		return nil, errors.New("not of three parts")
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
	if err := readJSON(plain, &j.header, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	return j, nil
}

// verify checks the signature with the key and with the key's algorithm, never the token's own choice
// (RFC 8725, 3.1). Case counts, so "noNe" is no more than another wrong name.
//
// An ES256 signature (r, s) has a twin (r, n-s) that anyone can compute and that RFC 7518 lets pass: a text is not the
// name of a token, its jti is.
func (k *Key) verify(j *jws) error {
	if j.header.Algorithm != string(k.Algorithm) {
		return fmt.Errorf("algorithm is not the %s of its key", k.Algorithm)
	}
	return k.Algorithm.method().Verify(j.signed, j.signature, k.material().public)
}

// sign returns the compact serialisation of the payload.
func (k *Key) sign(typ string, payload []byte) (string, error) {
	if k.material().private == nil {
		return "", errNoPrivate
	}
	if err := checkKeyID(k.ID); err != nil {
		return "", err
	}
	header := `{"alg":"` + string(k.Algorithm) + `","kid":"` + k.ID + `","typ":"` + typ + `"}`
	text := strictBase64.AppendEncode(nil, []byte(header))
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
