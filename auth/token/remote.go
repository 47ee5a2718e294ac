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
	// unknownPause is the minimum time between fetches for an unknown kid, which
	// anyone can make up.
	unknownPause = 10 * time.Second

	// absentPause is the minimum time between fetches while there are no keys.
	absentPause = time.Second

	defaultMaxStale = 24 * time.Hour
)

// Remote is the key set of an issuer, for services that verify its tokens.
//
// It is fetched on first use and kept for as long as the issuer's Cache-Control
// says: between a minute and a day, or 5 minutes by default. Then it is renewed
// in the background while the old one is still used. Remote is safe for
// concurrent use. Its callers share one fetch, which takes at most 5 s; nothing
// runs between fetches.
//
// A bad answer never replaces a key set. An answer is bad if its status isn't
// 200 or 304, if it is larger than 64 KB, if it redirects to another host or
// scheme, or if [ParseJWKS] refuses it.
type Remote struct {
	// Client sends the requests; its CheckRedirect is not used. Nil means a client
	// that doesn't keep connections.
	Client *http.Client

	// MaxStale is how long the last good set is used after its time while no other
	// can be fetched. 0 means a day.
	MaxStale time.Duration

	url     string
	now     func() time.Time
	timeout time.Duration

	set atomic.Pointer[keySet] // the last good set, or nil

	mu      sync.Mutex
	running *fetch    // the current fetch, or nil
	tried   time.Time // when the last fetch began
	failure error     // the result of the last fetch
}

// keySet is a good answer. It is immutable.
type keySet struct {
	byID       map[string]*Key
	etag       string
	freshUntil time.Time
}

// A fetch runs until done is closed; err is set before that.
type fetch struct {
	done chan struct{}
	err  error
}

// NewRemote returns the key set at a URL, such as
// https://id.example.com/.well-known/jwks.json. It fetches nothing yet. It
// returns an error if the URL is not https, unless the host is this machine.
func NewRemote(url string, now func() time.Time) (*Remote, error) {
	if err := checkKeysURL(url); err != nil {
		return nil, fmt.Errorf("key set: %w", err)
	}
	return &Remote{url: url, now: now, timeout: fetchTimeout}, nil
}

// Key returns the key with the given id. Use it as the Key of a [Verifier].
//
// If the set doesn't have the key, Key fetches a new set, at most once in 10 s.
// It returns [ErrInvalid] if the issuer has no such key, and
// [ErrKeysUnavailable] if that isn't known: there is no set yet, or the last
// one is too old, or it lacks the key and the issuer can't be reached. If ctx
// ends during a fetch, the error wraps the context's too, and the fetch goes on.
func (r *Remote) Key(ctx context.Context, kid string) (*Key, error) {
	s := r.usable()
	if s == nil {
		return r.keyAfterFetch(ctx, kid, absentPause)
	}
	k := s.byID[kid]
	if k == nil {
		return r.keyAfterFetch(ctx, kid, unknownPause)
	}
	if !r.now().Before(s.freshUntil) {
		r.begin(unknownPause)
	}
	return k, nil
}

// Refresh fetches the set now, or joins the current fetch, so that a service
// can check at its start that it will be able to verify tokens. It returns
// [ErrKeysUnavailable], with the reason for the log, or the context's error.
func (r *Remote) Refresh(ctx context.Context) error {
	f := r.begin(0)
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		return fmt.Errorf("key set: %w", ctx.Err())
	}
}

// usable returns the last good set, or nil if there is none or it is too old.
func (r *Remote) usable() *keySet {
	s := r.set.Load()
	maxStale := r.MaxStale
	if maxStale == 0 {
		maxStale = defaultMaxStale
	}
	if s == nil || !r.now().Before(s.freshUntil.Add(maxStale)) {
		return nil
	}
	return s
}

// keyAfterFetch looks for a key in a new set, or in the last one if that was
// fetched less than pause ago.
func (r *Remote) keyAfterFetch(ctx context.Context, kid string, pause time.Duration) (*Key, error) {
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
	if err := r.lastFailure(); err != nil {
		return nil, err
	}
	if s == nil { // the clock was set forward in the meantime
		return nil, ErrKeysUnavailable
	}
	return nil, fmt.Errorf("%w: the issuer has no key with this id", ErrInvalid)
}

// begin returns the current fetch, or starts one. It returns nil if the last
// one began less than pause ago.
func (r *Remote) begin(pause time.Duration) *fetch {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.running != nil {
		return r.running
	}
	now := r.now()
	if since := now.Sub(r.tried); since >= 0 && since < pause { // < 0: clock set back
		return nil
	}
	f := &fetch{done: make(chan struct{})}
	r.running, r.tried = f, now
	go r.run(f, now)
	return f
}

// run fetches a set. Its age counts from the start of the fetch.
func (r *Remote) run(f *fetch, start time.Time) {
	s, err := r.fetch(r.set.Load(), start)
	if err == nil {
		r.set.Store(s)
	} else {
		err = fmt.Errorf("%w: %w", ErrKeysUnavailable, err)
	}
	r.mu.Lock()
	f.err, r.failure, r.running = err, err, nil
	r.mu.Unlock()
	close(f.done)
}

func (r *Remote) lastFailure() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failure
}
