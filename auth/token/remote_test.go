package token

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// An issuer publishes keys over HTTP. Its clock moves only with advance.
type issuer struct {
	*httptest.Server
	clock    atomic.Int64 // nanoseconds since now
	requests atomic.Int32
	answer   atomic.Pointer[http.HandlerFunc]
}

func newIssuer(t *testing.T, keys ...*Key) *issuer {
	t.Helper()
	i := &issuer{}
	i.publish(t, "", keys...)
	i.Server = httptest.NewServer(i)
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.requests.Add(1)
	(*i.answer.Load())(w, r)
}

// serve sets the answer to later requests.
func (i *issuer) serve(answer http.HandlerFunc) { i.answer.Store(&answer) }

// publish serves a key set with a Cache-Control.
func (i *issuer) publish(t *testing.T, cache string, keys ...*Key) {
	t.Helper()
	set := setOf(t, keys...)
	i.serve(func(w http.ResponseWriter, _ *http.Request) {
		if cache != "" {
			w.Header().Set("Cache-Control", cache)
		}
		_, _ = io.WriteString(w, set)
	})
}

func (i *issuer) advance(d time.Duration) { i.clock.Add(int64(d)) }

func (i *issuer) remote(t *testing.T) *Remote {
	t.Helper()
	r, err := NewRemote(i.URL, func() time.Time { return now.Add(time.Duration(i.clock.Load())) })
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// wantRequests fails unless the issuer got this many requests in total.
func (i *issuer) wantRequests(t *testing.T, want int32) {
	t.Helper()
	if got := i.requests.Load(); got != want {
		t.Errorf("%d requests, want %d", got, want)
	}
}

// wantKey fails unless the remote set has the key.
func wantKey(t *testing.T, r *Remote, k *Key) {
	t.Helper()
	got, err := r.Key(t.Context(), k.ID)
	if err != nil || got.ID != k.ID || got.Algorithm != k.Algorithm {
		t.Errorf("key %q: %v, %v", k.ID, got, err)
	}
}

// wantNoKey fails unless looking up the key returns this error.
func wantNoKey(t *testing.T, r *Remote, kid string, want error) {
	t.Helper()
	k, err := r.Key(t.Context(), kid)
	if k != nil || !errors.Is(err, want) || errors.Is(err, ErrInvalid) && errors.Is(err, ErrKeysUnavailable) {
		t.Errorf("key %q: %v, %v, want %v", kid, k, err, want)
	}
}

// waitForFetch waits for the current fetch, if there is one.
func waitForFetch(t *testing.T, r *Remote) {
	t.Helper()
	r.mu.Lock()
	f := r.running
	r.mu.Unlock()
	if f == nil {
		return
	}
	select {
	case <-f.done:
	case <-time.After(time.Minute):
		t.Fatal("a fetch does not end")
	}
}

func TestRemote(t *testing.T) {
	k := testKeys()[EdDSA]
	i := newIssuer(t, k)
	r := i.remote(t)
	i.wantRequests(t, 0)
	for range 3 {
		wantKey(t, r, k)
	}
	i.wantRequests(t, 1)
}

// TestRemoteRenews: an expired set is still used while another is fetched, once.
func TestRemoteRenews(t *testing.T) {
	old, fresh := testKeys()[EdDSA], testKeys()[ES256]
	i := newIssuer(t)
	i.publish(t, "public, max-age=600", old)
	r := i.remote(t)
	wantKey(t, r, old)
	i.advance(10*time.Minute - 1)
	wantKey(t, r, old)
	waitForFetch(t, r)
	i.wantRequests(t, 1)

	release := make(chan struct{})
	set := setOf(t, fresh)
	i.serve(func(w http.ResponseWriter, _ *http.Request) {
		<-release
		_, _ = io.WriteString(w, set)
	})
	i.advance(1)
	for range 3 {
		wantKey(t, r, old) // the issuer has not answered yet
	}
	close(release)
	waitForFetch(t, r)
	i.wantRequests(t, 2)
	wantKey(t, r, fresh)
	i.advance(10 * time.Second)
	wantNoKey(t, r, old.ID, ErrInvalid) // it isn't in the new set
}

// TestRemoteUnknown: unknown kids don't make us fetch more often.
func TestRemoteUnknown(t *testing.T) {
	first, second := testKeys()[EdDSA], testKeys()[ES256]
	i := newIssuer(t, first)
	r := i.remote(t)
	wantKey(t, r, first)
	i.publish(t, "", first, second)

	i.advance(10*time.Second - 1)
	for _, kid := range []string{second.ID, "stranger", ""} {
		wantNoKey(t, r, kid, ErrInvalid)
	}
	i.wantRequests(t, 1)
	i.advance(1)
	wantKey(t, r, second)
	i.wantRequests(t, 2)
	wantNoKey(t, r, "stranger", ErrInvalid)
	i.wantRequests(t, 2)
	i.advance(10 * time.Second)
	wantNoKey(t, r, "stranger", ErrInvalid)
	wantNoKey(t, r, "stranger", ErrInvalid)
	i.wantRequests(t, 3)

	i.advance(-time.Hour) // a clock that was set back doesn't stop fetches
	wantNoKey(t, r, "stranger", ErrInvalid)
	i.wantRequests(t, 4)
}

// TestRemoteShares: concurrent callers share one fetch, on first use and for an
// unknown kid.
func TestRemoteShares(t *testing.T) {
	k := testKeys()[EdDSA]
	i := newIssuer(t, k)
	for round := range int32(20) {
		r := i.remote(t)
		together(20, func() { wantKey(t, r, k) })
		i.wantRequests(t, 2*round+1)
		i.advance(10 * time.Second)
		together(20, func() { wantNoKey(t, r, "stranger", ErrInvalid) })
		i.wantRequests(t, 2*round+2)
	}
}

// together runs a function n times at once.
func together(n int, run func()) {
	var ready, done sync.WaitGroup
	begin := make(chan struct{})
	ready.Add(n)
	for range n {
		done.Go(func() {
			ready.Done()
			<-begin
			run()
		})
	}
	ready.Wait()
	close(begin)
	done.Wait()
}

// TestRemoteUnavailable: without keys the error is not ErrInvalid, and the next
// fetch comes soon.
func TestRemoteUnavailable(t *testing.T) {
	k := testKeys()[EdDSA]
	i := newIssuer(t)
	i.serve(http.NotFound)
	r := i.remote(t)
	wantNoKey(t, r, k.ID, ErrKeysUnavailable)
	wantNoKey(t, r, k.ID, ErrKeysUnavailable)
	i.wantRequests(t, 1)

	i.publish(t, "", k)
	i.advance(time.Second - 1)
	wantNoKey(t, r, k.ID, ErrKeysUnavailable)
	i.wantRequests(t, 1)
	i.advance(1)
	wantKey(t, r, k)
	i.wantRequests(t, 2)
}

// TestRemoteLastGood: the last good set is used for a day after its time, and
// longer only if MaxStale says so.
func TestRemoteLastGood(t *testing.T) {
	k := testKeys()[EdDSA]
	for _, longest := range []time.Duration{0, 48 * time.Hour} {
		i := newIssuer(t, k)
		r := i.remote(t)
		r.MaxStale = longest
		wantKey(t, r, k)
		i.serve(http.NotFound)

		i.advance(5*time.Minute + max(longest, 24*time.Hour) - 1)
		wantKey(t, r, k)
		waitForFetch(t, r)
		wantNoKey(t, r, "stranger", ErrKeysUnavailable) // it may be new
		i.wantRequests(t, 2)
		i.advance(10 * time.Second)
		wantNoKey(t, r, k.ID, ErrKeysUnavailable)
		i.wantRequests(t, 3)

		i.publish(t, "", k)
		i.advance(time.Second)
		wantKey(t, r, k)
	}
}

func TestRemoteRefresh(t *testing.T) {
	k := testKeys()[EdDSA]
	i := newIssuer(t)
	i.serve(http.NotFound)
	r := i.remote(t)
	if err := r.Refresh(t.Context()); !errors.Is(err, ErrKeysUnavailable) || !strings.Contains(err.Error(), "status 404") {
		t.Errorf("refresh = %v", err)
	}
	i.publish(t, "", k)
	for range 2 { // each call fetches
		if err := r.Refresh(t.Context()); err != nil {
			t.Error(err)
		}
	}
	i.wantRequests(t, 3)
	wantKey(t, r, k)
	i.wantRequests(t, 3)

	held := make(chan struct{})
	i.serve(func(http.ResponseWriter, *http.Request) { <-held })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Refresh(ctx); !errors.Is(err, context.Canceled) || errors.Is(err, ErrKeysUnavailable) {
		t.Errorf("refresh = %v, want context.Canceled", err)
	}
	close(held)
	waitForFetch(t, r)
}
