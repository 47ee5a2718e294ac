package password

import (
	"context"
	"fmt"
	"slices"
)

// standIn is verified in place of a password that can't match, so that the
// refusal takes as long as any other.
const standIn = "a password of no account"

// Hasher hashes passwords with one method and verifies hashes of all methods.
// It is safe for concurrent use.
type Hasher struct {
	cost  cost
	dummy string // a hash of no known password, for VerifyDummy
	queue *queue

	memory *memory
	onHash func(ctx context.Context) (done func()) // may be nil

	// The costly steps. Tests replace them, to count or to block them.
	hash    func(c cost, password string) (string, error)
	matches func(d digest, password string) bool
}

// An Option changes a [Hasher].
type Option func(*Hasher)

// OnHash makes the hasher call begin before each hash and each verification,
// before it waits for its turn. begin returns a function that is called when
// the hash is done.
func OnHash(begin func(ctx context.Context) (done func())) Option {
	return func(h *Hasher) { h.onHash = begin }
}

// NewHasher returns a Hasher that runs at most parallel hashes at once and lets
// at most queue callers wait for their turn. Each argon2id hash in progress
// holds 19 MiB.
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
	h := &Hasher{cost: c, dummy: c.dummy(), queue: q, memory: newMemory(), hash: cost.hash, matches: digest.matches}
	for _, option := range options {
		option(h)
	}
	return h, nil
}

// Hash returns the hash of the password in NFC, to store: a PHC string for
// argon2id, or bcrypt's own form.
//
// It returns [ErrUnhashable], [ErrBusy], or the error of a ctx that ends while
// it waits. A hash that has begun is finished.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	password = normal(password)
	if !h.cost.hashable(password) {
		return "", ErrUnhashable
	}
	var encoded string
	err := h.do(ctx, func() (err error) {
		h.memory.during(h.cost.bytes(), func() { encoded, err = h.hash(h.cost, password) })
		return err
	})
	return encoded, err
}

// Verify reports whether encoded, a stored hash of any method, belongs to the
// password: in NFC, or as it was received if that differs. If so, stale reports
// whether [Hasher.Hash] should replace it, because it was made with another
// method or cost than the configured ones, or not of the NFC. It is never stale
// if the configured method can't hash the password.
//
// Each form costs one hash, whether an earlier one matched or not. A password
// that can't match because of its length, or because of a NUL that bcrypt would
// not see, is refused after the same work as any other. It returns
// [ErrMalformed], [ErrBusy], or the error of a ctx that ends while it waits.
func (h *Hasher) Verify(ctx context.Context, password, encoded string) (match, stale bool, err error) {
	d, err := parse(encoded)
	if err != nil {
		return false, false, err
	}
	forms := forms(password)
	matches := make([]bool, len(forms))
	err = h.do(ctx, func() error {
		for i, form := range forms {
			possible := d.cost().verifiable(form)
			if !possible {
				form = standIn
			}
			h.memory.during(d.cost().bytes(), func() { matches[i] = h.matches(d, form) && possible })
		}
		return nil
	})
	match = slices.Contains(matches, true)
	current := matches[0] && d.cost() == h.cost
	return match, match && !current && h.cost.hashable(forms[0]), err
}

// VerifyDummy does the work of [Hasher.Verify] for an account that doesn't
// exist, with a hash of the configured method and cost, so that both answers
// take the same time (ASVS 5.0, 6.3.8). It returns the errors of Verify.
func (h *Hasher) VerifyDummy(ctx context.Context, password string) error {
	_, _, err := h.Verify(ctx, password, h.dummy)
	return err
}

// do runs work in its turn.
func (h *Hasher) do(ctx context.Context, work func() error) error {
	if h.onHash != nil {
		defer h.onHash(ctx)()
	}
	return h.queue.do(ctx, work)
}

// Load returns how many callers hash now and how many wait for their turn.
func (h *Hasher) Load() (working, waiting int) { return h.queue.load() }
