package token

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// unknownPause is how long after a fetch an unknown kid, which a stranger may have chosen, causes no other.
	unknownPause = 10 * time.Second

	// absentPause is how long after a failed fetch the next is tried while there are no keys at all.
	absentPause = time.Second

	defaultMaxStale = 24 * time.Hour
)

// Remote is the key set of an issuer, for services that verify its tokens. It is fetched at first use and kept for as
// long as the issuer's Cache-Control says (between a minute and a day, 5 minutes where it says nothing), then renewed
// in the background while the old one still serves. Several goroutines may use it; they share one fetch, which takes
// 5 s at most, and nothing runs between fetches.
//
// An answer that is not a good key set never replaces one: another status, more than 64 KB, a redirect to another host
// or scheme, or what ParseJWKS refuses.
type Remote struct {
	// Client fetches, but for its redirects, which are Remote's own affair. Nil is a client that keeps no connection.
	Client *http.Client

	// MaxStale is how much longer than allowed the last good set serves while no other can be had. 0 is a day.
	MaxStale time.Duration

	url     string
	now     func() time.Time
	timeout time.Duration

	set atomic.Pointer[keySet] // nil until the first good one

	mu      sync.Mutex
	running *fetch    // the one under way, or nil
	tried   time.Time // when the last one began
	fault   error     // how the last one ended
}

// keySet is a good answer. It doesn't change.
type keySet struct {
	byID       map[string]*Key
	etag       string
	freshUntil time.Time
}

// A fetch is under way until done is closed; then err says how it ended.
type fetch struct {
	done chan struct{}
	err  error
}

// NewRemote returns the key set at a URL, such as https://id.example.com/.well-known/jwks.json. Nothing is fetched yet.
// It is an error if the URL is not https, except where the host is this machine itself.
func NewRemote(url string, now func() time.Time) (*Remote, error) {
	if err := checkKeysURL(url); err != nil {
		return nil, fmt.Errorf("key set: %w", err)
	}
	return &Remote{url: url, now: now, timeout: fetchTimeout}, nil
}

// Key returns the key with the given id; it is made to be the Key of a [Verifier].
//
// A key that the set doesn't have is looked for in a new one at once, but not within 10 s of the last fetch. The error
// is ErrInvalid when the issuer has no such key, and ErrKeysUnavailable when that can't be known: there is no set yet,
// the last one is too old, or the key is not in it and the issuer can't be reached. When ctx ends during a fetch, the
// error wraps the context's as well, and the fetch goes on.
func (r *Remote) Key(ctx context.Context, kid string) (*Key, error) {
	s := r.usable()
	if s == nil {
		return r.renewed(ctx, kid, absentPause)
	}
	k := s.byID[kid]
	if k == nil {
		return r.renewed(ctx, kid, unknownPause)
	}
	if !r.now().Before(s.freshUntil) {
		r.begin(unknownPause)
	}
	return k, nil
}

// Refresh fetches the set now, so that a service can check at its start that it will be able to verify tokens. It joins
// a fetch that is under way. The error is ErrKeysUnavailable, with the reason for the log, or the context's.
func (r *Remote) Refresh(ctx context.Context) error {
	f := r.begin(0)
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		return fmt.Errorf("key set: %w", ctx.Err())
	}
}

// usable returns the last good set unless it is too old or there is none.
func (r *Remote) usable() *keySet {
	s := r.set.Load()
	longest := r.MaxStale
	if longest == 0 {
		longest = defaultMaxStale
	}
	if s == nil || !r.now().Before(s.freshUntil.Add(longest)) {
		return nil
	}
	return s
}

// renewed looks for a key in a new set, or, if the last fetch is not longer ago than the pause, in what that one brought.
func (r *Remote) renewed(ctx context.Context, kid string, pause time.Duration) (*Key, error) {
	if f := r.begin(pause); f != nil {
		select {
		case <-f.done:
		case <-ctx.Done(): // the fetch goes on, for the other callers
			return nil, fmt.Errorf("%w: %w", ErrKeysUnavailable, ctx.Err())
		}
	}
	s := r.usable()
	if s != nil && s.byID[kid] != nil {
		return s.byID[kid], nil
	}
	if err := r.lastFault(); err != nil {
		return nil, err
	}
	if s == nil { // the clock has been turned on since
		return nil, ErrKeysUnavailable
	}
	return nil, fmt.Errorf("%w: no key of the issuer has this id", ErrInvalid)
}

// begin returns the fetch that is under way. Where there is none it starts one, or returns nil if the last began less
// than the pause ago.
func (r *Remote) begin(pause time.Duration) *fetch {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.running != nil {
		return r.running
	}
	now := r.now()
	if since := now.Sub(r.tried); since >= 0 && since < pause { // below zero the clock was set back
		return nil
	}
	f := &fetch{done: make(chan struct{})}
	r.running, r.tried = f, now
	go r.run(f, now)
	return f
}

// run carries a fetch out. What it brings counts from the moment it began.
func (r *Remote) run(f *fetch, begun time.Time) {
	s, err := r.fetch(r.set.Load(), begun)
	if err == nil {
		r.set.Store(s)
	} else {
		err = fmt.Errorf("%w: %w", ErrKeysUnavailable, err)
	}
	r.mu.Lock()
	f.err, r.fault, r.running = err, err, nil
	r.mu.Unlock()
	close(f.done)
}

func (r *Remote) lastFault() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fault
}
