package password

import "strings"

// maxEncoded is more than the longest stored hash that is read, in bytes.
const maxEncoded = 256

// cost is a method with its parameters: all that decides how much work a hash is. Two costs are the same work if they are equal.
type cost interface {
	// hash returns the encoded hash of a hashable password, under a fresh salt.
	hash(password string) (string, error)
	// nobody returns an encoded hash of this cost that is of no known password. It costs no hash itself.
	nobody() string
	// hashable reports whether password may be given to hash.
	hashable(password string) bool
	// verifiable reports whether a stored hash can be of password at all.
	verifiable(password string) bool
}

// digest is a stored hash that has been read.
type digest interface {
	cost() cost
	// matches reports whether the digest is of a verifiable password. It is where the time goes.
	matches(password string) bool
}

// parse reads a stored hash of either method, or returns ErrMalformed. It costs no hash and never repeats its argument.
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
