package keys

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"gatehouse/auth/token"
)

// An unknown key is looked up in the database, but not for every id that a
// client makes up.
func TestUnknownKeys(t *testing.T) {
	store, secrets := newFakeStore(), newSecrets()
	ring, other := store.open(t, secrets, token.EdDSA), store.open(t, secrets, token.ES256)
	if err := verify(ring, sign(t, other)); err != nil {
		t.Errorf("a token signed with another replica's new key: %v", err)
	}
	reads := store.reads
	for range 100 {
		if _, err := ring.Key(t.Context(), "unknown"); !errors.Is(err, token.ErrInvalid) {
			t.Fatalf("unknown id: %v; want ErrInvalid", err)
		}
	}
	if store.reads != reads {
		t.Errorf("%d reads in the same second; want none", store.reads-reads)
	}
	store.clock.advance(lookupEvery)
	epoch := ring.Epoch()
	for range 100 {
		_, _ = ring.Key(t.Context(), "unknown")
	}
	if store.reads != reads+1 {
		t.Errorf("%d reads in the next second; want one", store.reads-reads)
	}
	if ring.Epoch() != epoch {
		t.Error("an unknown id changed the epoch; want it unchanged, because the keys are the same")
	}
	rotate(t, store.with(secrets, token.EdDSA), true)
	if reload(t, ring); ring.Epoch() == epoch {
		t.Error("a new key left the epoch unchanged")
	}
}

// While the database is silent, an unknown key may exist all the same. The
// outcome of one look-up serves the requests of the next second.
func TestUnknownKeysWhileTheDatabaseIsAway(t *testing.T) {
	store, secrets := newFakeStore(), newSecrets()
	ring, other := store.open(t, secrets, token.EdDSA), store.open(t, secrets, token.ES256)
	unknown := sign(t, other)
	store.silent = 10 * lookupEvery
	reads := store.reads
	for range 100 {
		if err := verify(ring, unknown); !errors.Is(err, token.ErrKeysUnavailable) || errors.Is(err, token.ErrInvalid) {
			t.Fatalf("a token whose key can't be looked up: %v; want ErrKeysUnavailable", err)
		}
	}
	if store.reads != reads+1 {
		t.Errorf("%d reads; want one", store.reads-reads)
	}
	if err := verify(ring, sign(t, ring)); err != nil {
		t.Errorf("a token whose key is known: %v", err)
	}
	store.silent = 0
	store.clock.advance(lookupEvery)
	if err := verify(ring, sign(t, other)); err != nil {
		t.Errorf("after the database came back: %v", err)
	}
}

// blockingStore is a Store whose reads wait until they are released.
type blockingStore struct {
	*fakeStore
	began   chan struct{} // receives for each read
	release chan struct{} // reads end when it is closed
}

func (s *blockingStore) SealedKeys(ctx context.Context) ([]SealedKey, error) {
	s.began <- struct{}{}
	<-s.release
	return s.fakeStore.SealedKeys(ctx)
}

// A look-up takes no longer than its request. Concurrent requests share one
// read, which goes on for those that still wait.
func TestUnknownKeyWaitsAsLongAsItsRequest(t *testing.T) {
	store, secrets := newFakeStore(), newSecrets()
	ring, other := store.open(t, secrets, token.EdDSA), store.open(t, secrets, token.ES256)
	id := other.Signing().ID
	slow := &blockingStore{store, make(chan struct{}, 64), make(chan struct{})}
	ring.keys.Store = slow

	short, cancel := context.WithCancel(t.Context())
	cut := make(chan error)
	go func() {
		_, err := ring.Key(short, id)
		cut <- err
	}()
	<-slow.began
	var found sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		found.Go(func() { _, errs[i] = ring.Key(t.Context(), id) })
	}
	cancel()
	if err := <-cut; !errors.Is(err, token.ErrKeysUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v; want ErrKeysUnavailable that wraps context.Canceled", err)
	}
	close(slow.release)
	found.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Errorf("after the first request went away: %v", err)
	}
	if more := len(slow.began); more != 0 {
		t.Errorf("%d more reads; want all requests to share one", more)
	}
}

// A database that answers nothing delays a look-up by its timeout, not longer.
func TestUnknownKeyWhileTheDatabaseHangs(t *testing.T) {
	store, secrets := newFakeStore(), newSecrets()
	ring := store.open(t, secrets, token.EdDSA)
	slow := &blockingStore{store, make(chan struct{}, 1), make(chan struct{})}
	ring.keys.Store, ring.timeout = slow, time.Millisecond
	defer close(slow.release)
	if _, err := ring.Key(t.Context(), "unknown"); !errors.Is(err, token.ErrKeysUnavailable) {
		t.Errorf("%v; want ErrKeysUnavailable", err)
	}
}
