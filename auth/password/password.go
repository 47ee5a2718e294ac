// Package password hashes, verifies, upgrades and judges passwords.
//
// A password is compared exactly as it was received: nothing trims, folds, normalises or truncates it (ASVS 5.0, 6.2.8).
// A Hasher does the costly work, never more of it at once than the cores bear; Rules judges a password somebody wants to set.
package password

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// Method is a way of hashing passwords, by its name in the setting PASSWORD_HASHER.
type Method string

const (
	// Argon2id is RFC 9106's, in the PHC string format, with OWASP's m=19456 KiB, t=2, p=1.
	Argon2id Method = "argon2id"
	// Bcrypt is there for databases that are shared with older software. It takes 72 bytes of a password and no NUL.
	Bcrypt Method = "bcrypt"
)

var (
	// ErrBusy means that as many callers as may already wait for a hash. The caller may come back later.
	ErrBusy = errors.New("too many passwords are being hashed")
	// ErrMalformed means that a stored hash is none that this package reads, or would cost more than it is willing to pay.
	ErrMalformed = errors.New("stored password hash is malformed")
	// ErrUnhashable means that the configured method has no hash for a password such as this (too long, or with a NUL).
	// Rules.Check refuses each of them with a sentence for a person.
	ErrUnhashable = errors.New("password cannot be hashed")
)

const (
	// MinLength is the least that Rules.MinLength may ask for, in code points (ASVS 5.0, 6.2.1).
	MinLength = 8
	// MaxLength is the longest password, in code points. NIST SP 800-63B-4 and ASVS 6.2.9 ask for at least 64.
	MaxLength = 128

	// maxBytes is the longest password in bytes: MaxLength code points of four bytes. It is what a hash may be made to read.
	maxBytes = MaxLength * utf8.UTFMax
)

// withinDoor reports whether password is short enough to be looked at. More than maxBytes are more than MaxLength code points
// whatever they are, and cost nothing to count.
func withinDoor(password string) bool {
	return len(password) <= maxBytes && utf8.RuneCountInString(password) <= MaxLength
}

// hasNUL reports whether password holds the byte that ends bcrypt's key: to bcrypt "ab" and "ab\x00ab" are one password.
func hasNUL(password string) bool {
	return strings.IndexByte(password, 0) >= 0
}
