// Package attempts slows down password guessing without locking anyone out
// (NIST SP 800-63B, 3.2.2).
//
// Failed attempts are counted for the account in the place that they come from,
// for the account in all places, and for the place, whether or not the account
// exists. Beyond a few failures each one doubles the wait before the next
// attempt, up to a minute. An attempt during a wait is refused and counts for
// nothing. Two rules keep an attacker from keeping the account's owner out:
//
//   - In a place where the account was used before, only the failures there
//     count ([Known]).
//   - A place with fewer than three failures for the account does not wait for
//     failures elsewhere, only for other such places, and at most ten seconds.
//     To block it, an attacker needs a fresh network for every attempt.
package attempts

import (
	"context"
	"time"

	"gatehouse/auth/policy"
)

// A Limit is a failure counter, and how its failures delay the next attempt.
type Limit struct {
	Key     string
	Free    int           // failures that cause no wait
	MaxWait time.Duration // the longest wait
	Forget  time.Duration // time in which one failure is forgotten
	Scope   Scope
}

// A Scope says which attempts a limit applies to. It depends on the failures of
// the first of an attempt's limits, which counts those of the account in the
// place.
type Scope int

// The scopes. Their values are part of the protocol with Redis.
const (
	Always       Scope = 0
	NewPlace     Scope = 1 // the first limit has fewer than Grace failures
	SuspectPlace Scope = 2 // it has as many or more
)

// Grace is how many failures make a place suspect: fewer may be typing errors.
const Grace = 3

// MaxFailures is the highest count. So many failures take hours to be forgotten.
const MaxFailures = 50

// Login returns the limits of a login to the account with the canonical email,
// from a place that clients can't leave as easily as an address.
func Login(email, place string) []Limit {
	return []Limit{
		Known(email, place)[0],
		{Key: "failures new place " + email, Free: 10, MaxWait: 10 * time.Second, Forget: time.Minute, Scope: NewPlace},
		{Key: "failures account " + email, Free: 10, MaxWait: time.Minute, Forget: 10 * time.Minute, Scope: SuspectPlace},
		{Key: "failures place " + place, Free: 30, MaxWait: time.Minute, Forget: time.Minute}, // many people may be there
	}
}

// Known returns the limit of a login from a place where the account was used
// before.
func Known(email, place string) []Limit {
	return []Limit{{Key: "failures account in place " + place + " " + email, Free: 10, MaxWait: time.Minute, Forget: 10 * time.Minute}}
}

// Confirmation returns the limit of confirming an operation with the account's
// current password, in one session.
func Confirmation(userID, sessionID string) []Limit {
	return []Limit{{Key: "failures session " + userID + " " + sessionID, Free: 10, MaxWait: time.Minute, Forget: 10 * time.Minute}}
}

// A Counter counts attempts, for one process or for all replicas. Each method is
// one atomic step, and one call where the counts are elsewhere.
type Counter interface {
	// Begin counts the uses, in their order, and then the attempt, as a failure
	// until Succeed says otherwise, so that no more attempts begin at once than
	// may fail. If a use or a limit makes the caller wait, what comes after it is
	// not counted, and the attempt is not.
	Begin(ctx context.Context, uses []policy.Use, limits []Limit) (Outcome, error)
	// Fail counts a failure in limits that Begin did not look at.
	Fail(ctx context.Context, limits []Limit) error
	// Succeed takes the attempt back and ends the waits.
	Succeed(ctx context.Context, limits []Limit) error
}

// An Outcome says whether an attempt may go on.
type Outcome struct {
	Wait     time.Duration // 0: go on
	Overused bool          // a use is why to wait, not a failure
	NewPlace bool          // the limits with the scope NewPlace applied, not those with SuspectPlace
}

// An Attempt is one that has begun.
type Attempt struct {
	counter   Counter
	succeeded []Limit // to take back
	failed    []Limit // to count
}

// Begin begins an attempt. It is nil if the outcome is to wait.
func Begin(ctx context.Context, c Counter, uses []policy.Use, limits []Limit) (*Attempt, Outcome, error) {
	out, err := c.Begin(ctx, uses, limits)
	if err != nil || out.Wait > 0 {
		return nil, out, err
	}
	a := &Attempt{counter: c}
	for _, l := range limits {
		switch {
		case l.applies(out.NewPlace):
			a.succeeded = append(a.succeeded, l)
		case l.Scope == SuspectPlace:
			a.failed = append(a.failed, l)
		}
	}
	return a, out, nil
}

// Failed ends an attempt whose password was wrong.
func (a *Attempt) Failed(ctx context.Context) error {
	if len(a.failed) == 0 {
		return nil
	}
	return a.counter.Fail(ctx, a.failed)
}

// Succeeded ends an attempt whose password was right, or could not be checked.
func (a *Attempt) Succeeded(ctx context.Context) error {
	return a.counter.Succeed(ctx, a.succeeded)
}

func (l Limit) applies(newPlace bool) bool {
	return l.Scope == Always || (l.Scope == NewPlace) == newPlace
}
