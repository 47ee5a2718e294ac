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
)

// minSecretSize is the least size of a secret in bytes: that of the keys derived from it.
const minSecretSize = 32

var errSecretAbsent = errors.New("no secret")

// Secret is what one deployment keeps to itself (SECRET_KEY). Only the keys derived from it are held, one for each
// purpose, and behind a function, so that no way of printing a Secret shows them. The zero Secret makes and reads nothing.
type Secret struct {
	keys func() *derived
}

// Secrets are the secret in use and the one before it. Everything is made with Current and read with either.
//
// While replicas are restarted one by one, one that knows only the old secret refuses what the new one made. A change
// that nobody notices therefore takes two rounds: first the new secret as Previous everywhere, then the two exchanged.
type Secrets struct {
	Current  Secret
	Previous *Secret
}

// derived are the keys of a Secret (HKDF-SHA256, RFC 5869), each under its own info string.
type derived struct {
	id           [4]byte // names the secret in what it made; not secret
	check        string
	seal         [32]byte
	refreshTag   [32]byte
	refreshProof [32]byte
	pseudonym    [32]byte
}

// ParseSecret reads a secret of 32 bytes or more in base64 (standard or URL alphabet, padded or not) or hex. Space
// around it is dropped. A text of hex digits alone is hex.
//
// The error is a sentence for whoever set the value, without the value: too short, neither base64 nor hex, a well-known
// value, a pattern, or words instead of random bytes (RFC 8725, 3.5).
func ParseSecret(text string) (Secret, error) {
	text = strings.TrimSpace(text)
	if wellKnown(text) {
		return Secret{}, errors.New("secret is a well-known or example value")
	}
	raw, err := decodeSecret(text)
	if err != nil {
		return Secret{}, err
	}
	if len(raw) < minSecretSize {
		return Secret{}, fmt.Errorf("secret is too short: %d bytes, at least %d are needed", len(raw), minSecretSize)
	}
	if patterned(raw) {
		return Secret{}, errors.New("secret is a pattern, not random bytes")
	}
	if worded(text, raw) {
		return Secret{}, errors.New("secret is written by hand, not random bytes")
	}
	return newSecret(raw), nil
}

// NewSecret makes a secret of 32 random bytes, and its text for ParseSecret.
func NewSecret() (Secret, string) {
	for {
		raw := make([]byte, minSecretSize)
		rand.Read(raw) // never fails: crypto/rand ends the program instead
		text := base64.RawURLEncoding.EncodeToString(raw)
		// One in some ten million looks like a well-known value.
		if s, err := ParseSecret(text); err == nil {
			return s, text
		}
	}
}

// Check is a value that tells two secrets apart and may be stored beside the data: it is derived as the keys are and
// reveals nothing of them. It panics for the zero Secret, whose check value must never be stored.
func (s Secret) Check() string {
	return s.keys().check
}

// Pseudonym returns a name for a text, always the same, that says nothing of the text to whoever lacks the secret, and can be stored where
// others read. It panics for the zero Secret.
func (s Secret) Pseudonym(text string) string {
	k := s.keys()
	mac := hmac.New(sha256.New, k.pseudonym[:])
	mac.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

// String keeps a Secret out of logs.
func (s Secret) String() string { return "[secret]" }

// current returns the keys that everything new is made with.
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
		panic("token: " + err.Error()) // only for a secret shorter than ParseSecret lets through
	}
	k := &derived{check: hex.EncodeToString(expand(prk, "gatehouse secret check", 16))}
	copy(k.id[:], expand(prk, "gatehouse secret id", len(k.id)))
	copy(k.seal[:], expand(prk, "gatehouse signing key seal", len(k.seal)))
	copy(k.refreshTag[:], expand(prk, "gatehouse refresh token tag", len(k.refreshTag)))
	copy(k.refreshProof[:], expand(prk, "gatehouse refresh token proof", len(k.refreshProof)))
	copy(k.pseudonym[:], expand(prk, "gatehouse pseudonym", len(k.pseudonym)))
	return Secret{keys: func() *derived { return k }}
}

func expand(prk []byte, info string, size int) []byte {
	key, err := hkdf.Expand(sha256.New, prk, info, size)
	if err != nil {
		panic("token: " + err.Error()) // only for a size of more than 255 hashes
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
