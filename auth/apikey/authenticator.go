package apikey

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"gatehouse/auth"
	"gatehouse/auth/client"
	"gatehouse/auth/token"
)

// cachedKeys is how many keys are cached, at about 1 kB each.
const cachedKeys = 4096

// A Held is a key with what decides whether it works.
type Held struct {
	Key
	Generation int
	Ended      bool // or its owner is disabled
	Kind       auth.Kind
	Roles      []string // of the owner
}

// Reader reads keys.
type Reader interface {
	// APIKey returns the key with the id, or [ErrNotFound].
	APIKey(ctx context.Context, id string) (*Held, error)
	// MarkAPIKeysUsed notes when keys were used last.
	MarkAPIKeysUsed(ctx context.Context, uses []Use) error
}

// Options are what an Authenticator is made of.
type Options struct {
	Store   Reader
	Callers *auth.Callers
	TTL     time.Duration // how long a key is cached: at most as long as an access token lives
	Limited bool          // unknown keys from one place are slowed down
	Now     func() time.Time
}

// An Authenticator verifies API keys. It reads each one once in a while and then keeps
// it as the claims of an access token, which whatever ends an access token ends, too. It
// is safe for concurrent use.
type Authenticator struct {
	options Options
	cache   *lru.Cache[[sha256.Size]byte, *auth.KeyClaims] // by digest of the text; nil for a key that never works again
	strange *strangers
	uses    uses
}

// NewAuthenticator returns an Authenticator that knows no keys yet.
func NewAuthenticator(o Options) (*Authenticator, error) {
	cache, err := lru.New[[sha256.Size]byte, *auth.KeyClaims](cachedKeys)
	if err != nil {
		return nil, err
	}
	a := &Authenticator{options: o, cache: cache}
	if o.Limited {
		a.strange, err = newStrangers(o.Now)
	}
	return a, err
}

// Authenticate implements [authn.KeyAuthenticator].
func (a *Authenticator) Authenticate(ctx context.Context, text string) (*auth.Principal, error) {
	var buffer [64]byte // on the stack; every key fits
	digest := sha256.Sum256(append(buffer[:0], text...))
	cached, found := a.cache.Get(digest)
	switch {
	case found && cached == nil:
		return nil, auth.ErrKeyInvalid
	case found && a.options.Now().Before(cached.ExpiresAt):
		p, err := a.caller(ctx, cached)
		if !errors.Is(err, auth.ErrSessionEnded) {
			return p, err
		}
	}
	claims, err := a.read(ctx, digest, text)
	if err != nil {
		return nil, err
	}
	p, err := a.caller(ctx, claims)
	if errors.Is(err, auth.ErrSessionEnded) { // between the two
		return nil, fmt.Errorf("%w: %w", auth.ErrKeyInvalid, err)
	}
	return p, err
}

// caller returns the caller of claims and notes that its key was used.
func (a *Authenticator) caller(ctx context.Context, claims *auth.KeyClaims) (*auth.Principal, error) {
	p, err := a.options.Callers.KeyPrincipal(ctx, claims)
	if err == nil {
		a.uses.note(Use{ID: claims.SessionID, At: a.options.Now(), IP: client.Of(ctx).IP})
	}
	return p, err
}

// read returns the claims of a key from the database, and caches them. It returns
// [auth.ErrKeyInvalid]. An unknown key takes as long as one whose random part is wrong.
func (a *Authenticator) read(ctx context.Context, digest [sha256.Size]byte, text string) (*auth.KeyClaims, error) {
	t, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", auth.ErrKeyInvalid, err)
	}
	place := client.Of(ctx).Prefix48()
	if err := a.strange.check(place); err != nil {
		return nil, err
	}
	held, err := a.options.Store.APIKey(ctx, t.ID)
	switch {
	case errors.Is(err, ErrNotFound):
		held = &Held{Key: Key{Digest: make([]byte, sha256.Size)}}
	case err != nil:
		return nil, err
	}
	if subtle.ConstantTimeCompare(held.Digest, t.Digest) != 1 {
		a.strange.note(place)
		return nil, fmt.Errorf("%w: unknown", auth.ErrKeyInvalid)
	}
	now := a.options.Now()
	if held.Ended || held.ExpiresAt != nil && !now.Before(*held.ExpiresAt) {
		a.cache.Add(digest, nil)
		return nil, fmt.Errorf("%w: key %s has ended", auth.ErrKeyInvalid, held.ID)
	}
	claims := a.claims(held, now)
	a.cache.Add(digest, claims)
	return claims, nil
}

// claims returns what a key says until it is read again.
func (a *Authenticator) claims(held *Held, now time.Time) *auth.KeyClaims {
	end := now.Add(a.options.TTL)
	if held.ExpiresAt != nil && held.ExpiresAt.Before(end) {
		end = *held.ExpiresAt
	}
	own := slices.DeleteFunc(slices.Clone(held.Scopes), func(s string) bool {
		return !slices.Contains(a.options.Callers.Revocations.Own(), s)
	})
	return &auth.KeyClaims{
		Claims: &token.Claims{
			Subject: held.UserID, SessionID: held.ID, IssuedAt: now, ExpiresAt: end,
			Private: token.Private{Generation: held.Generation, Limited: true, Limit: held.Scopes, Roles: held.Roles},
		},
		Own: own, Self: held.Kind == auth.Service,
	}
}

// Flush notes in the database when keys were used since the last Flush.
func (a *Authenticator) Flush(ctx context.Context) error {
	used := a.uses.take()
	if len(used) == 0 {
		return nil
	}
	err := a.options.Store.MarkAPIKeysUsed(ctx, used)
	if err != nil {
		for _, u := range used {
			a.uses.note(u)
		}
	}
	return err
}
