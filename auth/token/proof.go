package token

import (
	"crypto/hmac"
	"crypto/sha256"
)

// proven is the proof of a token with a good tag. It is behind a function, so that
// printing the token never shows it.
type proven struct {
	parts func() proofParts
}

type proofParts struct {
	key   []byte
	proof []byte // as sent
}

func newProven(key, proof []byte) proven {
	parts := proofParts{key, proof}
	return proven{func() proofParts { return parts }}
}

// ProofKey returns the 32 bytes from which, together with the seed in the token's row,
// [Proof] computes the proof of this token.
func (p proven) ProofKey() []byte { return p.parts().key }

// Proof returns the 16 bytes of proof that the client sent.
func (p proven) Proof() []byte { return p.parts().proof }

// Proof returns the proof that a genuine token carries: the first 16 bytes of
// SHA-256(proofKey || seed). PostgreSQL computes it as
//
//	substr(sha256($1 || seed), 1, 16)
//
// so that one conditional UPDATE checks the proof, uses up the token, and
// returns the seed, from which the successor is made, for genuine tokens only.
//
// The proof key comes from the secret and the header, the seed from the
// token's row. An attacker who has only the secret lacks the seed; one who has
// only the database lacks the proof keys. Neither can make a token or turn an
// old one into the next. The tag plays no part in this: it keeps tokens made
// without the secret away from the database, where an attacker could otherwise
// try one proof after another.
//
// A plain hash is enough: both parts have a fixed size and the result is cut,
// so there is no length extension.
func Proof(proofKey, seed []byte) []byte {
	h := sha256.New()
	h.Write(proofKey)
	h.Write(seed)
	return h.Sum(nil)[:proofSize]
}

// proofSize is the size, in bytes, of tags and proofs: 128 bits to guess (RFC 6749, 10.10).
const proofSize = 16

// proofKeys are the keys of one kind of token.
type proofKeys struct {
	tag   [32]byte
	proof [32]byte
}

func newProofKeys(prk []byte, name string) (k proofKeys) {
	copy(k.tag[:], expand(prk, name+" tag", len(k.tag)))
	copy(k.proof[:], expand(prk, name+" proof", len(k.proof)))
	return k
}

func mac(key [32]byte, message []byte) []byte {
	h := hmac.New(sha256.New, key[:])
	h.Write(message)
	return h.Sum(nil)
}
