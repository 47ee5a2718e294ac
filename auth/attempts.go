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
// Failed logins count for the account and for the address that they come from, whether or not there is such an account. Beyond a few, each
// makes the next wait for twice as long, up to a minute. A wait is never more than that, and attempts during it prolong nothing. From an
// address that has logged in to the account before neither counts, but failures from there alone: a stranger can't keep anybody from their
// account where they are at home.
type Attempts struct {
	Counter Counter
}

// A pace is how failures slow down what comes next.
type pace struct {
	free   int           // failures that cost nothing
	forget time.Duration // in which one failure is forgotten
}

// longestWait is how long a failure keeps the next attempt waiting at most.
const longestWait = time.Minute

// wait is for how long the next attempt waits after n failures.
func (p pace) wait(n int) time.Duration {
	if n < p.free {
		return 0
	}
	return min(time.Second<<min(n-p.free, 10), longestWait)
}

// A tally is one of the counts that an attempt adds to.
type tally struct {
	pace
	key string
}

// onAccount counts failures for an account from addresses it does not know, and fromAddress those of an address, where many people may be.
func onAccount(email string) tally {
	return tally{pace{10, 10 * time.Minute}, "login account " + email}
}
func fromAddress(network string) tally {
	return tally{pace{30, time.Minute}, "login address " + network}
}

// atHome counts failures for an account from an address that it knows.
func atHome(email, network string) tally {
	return tally{pace{10, 10 * time.Minute}, "login home " + network + " " + email}
}

// failuresMost is as many failures as are told apart; so many take hours to be forgotten.
const failuresMost = 50

// failures are how many there were, and until when the next attempt waits.
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

// try lets an attempt begin, or returns how long it has to wait. Where there were too many failures only one begins, however many come at once.
func (a *Attempts) try(ctx context.Context, tallies ...tally) (time.Duration, error) {
	for _, t := range tallies { // nothing is begun that another of them refuses
		number, now, err := a.Counter.GetWithTime(ctx, t.key)
		if err != nil {
			return 0, err
		}
		if f := t.failuresOf(number, now); f.n >= t.free && f.until.After(now) {
			return f.until.Sub(now), nil
		}
	}
	for _, t := range tallies {
		wait, err := a.change(ctx, t, func(f failures, now time.Time) (failures, time.Duration) {
			if f.n >= t.free && f.until.After(now) {
				return f, f.until.Sub(now)
			}
			if f.n >= t.free {
				f.until = now.Add(t.wait(f.n))
			}
			return f, 0
		})
		if wait > 0 || err != nil {
			return wait, err
		}
	}
	return 0, nil
}

// failed counts a failure.
func (a *Attempts) failed(ctx context.Context, tallies ...tally) error {
	return a.each(ctx, tallies, func(t tally, f failures, now time.Time) failures {
		n := min(f.n+1, failuresMost)
		return failures{n: n, until: now.Add(t.wait(n))}
	})
}

// passed lets the next attempt begin at once.
func (a *Attempts) passed(ctx context.Context, tallies ...tally) error {
	return a.each(ctx, tallies, func(t tally, f failures, now time.Time) failures {
		if f.n >= t.free {
			f.until = now
		}
		return f
	})
}

func (a *Attempts) each(ctx context.Context, tallies []tally, next func(tally, failures, time.Time) failures) error {
	for _, t := range tallies {
		_, err := a.change(ctx, t, func(f failures, now time.Time) (failures, time.Duration) { return next(t, f, now), 0 })
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
