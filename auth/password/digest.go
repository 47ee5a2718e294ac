package password

import "strings"

// maxEncoded is the size limit of a stored hash, in bytes. All valid ones are
// shorter.
const maxEncoded = 256

// cost is a method with its parameters, which determine the work for a hash.
// Equal costs mean equal work.
type cost interface {
	// hash returns the encoded hash of a hashable password, with a new salt.
	hash(password string) (string, error)
	// dummy returns an encoded hash of this cost and of no known password. It
	// hashes nothing.
	dummy() string
	// hashable reports whether hash can take the password.
	hashable(password string) bool
	// verifiable reports whether a stored hash can belong to the password at
	// all.
	verifiable(password string) bool
	// bytes returns how much memory a hash takes.
	bytes() int
}

// digest is a parsed hash.
type digest interface {
	cost() cost
	// matches reports whether the digest belongs to a verifiable password. This
	// is the costly step.
	matches(password string) bool
}

// parse reads a stored hash of any method, or returns [ErrMalformed]. It hashes
// nothing, and its error doesn't quote the hash.
func parse(encoded string) (digest, error) {
	switch {
	case len(encoded) > maxEncoded:
		return nil, ErrMalformed
	case strings.HasPrefix(encoded, "$argon2id$"):
		return parseArgon2id(encoded)
	case strings.HasPrefix(encoded, "$2"):
		return parseBcrypt(encoded)
	}
	return nil, ErrMalformed
}
