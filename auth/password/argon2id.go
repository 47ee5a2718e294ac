package password

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// argon2idCost has the parameters of argon2id (RFC 9106, 3.1).
type argon2idCost struct {
	memory  uint32 // KiB
	time    uint32 // passes over the memory
	threads uint8
	salt    int // bytes
	tag     int // bytes
}

// standardArgon2id is the minimum that OWASP's Password Storage Cheat Sheet and
// ASVS 5.0 (appendix C) recommend.
var standardArgon2id = argon2idCost{memory: 19456, time: 2, threads: 1, salt: 16, tag: 32}

// The limits of a stored hash. An imported hash determines what each login of
// its user costs us, so we refuse RFC 9106's own first choice of 2 GiB. The
// costliest hash in wide use, Django's m=102400, t=2, p=8, is within the
// limits.
const (
	maxMemory  = 128 << 10 // KiB
	maxWork    = 512 << 10 // KiB times passes: about 0.2 s of one core
	maxThreads = 16
)

// acceptable reports whether we verify a stored hash of this cost: it is valid
// by RFC 9106, 3.1, and within the limits.
func (c argon2idCost) acceptable() bool {
	return c.threads >= 1 && c.threads <= maxThreads &&
		c.memory >= 8*uint32(c.threads) && c.memory <= maxMemory &&
		c.time >= 1 && uint64(c.time)*uint64(c.memory) <= maxWork &&
		c.salt >= 8 && c.salt <= 64 &&
		c.tag >= 16 && c.tag <= 64
}

func (c argon2idCost) hash(password string) (string, error) {
	d := argon2idDigest{params: c, salt: random(c.salt)}
	d.tag = d.derive(password)
	return d.String(), nil
}

func (c argon2idCost) dummy() string {
	return argon2idDigest{params: c, salt: random(c.salt), tag: random(c.tag)}.String()
}

// hashable refuses a NUL for the sake of other software that reads the hash.
func (c argon2idCost) hashable(password string) bool {
	return withinLimits(password) && !hasNUL(password)
}

func (c argon2idCost) verifiable(password string) bool {
	return withinLimits(password)
}

func (c argon2idCost) bytes() int { return int(c.memory) << 10 }

// argon2idDigest is a parsed argon2id hash.
type argon2idDigest struct {
	params    argon2idCost
	salt, tag []byte
}

func (d argon2idDigest) cost() cost { return d.params }

func (d argon2idDigest) matches(password string) bool {
	return subtle.ConstantTimeCompare(d.derive(password), d.tag) == 1
}

func (d argon2idDigest) derive(password string) []byte {
	c := d.params
	return argon2.IDKey([]byte(password), d.salt, c.time, c.memory, c.threads, uint32(c.tag))
}

// String returns the PHC string: $argon2id$v=19$m=19456,t=2,p=1$salt$tag, in
// base64 without padding.
func (d argon2idDigest) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, d.params.memory, d.params.time, d.params.threads,
		b64.EncodeToString(d.salt), b64.EncodeToString(d.tag))
}

// parseArgon2id reads a PHC string. It accepts only what String would write, so
// that each hash has one form: no other version, order or number format, no
// optional part, no stray bits in the base64.
func parseArgon2id(encoded string) (digest, error) {
	fields := strings.Split(encoded, "$")
	if len(fields) != 6 {
		return nil, fmt.Errorf("argon2id fields: %w", ErrMalformed)
	}
	d, err := readArgon2id(strings.Split(fields[3], ","), fields[4], fields[5])
	if err != nil || d.String() != encoded {
		return nil, fmt.Errorf("argon2id form: %w", ErrMalformed)
	}
	if !d.params.acceptable() {
		return nil, fmt.Errorf("argon2id cost: %w", ErrMalformed)
	}
	return d, nil
}

// readArgon2id reads the parts of a PHC string leniently. The caller compares
// the result's String with the text.
func readArgon2id(params []string, salt, tag string) (d argon2idDigest, err error) {
	if len(params) != 3 {
		return d, ErrMalformed
	}
	var n [3]uint64
	for i, key := range []string{"m=", "t=", "p="} {
		bits := [...]int{32, 32, 8}[i]
		if n[i], err = strconv.ParseUint(strings.TrimPrefix(params[i], key), 10, bits); err != nil {
			return d, ErrMalformed
		}
	}
	if d.salt, err = base64.RawStdEncoding.DecodeString(salt); err != nil {
		return d, ErrMalformed
	}
	if d.tag, err = base64.RawStdEncoding.DecodeString(tag); err != nil {
		return d, ErrMalformed
	}
	d.params = argon2idCost{uint32(n[0]), uint32(n[1]), uint8(n[2]), len(d.salt), len(d.tag)}
	return d, nil
}

// random returns n bytes of crypto/rand, which never fails.
func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}
