package auth

import (
	"context"
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
	keys    *Keys
	reading sync.Mutex
	held    atomic.Pointer[keySet]

	looking sync.Mutex // held while a key that nobody knows is looked for
	looked  time.Time
}

// A keySet is the keys as they were read once.
type keySet struct {
	sealed []SealedKey // in the order in which they sign
	byID   map[string]*token.Key
	jwks   []byte
	epoch  uint64
}

// Reload reads the keys again. One that can't be opened, for it is sealed under a secret that this replica was not told, is left out and told
// to Keys.Fault.
func (r *Keyring) Reload(ctx context.Context) error {
	r.reading.Lock() // so that of two readings the later one counts
	defer r.reading.Unlock()
	sealed, err := r.keys.Store.SealedKeys(ctx)
	if err != nil {
		return err
	}
	set := &keySet{byID: map[string]*token.Key{}}
	var open []*token.Key
	for _, s := range sealed {
		key, err := r.keys.Secrets.OpenKey(s.ID, s.Algorithm, s.Sealed)
		if err != nil {
			r.keys.Fault(fmt.Errorf("signing key %q: %w", s.ID, err))
			continue
		}
		set.sealed = append(set.sealed, s)
		set.byID[key.ID] = key
		open = append(open, key)
	}
	if set.jwks, err = token.JWKS(open); err != nil {
		return err
	}
	if before := r.held.Load(); before != nil {
		set.epoch = before.epoch + 1
	}
	r.held.Store(set)
	return nil
}

// Signing returns the key that signs now: the newest of the configured algorithm that is no longer only announced. Where there is none, any
// other does. Nil if there is no key at all.
func (r *Keyring) Signing() *token.Key {
	set := r.held.Load()
	if s := signing(set.sealed, r.keys.Algorithm, r.keys.Now()); s != nil {
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

// Upkeep is Keys.Upkeep.
func (r *Keyring) Upkeep(ctx context.Context) error { return r.keys.Upkeep(ctx) }

// Key returns the key with the id, or token.ErrInvalid. One that is not known may be so new that this replica has not heard of it: it is
// looked for, now and then.
func (r *Keyring) Key(id string) (*token.Key, error) {
	if key, ok := r.held.Load().byID[id]; ok {
		return key, nil
	}
	if key, ok := r.look(id); ok {
		return key, nil
	}
	return nil, fmt.Errorf("%w: no key has this id", token.ErrInvalid)
}

// look looks for a key in the database, at most once in missEvery: whoever sends a token chooses the id.
func (r *Keyring) look(id string) (*token.Key, bool) {
	r.looking.Lock()
	defer r.looking.Unlock()
	if key, ok := r.held.Load().byID[id]; ok {
		return key, true
	}
	if r.keys.Now().Sub(r.looked) < missEvery {
		return nil, false
	}
	defer func() { r.looked = r.keys.Now() }() // afterwards, lest all who wait here look one after the other where a look takes long
	ctx, cancel := context.WithTimeout(context.Background(), missLimit)
	defer cancel()
	_ = r.Reload(ctx) // what it could not read is not there
	key, ok := r.held.Load().byID[id]
	return key, ok
}

// Epoch is another number whenever the keys may be others.
func (r *Keyring) Epoch() uint64 { return r.held.Load().epoch }

// JWKS returns the public keys as a JSON Web Key Set (RFC 7517): those that sign, have signed, or are about to.
func (r *Keyring) JWKS() []byte { return r.held.Load().jwks }
