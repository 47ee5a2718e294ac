package keys

import (
	"context"
	"slices"
	"time"

	"gatehouse/auth/token"
)

// How much longer than a token lives a key verifies.
const (
	// clockMargin counts from when its successor began to sign: replicas' clocks differ.
	clockMargin = 10 * time.Second
	// noteMargin counts from when a key without a successor was last noted to
	// sign, which is done about once a minute.
	noteMargin = 5 * time.Minute
)

// A Phase is a stage in the life of a signing key.
type Phase string

// The phases, in order.
const (
	Announced Phase = "announced" // published; it signs later
	Signing   Phase = "signing"
	Ready     Phase = "ready"     // it could sign, but another algorithm is in use
	Verifying Phase = "verifying" // another key signs; tokens that this one signed still work
	Expired   Phase = "expired"   // its last token has expired; the next upkeep deletes it
)

// A Status is a signing key with its phase.
type Status struct {
	SealedKey
	Phase Phase
	// Until is when a key that no longer signs stops verifying; zero for others.
	Until time.Time
}

// List returns the keys in the order in which they sign, each with its phase.
func (k *Keys) List(ctx context.Context) ([]Status, error) {
	sealed, err := k.Store.SealedKeys(ctx)
	if err != nil {
		return nil, err
	}
	return k.statuses(sealed), nil
}

func (k *Keys) statuses(sealed []SealedKey) []Status {
	now := k.Clock.Now()
	signer := signing(sealed, k.inUse(sealed), now)
	next := map[token.Algorithm]time.Time{} // when the algorithm's next newer key began to sign
	all := make([]Status, len(sealed))
	for i := len(sealed) - 1; i >= 0; i-- {
		key := sealed[i]
		s := Status{SealedKey: key}
		successor, followed := next[key.Algorithm]
		switch {
		case key.announced(now):
			s.Phase = Announced
		case signer == &sealed[i], k.signsIDTokens(key.Algorithm) && active(sealed, key.Algorithm, now) == &sealed[i]:
			s.Phase = Signing
		case !followed && key.SignedAt == nil:
			s.Phase = Ready
		case followed:
			s.Until = k.until(key, successor)
		default:
			s.Until = key.SignedAt.Add(k.TokenTTL + noteMargin)
		}
		if !s.Until.IsZero() {
			s.Phase = Verifying
			if !now.Before(s.Until) {
				s.Phase = Expired
			}
		}
		if s.Phase != Announced {
			next[key.Algorithm] = key.SignsFrom
		}
		all[i] = s
	}
	return all
}

// announced reports whether the key is only announced. A key that was made to sign at
// once does so, also if the database's clock has gone back since.
func (s *SealedKey) announced(now time.Time) bool {
	return s.SignsFrom.After(now) && s.SignsFrom.After(s.CreatedAt)
}

// until returns when the last token that the key signed has expired. The key
// signed until its successor began to, or until it was last noted to sign.
func (k *Keys) until(s SealedKey, successor time.Time) time.Time {
	last := successor
	if s.SignedAt != nil && s.SignedAt.After(last) {
		last = *s.SignedAt
	}
	return last.Add(k.TokenTTL + clockMargin)
}

// signing returns the key that signs: the active one, else the newest one of
// any algorithm that is no longer only announced, else the first; nil if there
// are no keys.
func signing(sealed []SealedKey, alg token.Algorithm, now time.Time) *SealedKey {
	if s := active(sealed, alg, now); s != nil {
		return s
	}
	for i, s := range slices.Backward(sealed) {
		if !s.announced(now) {
			return &sealed[i]
		}
	}
	if len(sealed) > 0 {
		return &sealed[0]
	}
	return nil
}

// active returns the newest key of the algorithm that is no longer only
// announced, or nil.
func active(sealed []SealedKey, alg token.Algorithm, now time.Time) *SealedKey {
	for i, s := range slices.Backward(sealed) {
		if s.Algorithm == alg && !s.announced(now) {
			return &sealed[i]
		}
	}
	return nil
}
