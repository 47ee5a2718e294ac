package password

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

// bcryptCost is bcrypt's cost, the binary logarithm of the number of rounds.
type bcryptCost int

const (
	standardBcrypt bcryptCost = 12

	// maxBcrypt is the cost limit of a stored hash: about 0.8 s of one core.
	maxBcrypt bcryptCost = 14

	// bcryptKey is how many bytes of a password bcrypt uses. When x/crypto
	// compares, it silently ignores the rest.
	bcryptKey = 72

	bcryptAlphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	bcryptSalt     = 22 // characters
	bcryptTag      = 31 // characters
)

// bcryptBase64 has bcrypt's own order of characters. It is strict, because a
// tag with stray bits would match nothing.
var bcryptBase64 = base64.NewEncoding(bcryptAlphabet).WithPadding(base64.NoPadding).Strict()

func (c bcryptCost) hash(password string) (string, error) {
	encoded, err := bcrypt.GenerateFromPassword([]byte(password), int(c))
	if err != nil {
		return "", fmt.Errorf("bcrypt: %w", err)
	}
	return string(encoded), nil
}

func (c bcryptCost) dummy() string {
	return fmt.Sprintf("$2a$%02d$%s%s", int(c), bcryptBase64.EncodeToString(random(16)), bcryptBase64.EncodeToString(random(23)))
}

func (c bcryptCost) hashable(password string) bool {
	return withinLimits(password) && len(password) <= bcryptKey && !hasNUL(password)
}

func (c bcryptCost) verifiable(password string) bool { return c.hashable(password) }

func (bcryptCost) bytes() int { return 4 << 10 } // Blowfish's tables

// bcryptDigest is a parsed bcrypt hash.
type bcryptDigest struct {
	params  bcryptCost
	encoded string
}

func (d bcryptDigest) cost() cost { return d.params }

func (d bcryptDigest) matches(password string) bool {
	return bcrypt.CompareHashAndPassword([]byte(d.encoded), []byte(password)) == nil
}

// parseBcrypt reads $2a$, $2b$ (OpenBSD) and $2y$ (PHP), which are one
// algorithm for passwords under 256 bytes. $2x$ and $2$ are other algorithms,
// and malformed. Stray bits in a salt are allowed, because some older software
// wrote them.
func parseBcrypt(encoded string) (digest, error) {
	const prefix = len("$2a$12$")
	if len(encoded) != prefix+bcryptSalt+bcryptTag || !strings.Contains("aby", encoded[2:3]) || encoded[3] != '$' || encoded[6] != '$' {
		return nil, fmt.Errorf("bcrypt form: %w", ErrMalformed)
	}
	n, err := strconv.ParseUint(encoded[4:6], 10, 8)
	if err != nil || int(n) < bcrypt.MinCost || bcryptCost(n) > maxBcrypt {
		return nil, fmt.Errorf("bcrypt cost: %w", ErrMalformed)
	}
	salt, tag := encoded[prefix:prefix+bcryptSalt], encoded[prefix+bcryptSalt:]
	if _, err := bcryptBase64.DecodeString(tag); err != nil || strings.Trim(salt+tag, bcryptAlphabet) != "" {
		return nil, fmt.Errorf("bcrypt base64: %w", ErrMalformed)
	}
	return bcryptDigest{params: bcryptCost(n), encoded: encoded}, nil
}
