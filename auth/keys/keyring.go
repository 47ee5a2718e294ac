package keys

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/sync/singleflight"

	"gatehouse/auth/token"
)

// How often an unknown key id causes a look-up in the database, and how long
// that may take.
const (
	lookupEvery   = time.Second
	lookupTimeout = 2 * time.Second
)

// A Keyring holds the signing keys of a deployment in memory: one signs, all
// verify. It is safe for concurrent use.
type Keyring struct {
	keys    *Keys
	current atomic.Pointer[keySet]

	reloading *semaphore.Weighted // so that of two reloads the later one counts
	lookups   singleflight.Group
	lookup    atomic.Pointer[lookup] // the last one; nil for none
	timeout   time.Duration          // of a look-up
}

// A keySet is the result of one reading of the keys.
type keySet struct {
	sealed []SealedKey // in the order in which they sign
	byID   map[string]*token.Key
	until  map[string]time.Time // when a key that has a successor stops verifying
	gone   map[string]time.Time // when keys that were deleted had been made
	epoch  uint64
}

// A lookup is a reading of the keys that an unknown id caused.
type lookup struct {
	at  time.Duration // by the clock's Elapsed
	err error
}

func newKeyring(k *Keys) *Keyring {
	r := &Keyring{keys: k, reloading: semaphore.NewWeighted(1), timeout: lookupTimeout}
	r.current.Store(&keySet{})
	return r
}

// find returns the key with the id if it verifies now, or nil.
func (s *keySet) find(now time.Time, id string) *token.Key {
	if until, ends := s.until[id]; ends && !now.Before(until) {
		return nil
	}
	return s.byID[id]
}

// errCameBack means that a deleted key is stored again.
var errCameBack = errors.New("it was deleted, and came back with an earlier state of the database; " +
	"end all sessions with gatehouse session revoke-all, or start the service again to trust the key")

// without returns when the keys had been made that are known and not among those
// given, and those that were missing before. A deployment always has a key: without
// any, the table is just being restored.
func (s *keySet) without(sealed []SealedKey) map[string]time.Time {
	if len(sealed) == 0 {
		return s.gone
	}
	gone := maps.Clone(s.gone)
	for _, known := range s.sealed {
		if slices.ContainsFunc(sealed, func(other SealedKey) bool { return other.ID == known.ID }) {
			continue
		}
		if gone == nil {
			gone = map[string]time.Time{}
		}
		gone[known.ID] = known.CreatedAt
	}
	return gone
}

// Reload reads the keys again. A key that can no longer be opened, because it
// was sealed again under a secret that this replica was not given, stays as it
// is known. One that was never known is left out and reported to Keys.Skipped, as
// is a key that was deleted and came back with a restored database.
func (r *Keyring) Reload(ctx context.Context) error {
	if err := r.reloading.Acquire(ctx, 1); err != nil {
		return err
	}
	defer r.reloading.Release(1)
	sealed, err := r.keys.Store.SealedKeys(ctx)
	if err != nil {
		return err
	}
	set, faults := r.unseal(sealed)
	for _, fault := range faults {
		r.keys.Skipped(fault)
	}
	r.current.Store(set)
	return nil
}

// unseal opens the keys, and returns the reason for each that is left out.
func (r *Keyring) unseal(sealed []SealedKey) (set *keySet, faults []error) {
	old := r.current.Load()
	set = &keySet{byID: map[string]*token.Key{}, until: map[string]time.Time{}, gone: old.without(sealed), epoch: old.epoch}
	previous := map[token.Algorithm]SealedKey{}
	for _, s := range sealed {
		if made, gone := set.gone[s.ID]; gone && made.Equal(s.CreatedAt) {
			faults = append(faults, fmt.Errorf("signing key %q: %w", s.ID, errCameBack))
			continue
		}
		key, err := r.keys.Secrets.OpenKey(s.ID, s.Algorithm, s.Sealed)
		if known := old.byID[s.ID]; known != nil && errors.Is(err, token.ErrOtherSecret) {
			key, err = known, nil
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("signing key %q: %w", s.ID, err))
			continue
		}
		if p, ok := previous[s.Algorithm]; ok {
			set.until[p.ID] = r.keys.until(p, s.SignsFrom)
		}
		previous[s.Algorithm] = s
		set.sealed = append(set.sealed, s)
		set.byID[key.ID] = key
	}
	if !slices.EqualFunc(old.sealed, set.sealed, func(a, b SealedKey) bool { return a.ID == b.ID }) {
		set.epoch++
	}
	return set, faults
}

// Signing returns the key that signs now: the newest one of the configured
// algorithm that is no longer only announced, else one of another algorithm.
// It returns nil if there are no keys.
func (r *Keyring) Signing() *token.Key {
	set := r.current.Load()
	if s := signing(set.sealed, r.keys.inUse(set.sealed), r.keys.Clock.Now()); s != nil {
		return set.byID[s.ID]
	}
	return nil
}

// SigningOf returns the key of the algorithm that signs ID tokens now, or nil if there is
// none yet.
func (r *Keyring) SigningOf(alg token.Algorithm) *token.Key {
	set := r.current.Load()
	if s := active(set.sealed, alg, r.keys.Clock.Now()); s != nil {
		return set.byID[s.ID]
	}
	return nil
}

// Key returns the key with the id. An unknown id may belong to a key so new that
// this replica has not heard of it, so the database is asked, at most once in
// lookupEvery: clients choose the id. Key waits for the answer until ctx ends.
// It returns [token.ErrInvalid] if no key has the id, and
// [token.ErrKeysUnavailable] if that can't be determined.
func (r *Keyring) Key(ctx context.Context, id string) (*token.Key, error) {
	if key := r.current.Load().find(r.keys.Clock.Now(), id); key != nil {
		return key, nil
	}
	err := r.lookUp(ctx)
	if key := r.current.Load().find(r.keys.Clock.Now(), id); key != nil {
		return key, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", token.ErrKeysUnavailable, err)
	}
	return nil, fmt.Errorf("%w: no key has this id", token.ErrInvalid)
}

// lookUp reloads the keys for an unknown id. Concurrent callers share one
// reload, each until its own ctx ends. The result, an error too, holds for
// lookupEvery: a silent database is not asked once per request.
func (r *Keyring) lookUp(ctx context.Context) error {
	if last := r.recentLookup(); last != nil {
		return last.err
	}
	done := r.lookups.DoChan("", func() (any, error) {
		if last := r.recentLookup(); last != nil {
			return nil, last.err
		}
		err := r.reloadInTime()
		r.lookup.Store(&lookup{at: r.keys.Clock.Elapsed(), err: err})
		return nil, err
	})
	select {
	case result := <-done:
		return result.Err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// recentLookup returns the last lookup if its result still holds, or nil.
func (r *Keyring) recentLookup() *lookup {
	last := r.lookup.Load()
	if last == nil || r.keys.Clock.Elapsed()-last.at >= lookupEvery {
		return nil
	}
	return last
}

// reloadInTime is Reload with a timeout. It does not wait for a reading that
// goes on after that: the driver may wait longer than its context says.
func (r *Keyring) reloadInTime() error {
	ctx, cancel := context.WithTimeout(context.Background(), r.timeout)
	done := make(chan error, 1)
	go func() {
		defer cancel()
		done <- r.Reload(ctx)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		select {
		case err := <-done: // it finished, which ended ctx
			return err
		default:
			return ctx.Err()
		}
	}
}

// Noted returns when a replica last noted that it signs; zero if none did. It is
// the database's time, at most a few minutes old unless that clock went back.
func (r *Keyring) Noted() (last time.Time) {
	for _, s := range r.current.Load().sealed {
		if s.SignedAt != nil && s.SignedAt.After(last) {
			last = *s.SignedAt
		}
	}
	return last
}

// Epoch returns a number that differs whenever the keys do.
func (r *Keyring) Epoch() uint64 { return r.current.Load().epoch }

// JWKS returns the public keys as a JSON Web Key Set (RFC 7517): those that
// verify now, and those that are announced.
func (r *Keyring) JWKS() ([]byte, error) {
	set, now := r.current.Load(), r.keys.Clock.Now()
	var keys []*token.Key
	for _, s := range set.sealed {
		if key := set.find(now, s.ID); key != nil {
			keys = append(keys, key)
		}
	}
	return token.JWKS(keys)
}
