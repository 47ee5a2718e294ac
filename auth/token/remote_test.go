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

// An issuer publishes keys over HTTP, on a clock that stands still until it is turned on.
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

// answers sets what is answered from now on.
func (i *issuer) answers(answer http.HandlerFunc) { i.answer.Store(&answer) }

// publish answers with a key set and a Cache-Control.
func (i *issuer) publish(t *testing.T, cache string, keys ...*Key) {
	t.Helper()
	set := setOf(t, keys...)
	i.answers(func(w http.ResponseWriter, _ *http.Request) {
		if cache != "" {
			w.Header().Set("Cache-Control", cache)
		}
		_, _ = io.WriteString(w, set)
	})
}

func (i *issuer) passes(d time.Duration) { i.clock.Add(int64(d)) }

func (i *issuer) remote(t *testing.T) *Remote {
	t.Helper()
	r, err := NewRemote(i.URL, func() time.Time { return now.Add(time.Duration(i.clock.Load())) })
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// asked fails unless the issuer was asked so many times altogether.
func (i *issuer) asked(t *testing.T, want int32) {
	t.Helper()
	if got := i.requests.Load(); got != want {
		t.Errorf("%d requests, want %d", got, want)
	}
}

// found fails unless the remote set has the key.
func found(t *testing.T, r *Remote, k *Key) {
	t.Helper()
	got, err := r.Key(t.Context(), k.ID)
	if err != nil || got.ID != k.ID || got.Algorithm != k.Algorithm {
		t.Errorf("key %q: %v, %v", k.ID, got, err)
	}
}

// missing fails unless asking for the key ends in just this error.
func missing(t *testing.T, r *Remote, kid string, want error) {
	t.Helper()
	k, err := r.Key(t.Context(), kid)
	if k != nil || !errors.Is(err, want) || errors.Is(err, ErrInvalid) && errors.Is(err, ErrKeysUnavailable) {
		t.Errorf("key %q: %v, %v, want %v", kid, k, err, want)
	}
}

// settled waits for the fetch that is under way, if one is.
func settled(t *testing.T, r *Remote) {
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
	i.asked(t, 0)
	for range 3 {
		found(t, r, k)
	}
	i.asked(t, 1)
}

// TestRemoteRenews: past its time a set still serves, while another is fetched once.
func TestRemoteRenews(t *testing.T) {
	old, fresh := testKeys()[EdDSA], testKeys()[ES256]
	i := newIssuer(t)
	i.publish(t, "public, max-age=600", old)
	r := i.remote(t)
	found(t, r, old)
	i.passes(10*time.Minute - 1)
	found(t, r, old)
	settled(t, r)
	i.asked(t, 1)

	release := make(chan struct{})
	set := setOf(t, fresh)
	i.answers(func(w http.ResponseWriter, _ *http.Request) {
		<-release
		_, _ = io.WriteString(w, set)
	})
	i.passes(1)
	for range 3 {
		found(t, r, old) // the issuer has not answered yet
	}
	close(release)
	settled(t, r)
	i.asked(t, 2)
	found(t, r, fresh)
	i.passes(10 * time.Second)
	missing(t, r, old.ID, ErrInvalid) // it vanished from a fresh set
}

// TestRemoteUnknown: a stranger chooses kids, but not how often the issuer is asked.
func TestRemoteUnknown(t *testing.T) {
	first, second := testKeys()[EdDSA], testKeys()[ES256]
	i := newIssuer(t, first)
	r := i.remote(t)
	found(t, r, first)
	i.publish(t, "", first, second)

	i.passes(10*time.Second - 1)
	for _, kid := range []string{second.ID, "stranger", ""} {
		missing(t, r, kid, ErrInvalid)
	}
	i.asked(t, 1)
	i.passes(1)
	found(t, r, second)
	i.asked(t, 2)
	missing(t, r, "stranger", ErrInvalid)
	i.asked(t, 2)
	i.passes(10 * time.Second)
	missing(t, r, "stranger", ErrInvalid)
	missing(t, r, "stranger", ErrInvalid)
	i.asked(t, 3)

	i.passes(-time.Hour) // a clock that was set back stops nothing
	missing(t, r, "stranger", ErrInvalid)
	i.asked(t, 4)
}

// TestRemoteShares: callers that come at once share one fetch, at first use and for an unknown kid.
func TestRemoteShares(t *testing.T) {
	k := testKeys()[EdDSA]
	i := newIssuer(t, k)
	for round := range int32(20) {
		r := i.remote(t)
		together(20, func() { found(t, r, k) })
		i.asked(t, 2*round+1)
		i.passes(10 * time.Second)
		together(20, func() { missing(t, r, "stranger", ErrInvalid) })
		i.asked(t, 2*round+2)
	}
}

// together runs something so many times at once.
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

// TestRemoteUnavailable: no key is no verdict on a token, and the next try comes soon.
func TestRemoteUnavailable(t *testing.T) {
	k := testKeys()[EdDSA]
	i := newIssuer(t)
	i.answers(http.NotFound)
	r := i.remote(t)
	missing(t, r, k.ID, ErrKeysUnavailable)
	missing(t, r, k.ID, ErrKeysUnavailable)
	i.asked(t, 1)

	i.publish(t, "", k)
	i.passes(time.Second - 1)
	missing(t, r, k.ID, ErrKeysUnavailable)
	i.asked(t, 1)
	i.passes(1)
	found(t, r, k)
	i.asked(t, 2)
}

// TestRemoteLastGood: the last good set serves for a day past its time, and longer only where that is set.
func TestRemoteLastGood(t *testing.T) {
	k := testKeys()[EdDSA]
	for _, longest := range []time.Duration{0, 48 * time.Hour} {
		i := newIssuer(t, k)
		r := i.remote(t)
		r.MaxStale = longest
		found(t, r, k)
		i.answers(http.NotFound)

		i.passes(5*time.Minute + max(longest, 24*time.Hour) - 1)
		found(t, r, k)
		settled(t, r)
		missing(t, r, "stranger", ErrKeysUnavailable) // it may be new
		i.asked(t, 2)
		i.passes(10 * time.Second)
		missing(t, r, k.ID, ErrKeysUnavailable)
		i.asked(t, 3)

		i.publish(t, "", k)
		i.passes(time.Second)
		found(t, r, k)
	}
}

func TestRemoteRefresh(t *testing.T) {
	k := testKeys()[EdDSA]
	i := newIssuer(t)
	i.answers(http.NotFound)
	r := i.remote(t)
	if err := r.Refresh(t.Context()); !errors.Is(err, ErrKeysUnavailable) || !strings.Contains(err.Error(), "status 404") {
		t.Errorf("refresh = %v", err)
	}
	i.publish(t, "", k)
	for range 2 { // whenever the service asks
		if err := r.Refresh(t.Context()); err != nil {
			t.Error(err)
		}
	}
	i.asked(t, 3)
	found(t, r, k)
	i.asked(t, 3)

	held := make(chan struct{})
	i.answers(func(http.ResponseWriter, *http.Request) { <-held })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Refresh(ctx); !errors.Is(err, context.Canceled) || errors.Is(err, ErrKeysUnavailable) {
		t.Errorf("refresh = %v, want that it was cancelled", err)
	}
	close(held)
	settled(t, r)
}

// TestRemoteVerify: what became of the keys can be told through Verify, and never passes for a bad token.
func TestRemoteVerify(t *testing.T) {
	k := testKeys()[EdDSA]
	i := newIssuer(t)
	i.answers(http.NotFound)
	r := i.remote(t)
	v := verifierOf()
	v.Key = r.Key
	text := mustSign(t, k, testClaims())

	if _, err := v.Verify(t.Context(), text); !errors.Is(err, ErrKeysUnavailable) || errors.Is(err, ErrInvalid) || errors.Is(err, ErrExpired) {
		t.Errorf("no keys: %v", err)
	}
	judge(t, v, text[:len(text)-1], false) // for which no key is needed
	i.publish(t, "", testKeys()[ES256])
	i.passes(time.Second)
	judge(t, v, text, false)
	i.publish(t, "", k)
	i.passes(10 * time.Second)
	judge(t, v, text, true)
}
