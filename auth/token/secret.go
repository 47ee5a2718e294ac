package token

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"gatehouse/auth/token/internal/weak"
)

// minSecretSize is the minimum size of a secret, in bytes: the size of the keys
// derived from it.
const minSecretSize = 32

var errSecretAbsent = errors.New("no secret")

// Secret is a deployment's secret (SECRET_KEY). It holds only the keys derived
// from the value, one for each purpose, behind a function, so that printing a
// Secret never shows them. The zero Secret can't make or read anything.
type Secret struct {
	keys func() *derived
}

// Secrets are the current and the previous secret. Everything is made with
// Current and read with either.
//
// While replicas restart one by one, those that know only the old secret refuse
// what was made with the new one. To change the secret without such refusals,
// restart all of them twice: first with the new secret as Previous, then with
// the two exchanged.
type Secrets struct {
	Current  Secret
	Previous *Secret
}

// derived are the keys of a Secret (HKDF-SHA256, RFC 5869), each with its own
// info string.
type derived struct {
	id          [4]byte // identifies the secret in tokens and sealed keys; not secret
	check       string
	seal        [32]byte
	pseudonym   [32]byte
	own         proofKeys // of refresh tokens
	application proofKeys // of refresh tokens of applications
	code        proofKeys
	signIn      proofKeys
	link        proofKeys // of links in mails
	linkCode    [32]byte
	totp        [32]byte // seals the secrets of authenticator apps
}

// ParseSecret reads a secret of 32 bytes or more in base64 (standard or URL
// alphabet, padded or not) or hex. It trims space around the text. A text of
// hex digits only is hex.
//
// The error is a sentence for the operator, without the value: too short,
// neither base64 nor hex, a well-known value, a pattern, or words instead of
// random bytes (RFC 8725, 3.5).
func ParseSecret(text string) (Secret, error) {
	text = strings.TrimSpace(text)
	if weak.WellKnown(text) {
		return Secret{}, errors.New("secret is a well-known or example value")
	}
	raw, err := decodeSecret(text)
	if err != nil {
		return Secret{}, err
	}
	if len(raw) < minSecretSize {
		return Secret{}, fmt.Errorf("secret is too short: %d bytes, at least %d are needed", len(raw), minSecretSize)
	}
	if weak.Patterned(raw) {
		return Secret{}, errors.New("secret is a pattern, not random bytes")
	}
	if weak.Handwritten(text, raw) {
		return Secret{}, errors.New("secret is written by hand, not random bytes")
	}
	return newSecret(raw), nil
}

// NewSecret returns a secret of 32 random bytes and its text for [ParseSecret].
func NewSecret() (Secret, string) {
	for {
		raw := make([]byte, minSecretSize)
		rand.Read(raw) // never fails: crypto/rand ends the program instead
		text := base64.RawURLEncoding.EncodeToString(raw)
		// About one in ten million looks like a well-known value.
		if s, err := ParseSecret(text); err == nil {
			return s, text
		}
	}
}

// Check returns a value that tells secrets apart. It may be stored with the
// data: it is derived like the keys and reveals nothing about them. It panics
// for the zero Secret, whose check value must never be stored.
func (s Secret) Check() string {
	return s.keys().check
}

// Pseudonym returns a name for a text: always the same, and without the secret
// it reveals nothing about the text, so it can be stored where others read. It
// panics for the zero Secret.
func (s Secret) Pseudonym(text string) string {
	k := s.keys()
	mac := hmac.New(sha256.New, k.pseudonym[:])
	mac.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

// String keeps a Secret out of logs.
func (s Secret) String() string { return "[secret]" }

// current returns the keys of the current secret.
func (s Secrets) current() (*derived, error) {
	if s.Current.keys == nil {
		return nil, errSecretAbsent
	}
	return s.Current.keys(), nil
}

// named returns the keys of the secret with the given id, or nil.
func (s Secrets) named(id []byte) *derived {
	for _, secret := range []*Secret{&s.Current, s.Previous} {
		if secret == nil || secret.keys == nil {
			continue
		}
		if k := secret.keys(); string(k.id[:]) == string(id) {
			return k
		}
	}
	return nil
}

func newSecret(raw []byte) Secret {
	prk, err := hkdf.Extract(sha256.New, raw, nil)
	if err != nil {
		panic("token: " + err.Error()) // only for a secret shorter than ParseSecret allows
	}
	k := &derived{check: hex.EncodeToString(expand(prk, "gatehouse secret check", 16))}
	copy(k.id[:], expand(prk, "gatehouse secret id", len(k.id)))
	copy(k.seal[:], expand(prk, "gatehouse signing key seal", len(k.seal)))
	copy(k.pseudonym[:], expand(prk, "gatehouse pseudonym", len(k.pseudonym)))
	copy(k.linkCode[:], expand(prk, "gatehouse link code", len(k.linkCode)))
	copy(k.totp[:], expand(prk, "gatehouse totp seal", len(k.totp)))
	k.own = newProofKeys(prk, "gatehouse refresh token")
	k.application = newProofKeys(prk, "gatehouse application refresh token")
	k.code = newProofKeys(prk, "gatehouse authorization code")
	k.signIn = newProofKeys(prk, "gatehouse sign-in cookie")
	k.link = newProofKeys(prk, "gatehouse link")
	return Secret{keys: func() *derived { return k }}
}

// refresh returns the keys of the refresh tokens of a version.
func (d *derived) refresh(version byte) proofKeys {
	if version == ApplicationRefreshVersion {
		return d.application
	}
	return d.own
}

func expand(prk []byte, info string, size int) []byte {
	key, err := hkdf.Expand(sha256.New, prk, info, size)
	if err != nil {
		panic("token: " + err.Error()) // only for more than 255 hashes
	}
	return key
}

func decodeSecret(text string) ([]byte, error) {
	errNeither := errors.New("secret is neither base64 nor hex")
	if strings.Trim(text, "0123456789abcdefABCDEF") == "" {
		raw, err := hex.DecodeString(text)
		if err != nil {
			return nil, errors.New("secret has an odd number of hex digits")
		}
		return raw, nil
	}
	if strings.ContainsAny(text, "\r\n") { // the decoder would skip them
		return nil, errNeither
	}
	text = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "="))
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, errNeither
	}
	return raw, nil
}
