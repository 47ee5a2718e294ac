package auth

import (
	"context"
	"time"
)

// A Counter remembers numbers by key, for this process or for all replicas. It is throttled's store.
type Counter interface {
	// GetWithTime returns the number of the key, -1 for none, and the time of whoever remembers it.
	GetWithTime(ctx context.Context, key string) (int64, time.Time, error)
	// SetIfNotExistsWithTTL keeps the number if there is none yet, and reports whether there was none.
	SetIfNotExistsWithTTL(ctx context.Context, key string, value int64, ttl time.Duration) (bool, error)
	// CompareAndSwapWithTTL keeps another number if the old one still stands there, and reports whether it did.
	CompareAndSwapWithTTL(ctx context.Context, key string, old, value int64, ttl time.Duration) (bool, error)
}

// Attempts slow down whoever guesses passwords, and lock nobody out (NIST SP 800-63B, 3.2.2).
//
// Failed attempts count for the account from the place that they come from, for the account from everywhere, and for the place, whether or not
// there is such an account. Beyond a few, each makes the next wait for twice as long, up to a minute; attempts during a wait are not looked at, and
// prolong nothing. Two things keep a stranger from keeping somebody else out:
//
//   - where the account was used before, only what failed for it there counts;
//   - a place where hardly anything failed for the account does not wait for what failed elsewhere, but for other such places alone, up to ten
//     seconds. Whoever wants to be in the way there needs ever new places.
type Attempts struct {
	Counter Counter
}

// A pace is how failures slow down what comes next.
type pace struct {
	free   int           // failures that cost nothing
	most   time.Duration // that the next attempt waits
	forget time.Duration // in which one failure is forgotten
}

// wait is for how long the next attempt waits after n failures.
func (p pace) wait(n int) time.Duration {
	if n < p.free {
		return 0
	}
	return min(time.Second<<min(n-p.free, 10), p.most)
}

// A tally is one of the counts that an attempt adds to.
type tally struct {
	pace
	key string
}

// The tallies of a login: of the account in one place, of the account from all places where it failed, of the account from places where it hardly
// did, and of a place, where many people may be.
func inPlace(email, site string) tally {
	return tally{pace{10, time.Minute, 10 * time.Minute}, "login place " + site + " " + email}
}
func onAccount(email string) tally {
	return tally{pace{10, time.Minute, 10 * time.Minute}, "login account " + email}
}
func fromNew(email string) tally {
	return tally{pace{10, 10 * time.Second, time.Minute}, "login new " + email}
}
func ofPlace(site string) tally {
	return tally{pace{30, time.Minute, time.Minute}, "login site " + site}
}

// ofSession counts wrong confirmations by the current password, of one session of an account.
func ofSession(userID, sessionID string) tally {
	return tally{pace{10, time.Minute, 10 * time.Minute}, "confirm " + userID + " " + sessionID}
}

// failuresMost is as many failures as are told apart; so many take hours to be forgotten.
const failuresMost = 50

// failures are how many there were, those under way among them, and until when the next attempt waits.
type failures struct {
	n     int
	until time.Time
}

// failuresBits is how many bits of a number say how many failures there were. The rest is a time, in milliseconds since 1970.
const failuresBits = 12

func (f failures) number() int64 { return f.until.UnixMilli()<<failuresBits | int64(f.n) }

// failuresOf reads a number, and forgets what time has passed for.
func (p pace) failuresOf(number int64, now time.Time) failures {
	if number < 0 {
		return failures{until: now}
	}
	f := failures{n: int(number & (1<<failuresBits - 1)), until: time.UnixMilli(number >> failuresBits)}
	if since := now.Sub(f.until); since > 0 {
		f.n = max(0, f.n-int(since/p.forget))
	}
	return f
}

// slips is how often a person may mistype a password in a new place before that is taken for a guesser's.
const slips = 3

// few reports whether hardly anything failed.
func (a *Attempts) few(ctx context.Context, t tally) (bool, error) {
	number, now, err := a.Counter.GetWithTime(ctx, t.key)
	return err == nil && t.failuresOf(number, now).n < slips, err
}

// try lets an attempt begin, which counts as a failure until passed says otherwise, or returns how long it has to wait, and counts nothing. However
// many come at once, no more begin than may fail.
func (a *Attempts) try(ctx context.Context, tallies ...tally) (time.Duration, error) {
	for i, t := range tallies {
		wait, err := a.change(ctx, t, func(f failures, now time.Time) (failures, time.Duration) {
			if f.n >= t.free && f.until.After(now) {
				return f, f.until.Sub(now)
			}
			return t.more(f, now), 0
		})
		if wait > 0 || err != nil {
			if undone := a.passed(ctx, tallies[:i]...); undone != nil {
				return 0, undone
			}
			return wait, err
		}
	}
	return 0, nil
}

// more is one more failure.
func (p pace) more(f failures, now time.Time) failures {
	n := min(f.n+1, failuresMost)
	return failures{n: n, until: now.Add(p.wait(n))}
}

// failed counts an attempt that was let in without regard to these.
func (a *Attempts) failed(ctx context.Context, tallies ...tally) error {
	for _, t := range tallies {
		if _, err := a.change(ctx, t, func(f failures, now time.Time) (failures, time.Duration) { return t.more(f, now), 0 }); err != nil {
			return err
		}
	}
	return nil
}

// passed takes an attempt back, which was none that failed, and lets the next begin at once.
func (a *Attempts) passed(ctx context.Context, tallies ...tally) error {
	for _, t := range tallies {
		_, err := a.change(ctx, t, func(f failures, now time.Time) (failures, time.Duration) {
			return failures{n: max(0, f.n-1), until: now}, 0
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// change replaces what is counted, as long as it takes until nobody else did at the same moment.
func (a *Attempts) change(ctx context.Context, t tally, next func(failures, time.Time) (failures, time.Duration)) (time.Duration, error) {
	for {
		number, now, err := a.Counter.GetWithTime(ctx, t.key)
		if err != nil {
			return 0, err
		}
		is := t.failuresOf(number, now)
		shall, wait := next(is, now)
		if shall == is || wait > 0 {
			return wait, nil
		}
		done := false
		if ttl := shall.until.Sub(now) + time.Duration(shall.n)*t.forget; number < 0 {
			done, err = a.Counter.SetIfNotExistsWithTTL(ctx, t.key, shall.number(), ttl)
		} else {
			done, err = a.Counter.CompareAndSwapWithTTL(ctx, t.key, number, shall.number(), ttl)
		}
		if done || err != nil {
			return 0, err
		}
		if err := ctx.Err(); err != nil {
			return 0, err
		}
	}
}
