package password

import (
	"context"
	"fmt"
)

// standIn is hashed in place of a password that can match nothing, so that its refusal takes the time of any other.
const standIn = "a password that is nobody's"

// Hasher hashes passwords with one method and verifies the hashes of any. It is safe for concurrent use.
type Hasher struct {
	cost   cost
	nobody string // the hash of a random password: what VerifyNobody verifies
	queue  *queue

	onHash func(ctx context.Context) (done func()) // may be nil

	// The costly steps. Tests stand between, to count or to hold them.
	hash    func(c cost, password string) (string, error)
	matches func(d digest, password string) bool
}

// An Option is how a [Hasher] differs from others of its method.
type Option func(*Hasher)

// OnHash calls f before each hash, while it may still wait for its turn; f
// returns a function that is called when the hash is done.
func OnHash(f func(ctx context.Context) (done func())) Option {
	return func(h *Hasher) { h.onHash = f }
}

// NewHasher returns a Hasher that runs at most parallel hashes at once and lets at most queue callers wait for their turn.
// Each argon2id hash in progress holds 19 MiB.
func NewHasher(method Method, parallel, queue int, options ...Option) (*Hasher, error) {
	switch method {
	case Argon2id:
		return newHasher(standardArgon2id, parallel, queue, options...)
	case Bcrypt:
		return newHasher(standardBcrypt, parallel, queue, options...)
	}
	return nil, fmt.Errorf("password hasher: unknown method %q", method)
}

func newHasher(c cost, parallel, queue int, options ...Option) (*Hasher, error) {
	q, err := newQueue(parallel, queue)
	if err != nil {
		return nil, fmt.Errorf("password hasher: %w", err)
	}
	h := &Hasher{cost: c, nobody: c.nobody(), queue: q, hash: cost.hash, matches: digest.matches}
	for _, option := range options {
		option(h)
	}
	return h, nil
}

// Hash returns the hash to be stored for password: a PHC string for argon2id, bcrypt's own form for bcrypt.
// It is ErrUnhashable, ErrBusy, or the error of a ctx that ended while waiting; a hash once begun is finished.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if !h.cost.hashable(password) {
		return "", ErrUnhashable
	}
	var encoded string
	err := h.do(ctx, func() (err error) {
		encoded, err = h.hash(h.cost, password)
		return err
	})
	return encoded, err
}

// Verify reports whether encoded, a stored hash of either method, is of password; and, if so, whether it is stale:
// made with another method or cost than the configured, so that Hash should replace it. A password that the
// configured method could not hash never makes a hash stale.
//
// A password that encoded cannot be of, because of its length or a NUL that bcrypt would not see, is no match after the
// same work as any other. The errors are ErrMalformed, ErrBusy, and that of a ctx that ended while waiting.
func (h *Hasher) Verify(ctx context.Context, password, encoded string) (match, stale bool, err error) {
	d, err := parse(encoded)
	if err != nil {
		return false, false, err
	}
	candidate, possible := password, d.cost().verifiable(password)
	if !possible {
		candidate = standIn
	}
	err = h.do(ctx, func() error {
		match = h.matches(d, candidate) && possible
		return nil
	})
	return match, match && d.cost() != h.cost && h.cost.hashable(password), err
}

// VerifyNobody does for an account that does not exist what Verify does for one whose hash is of the configured method and
// cost, so that their answers take the same time (ASVS 5.0, 6.3.8). Its errors are those of Verify.
func (h *Hasher) VerifyNobody(ctx context.Context, password string) error {
	_, _, err := h.Verify(ctx, password, h.nobody)
	return err
}

// do runs work when its turn comes.
func (h *Hasher) do(ctx context.Context, work func() error) error {
	if h.onHash != nil {
		defer h.onHash(ctx)()
	}
	return h.queue.do(ctx, work)
}

// Load returns how many passwords are being hashed now, and how many wait for their turn.
func (h *Hasher) Load() (working, waiting int) { return h.queue.load() }
