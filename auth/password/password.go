// Package password hashes and verifies passwords, upgrades their hashes, and
// decides which passwords may be set.
//
// [Hasher] does the costly work, and never more of it at once than the cores
// can take. [Rules] judges a new password. Both read a password in NFC, as NIST SP
// 800-63B-4 recommends, because systems send the same letter in different forms.
// Nothing else changes it: nothing trims, folds or truncates it (ASVS 5.0,
// 6.2.8).
package password

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// Method is a way to hash passwords. Its values are those of the setting
// PASSWORD_HASHER.
type Method string

const (
	// Argon2id is RFC 9106's, in the PHC string format, with OWASP's m=19456
	// KiB, t=2, p=1.
	Argon2id Method = "argon2id"
	// Bcrypt is for databases that are shared with older software. It takes 72
	// bytes of a password and no NUL.
	Bcrypt Method = "bcrypt"
)

var (
	// ErrBusy means that too many callers already wait for a hash. The caller
	// may retry later.
	ErrBusy = errors.New("too many passwords are being hashed")
	// ErrMalformed means that this package can't read a stored hash, or that
	// verifying it would be too costly.
	ErrMalformed = errors.New("stored password hash is malformed")
	// ErrUnhashable means that the configured method can't hash such a
	// password: it is too long or has a NUL. [Rules.Check] refuses each of them
	// with a sentence for the user.
	ErrUnhashable = errors.New("password cannot be hashed")
)

const (
	// MinLength is the lowest value of Rules.MinLength, in code points (ASVS
	// 5.0, 6.2.1).
	MinLength = 8
	// MaxLength is the length limit of passwords, in code points. NIST SP
	// 800-63B-4 and ASVS 6.2.9 require at least 64.
	MaxLength = 128

	// maxBytes is the size limit of passwords, in bytes: MaxLength code points
	// of four bytes. No hash reads more.
	maxBytes = MaxLength * utf8.UTFMax
)

// withinLimits reports whether the password is within both limits. The check of
// the size is first because it costs nothing.
func withinLimits(password string) bool {
	return len(password) <= maxBytes && utf8.RuneCountInString(password) <= MaxLength
}

// hasNUL reports whether the password has a NUL, which ends bcrypt's key: for
// bcrypt, "ab" and "ab\x00ab" are the same password.
func hasNUL(password string) bool {
	return strings.IndexByte(password, 0) >= 0
}
