package password

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// TestQueueBounds: ten callers come at once to a hasher that runs two and lets
// three wait. A barrier holds the two until all are counted.
func TestQueueBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const callers, parallel, waiting = 10, 2, 3
		h, err := newHasher(cheapArgon2id, parallel, waiting)
		if err != nil {
			t.Fatal(err)
		}
		barrier := make(chan struct{})
		var mu sync.Mutex
		var running, most int
		h.hash = func(c cost, password string) (string, error) {
			mu.Lock()
			running++
			most = max(most, running)
			mu.Unlock()
			<-barrier
			defer func() { mu.Lock(); running--; mu.Unlock() }()
			return c.hash(password)
		}
		answers := make(chan error, callers)
		for range callers {
			go func() {
				_, err := h.Hash(t.Context(), "correct horse")
				answers <- err
			}()
		}
		synctest.Wait()

		if running != parallel {
			t.Errorf("%d run at once, want %d", running, parallel)
		}
		if len(answers) != callers-parallel-waiting {
			t.Errorf("%d were answered at once, want %d", len(answers), callers-parallel-waiting)
		}
		for range len(answers) {
			if err := <-answers; !errors.Is(err, ErrBusy) {
				t.Errorf("at once: %v, want ErrBusy", err)
			}
		}
		close(barrier)
		for range parallel + waiting {
			if err := <-answers; err != nil {
				t.Errorf("after the wait: %v", err)
			}
		}
		if most != parallel {
			t.Errorf("%d ran at once, want at most %d", most, parallel)
		}
		if _, err := h.Hash(t.Context(), "correct horse"); err != nil {
			t.Errorf("on the empty queue: %v", err)
		}
	})
}

// TestQueueIsOne: Verify, VerifyDummy and Hash share one queue.
func TestQueueIsOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, err := newHasher(cheapArgon2id, 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		encoded := h.dummy
		verify := func() error { _, _, err := h.Verify(t.Context(), "correct horse", encoded); return err }
		barrier, done := make(chan struct{}), make(chan error)
		h.matches = func(d digest, password string) bool { <-barrier; return false }
		go func() { done <- verify() }()
		synctest.Wait()

		if err := verify(); !errors.Is(err, ErrBusy) {
			t.Errorf("Verify: %v, want ErrBusy", err)
		}
		if err := h.VerifyDummy(t.Context(), "correct horse"); !errors.Is(err, ErrBusy) {
			t.Errorf("VerifyDummy: %v, want ErrBusy", err)
		}
		if _, err := h.Hash(t.Context(), "correct horse"); !errors.Is(err, ErrBusy) {
			t.Errorf("Hash: %v, want ErrBusy", err)
		}
		if _, _, err := h.Verify(t.Context(), "correct horse", "$2a$"); !errors.Is(err, ErrMalformed) {
			t.Errorf("a malformed hash: %v, want ErrMalformed: it needs no turn", err)
		}
		close(barrier)
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := h.VerifyDummy(t.Context(), "correct horse"); err != nil {
			t.Errorf("VerifyDummy, alone: %v", err)
		}
	})
}

// TestEndedContextLeavesTheQueue: a caller whose context ends gives up its
// place, and nothing is hashed for it.
func TestEndedContextLeavesTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, err := newHasher(cheapArgon2id, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		barrier := make(chan struct{})
		var hashes atomic.Int32
		h.hash = func(c cost, password string) (string, error) {
			hashes.Add(1)
			<-barrier
			return c.hash(password)
		}
		call := func(ctx context.Context) <-chan error {
			answer := make(chan error, 1)
			go func() {
				_, err := h.Hash(ctx, "correct horse")
				answer <- err
			}()
			synctest.Wait()
			return answer
		}
		ctx, cancel := context.WithCancel(t.Context())
		first, leaves, refused := call(t.Context()), call(ctx), call(t.Context())
		cancel()
		if err := <-leaves; !errors.Is(err, context.Canceled) {
			t.Errorf("the one whose context ended: %v, want context.Canceled", err)
		}
		if err := <-refused; !errors.Is(err, ErrBusy) {
			t.Errorf("while it waited: %v, want ErrBusy", err)
		}
		next := call(t.Context())
		if err := <-call(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("with an ended context: %v, want context.Canceled", err)
		}
		close(barrier)
		for _, answer := range []<-chan error{first, next} {
			if err := <-answer; err != nil {
				t.Errorf("the others: %v", err)
			}
		}
		if n := hashes.Load(); n != 2 {
			t.Errorf("%d hashes, want 2", n)
		}
	})
}

// TestPanicFreesTheSlot: this package doesn't recover from a panic in a hash,
// but the slot is freed.
func TestPanicFreesTheSlot(t *testing.T) {
	h, err := newHasher(cheapArgon2id, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	h.hash = func(cost, string) (string, error) { panic("out of memory") }
	func() {
		defer func() { _ = recover() }()
		_, _ = h.Hash(t.Context(), "correct horse")
	}()
	if err := h.VerifyDummy(t.Context(), "correct horse"); err != nil {
		t.Errorf("after a panic: %v", err)
	}
}
