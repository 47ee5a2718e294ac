// Package recovery makes recovery codes, which stand in once each for a lost second factor, and
// reads them as people type them.
package recovery

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// Codes is how many codes a set has, and Low how few are left when the owner is told.
const (
	Codes = 10
	Low   = 2
)

// A code has 25 characters of Crockford's base32, 125 random bits, in groups of 5. So many
// need no slow hash (ASVS 5.0, 6.5.2).
const (
	alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	length   = 25
	group    = 5
)

// New returns a set of codes, which are shown once, and their digests, which are stored.
func New() (codes []string, digests [][]byte) {
	encoding := base32.NewEncoding(alphabet).WithPadding(base32.NoPadding)
	for range Codes {
		raw := make([]byte, 16) // 26 characters, of which the last has but three bits
		_, _ = rand.Read(raw)   // never fails (crypto/rand)
		code := encoding.EncodeToString(raw)[:length]
		codes, digests = append(codes, grouped(code)), append(digests, sum(code))
	}
	return codes, digests
}

// Digest returns the digest of a code as a person types it: small letters are as good as large
// ones, spaces and dashes don't count, and O, I and L are the digits that they look like. It
// reports whether the text has the form of a code.
func Digest(text string) (digest []byte, ok bool) {
	if len(text) > 4*length { // no one types so many spaces
		return nil, false
	}
	var code strings.Builder
	for _, r := range strings.ToUpper(text) {
		switch r {
		case ' ', '-', '\t', '\n', '\r':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if !strings.ContainsRune(alphabet, r) {
			return nil, false
		}
		code.WriteRune(r)
	}
	if code.Len() != length {
		return nil, false
	}
	return sum(code.String()), true
}

func sum(code string) []byte {
	digest := sha256.Sum256([]byte(code))
	return digest[:]
}

func grouped(code string) string {
	var groups []string
	for ; code != ""; code = code[group:] {
		groups = append(groups, code[:group])
	}
	return strings.Join(groups, "-")
}
