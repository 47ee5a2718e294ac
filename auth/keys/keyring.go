package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/auth/token"
)

// How often a key that nobody knows makes the keyring look for it in the database, and how long it looks.
const (
	missEvery = time.Second
	missLimit = 2 * time.Second
)

// A Keyring holds the signing keys of a deployment: one signs, all verify. It is safe for concurrent use.
type Keyring struct {
	*Keys
	reading sync.Mutex
	held    atomic.Pointer[keySet]

	looking sync.Mutex // held while a key that nobody knows is looked for
	looked  time.Time  // when that was done last
	missed  error      // why it told nothing then
}

// A keySet is the keys as they were read once.
type keySet struct {
	sealed []SealedKey // in the order in which they sign
	byID   map[string]*token.Key
	until  map[string]time.Time // of those that have a successor: when they stop verifying
	epoch  uint64
}

// at returns the key with the id, nil if there is none that verifies now.
func (s *keySet) at(now time.Time, id string) *token.Key {
	if until, ends := s.until[id]; ends && !now.Before(until) {
		return nil
	}
	return s.byID[id]
}

// Reload reads the keys again. One that can't be opened any more, for it was sealed anew under a secret that this replica was not told, is the one
// that it knows. One that it never knew is left out, and told to Keys.Fault.
func (r *Keyring) Reload(ctx context.Context) error {
	r.reading.Lock() // so that of two readings the later one counts
	defer r.reading.Unlock()
	sealed, err := r.Store.SealedKeys(ctx)
	if err != nil {
		return err
	}
	held := r.held.Load()
	set := &keySet{byID: map[string]*token.Key{}, until: map[string]time.Time{}}
	before := map[token.Algorithm]SealedKey{}
	for _, s := range sealed {
		key, err := r.Secrets.OpenKey(s.ID, s.Algorithm, s.Sealed)
		if known := held.byID[s.ID]; known != nil && errors.Is(err, token.ErrOtherSecret) {
			key, err = known, nil
		}
		if err != nil {
			r.Fault(fmt.Errorf("signing key %q: %w", s.ID, err))
			continue
		}
		if follows, ok := before[s.Algorithm]; ok {
			set.until[follows.ID] = r.until(follows, s.SignsFrom)
		}
		before[s.Algorithm] = s
		set.sealed = append(set.sealed, s)
		set.byID[key.ID] = key
	}
	set.epoch = held.epoch
	if !slices.EqualFunc(held.sealed, set.sealed, func(a, b SealedKey) bool { return a.ID == b.ID }) {
		set.epoch++
	}
	r.held.Store(set)
	return nil
}

// Signing returns the key that signs now: the newest of the configured algorithm that is no longer only announced. Where there is none, any
// other does. Nil if there is no key at all.
func (r *Keyring) Signing() *token.Key {
	set := r.held.Load()
	if s := signing(set.sealed, r.Algorithm, r.Now()); s != nil {
		return set.byID[s.ID]
	}
	return nil
}

// signing finds the key that signs.
func signing(sealed []SealedKey, alg token.Algorithm, now time.Time) *SealedKey {
	if s := active(sealed, alg, now); s != nil {
		return s
	}
	for i, s := range slices.Backward(sealed) {
		if !s.SignsFrom.After(now) {
			return &sealed[i]
		}
	}
	if len(sealed) > 0 {
		return &sealed[0]
	}
	return nil
}

// active finds the newest key of the algorithm that is no longer only announced.
func active(sealed []SealedKey, alg token.Algorithm, now time.Time) *SealedKey {
	for i, s := range slices.Backward(sealed) {
		if s.Algorithm == alg && !s.SignsFrom.After(now) {
			return &sealed[i]
		}
	}
	return nil
}

// Key returns the key with the id. One that is not known may be so new that this replica has not heard of it: it is looked for, now and then.
// token.ErrInvalid if there is none; token.ErrKeysUnavailable if that can't be found out.
func (r *Keyring) Key(ctx context.Context, id string) (*token.Key, error) {
	if key := r.held.Load().at(r.Now(), id); key != nil {
		return key, nil
	}
	return r.look(ctx, id)
}

// look looks for a key in the database, at most once in missEvery: whoever sends a token chooses the id. Those who waited for that to end do
// not begin anew, for it may take long where the database is silent.
func (r *Keyring) look(ctx context.Context, id string) (*token.Key, error) {
	r.looking.Lock()
	defer r.looking.Unlock()
	if r.Now().Sub(r.looked) >= missEvery {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), missLimit)
		defer cancel()
		r.missed = r.Reload(ctx)
		r.looked = r.Now()
	}
	if key := r.held.Load().at(r.Now(), id); key != nil {
		return key, nil
	}
	if r.missed != nil {
		return nil, fmt.Errorf("%w: %w", token.ErrKeysUnavailable, r.missed)
	}
	return nil, fmt.Errorf("%w: no key has this id", token.ErrInvalid)
}

// Epoch is another number whenever the keys are others.
func (r *Keyring) Epoch() uint64 { return r.held.Load().epoch }

// JWKS returns the public keys as a JSON Web Key Set (RFC 7517): those that verify now, and those that are about to.
func (r *Keyring) JWKS() ([]byte, error) {
	set, now := r.held.Load(), r.Now()
	var keys []*token.Key
	for _, s := range set.sealed {
		if key := set.at(now, s.ID); key != nil {
			keys = append(keys, key)
		}
	}
	return token.JWKS(keys)
}
