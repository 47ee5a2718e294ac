package auth

import (
	"context"
	"errors"
	"time"

	"gatehouse/auth/token"
)

// A KeyPhase is where a signing key stands in its life.
type KeyPhase string

// The phases, in their order.
const (
	KeyAnnounced KeyPhase = "announced" // it is published, and will sign
	KeySigning   KeyPhase = "signing"
	KeyReady     KeyPhase = "ready"     // it could sign, and has not, for the algorithm is not the one in use
	KeyVerifying KeyPhase = "verifying" // another signs; tokens that this one signed are still good
	KeyExpired   KeyPhase = "expired"   // so have those; it is about to be deleted
)

// A KeyAge is a signing key with where it stands.
type KeyAge struct {
	SealedKey
	Phase KeyPhase
	// Until is when a key stops verifying that does not sign any more; zero for the others.
	Until time.Time
}

// Ages returns the keys in the order in which they sign, and where each stands.
func (k *Keys) Ages(ctx context.Context) ([]KeyAge, error) {
	sealed, err := k.Store.SealedKeys(ctx)
	if err != nil {
		return nil, err
	}
	return k.ages(sealed), nil
}

func (k *Keys) ages(sealed []SealedKey) []KeyAge {
	now := k.Now()
	signs := signing(sealed, k.Algorithm, now)
	next := map[token.Algorithm]time.Time{} // when the next key of the algorithm began to sign, the newest first
	ages := make([]KeyAge, len(sealed))
	for i := len(sealed) - 1; i >= 0; i-- {
		s := sealed[i]
		age := KeyAge{SealedKey: s}
		successor, followed := next[s.Algorithm]
		switch {
		case s.SignsFrom.After(now):
			age.Phase = KeyAnnounced
		case signs == &sealed[i]:
			age.Phase = KeySigning
		case !followed && s.SignedAt == nil:
			age.Phase = KeyReady
		case followed:
			age.Until = k.until(s, successor)
		default:
			age.Until = s.SignedAt.Add(k.TokenTTL + noteMargin)
		}
		if !age.Until.IsZero() {
			age.Phase = KeyVerifying
			if !now.Before(age.Until) {
				age.Phase = KeyExpired
			}
		}
		if age.Phase != KeyAnnounced {
			next[s.Algorithm] = s.SignsFrom
		}
		ages[i] = age
	}
	return ages
}

// until is when the last token has expired that the key signed. It did so until its successor began to, or was still noted to do so.
func (k *Keys) until(s SealedKey, successor time.Time) time.Time {
	last := successor
	if s.SignedAt != nil && s.SignedAt.After(last) {
		last = *s.SignedAt
	}
	return last.Add(k.TokenTTL + clockMargin)
}

// Upkeep does what is due: it makes the key that follows one that has become old, and drops those that no living token needs. Only one replica may
// do this at a time. ErrOtherSecret.
func (k *Keys) Upkeep(ctx context.Context) error {
	sealed, err := k.Store.SealedKeys(ctx)
	if err != nil {
		return err
	}
	now := k.Now()
	var faults []error
	if k.due(sealed, now) {
		_, err := k.Rotate(ctx, k.Algorithm, false)
		faults = append(faults, err)
	}
	for _, age := range k.ages(sealed) {
		if age.Phase == KeyExpired {
			faults = append(faults, k.Store.DropKey(ctx, age.ID))
		}
	}
	return errors.Join(faults...)
}

// due reports whether it is time to announce the key that signs next, so that it does when the present one has reached its greatest age.
func (k *Keys) due(sealed []SealedKey, now time.Time) bool {
	if k.MaxAge == 0 {
		return false
	}
	for _, s := range sealed {
		if s.Algorithm == k.Algorithm && now.Sub(s.SignsFrom) < k.MaxAge-k.Announce {
			return false
		}
	}
	return true
}
