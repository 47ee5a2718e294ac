package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"gatehouse/auth/attempts"
	"gatehouse/auth/client"
	"gatehouse/auth/policy"
)

// fakeCounter is an attempts.Counter in memory.
type fakeCounter struct {
	mu       sync.Mutex
	failures map[string]attempts.Failures
	clock    *clock
	uses     []policy.Use // that were counted
	calls    int
	err      error // returned by every call, if not nil
}

func (c *fakeCounter) Load(key string) attempts.Failures     { return c.failures[key] }
func (c *fakeCounter) Store(key string, f attempts.Failures) { c.failures[key] = f }

func (c *fakeCounter) Begin(_ context.Context, uses []policy.Use, limits []attempts.Limit) (out attempts.Outcome, err error) {
	err = c.do(func(s attempts.State) {
		c.uses = append(c.uses, uses...)
		out = s.Begin(limits)
	})
	return out, err
}

func (c *fakeCounter) Fail(_ context.Context, limits []attempts.Limit) error {
	return c.do(func(s attempts.State) { s.Fail(limits) })
}

func (c *fakeCounter) Succeed(_ context.Context, limits []attempts.Limit) error {
	return c.do(func(s attempts.State) { s.Succeed(limits) })
}

func (c *fakeCounter) do(step func(attempts.State)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	step(attempts.State{Slots: c, Now: c.clock.now()})
	return c.err
}

// A throttle is Passwords that count attempts, with their fakes.
type throttle struct {
	*Passwords
	clock   *clock
	store   *fakeUserStore
	counter *fakeCounter
}

// newThrottle has two accounts: ada's, used before from 192.0.2.1 and
// 2001:db8::1, and bob's, never used.
func newThrottle(t *testing.T) *throttle {
	t.Helper()
	store := newFakeUserStore(account(ada, "ada@example.com", "user"), account(bob, "bob@example.com", "user"))
	store.ips = map[string][]string{"ada@example.com": {"192.0.2.1", "2001:db8::1"}}
	c := newClock()
	counter := &fakeCounter{failures: map[string]attempts.Failures{}, clock: c}
	return &throttle{Passwords: &Passwords{Store: store, Attempts: counter}, clock: c, store: store, counter: counter}
}

// try makes an attempt from an address. It returns how long to wait, or 0 if the
// password is checked. Only horse is right.
func (d *throttle) try(t *testing.T, ip, email, typed string) time.Duration {
	t.Helper()
	ctx := client.With(t.Context(), client.Client{IP: ip})
	attempt, err := d.beginLogin(ctx, email, nil)
	if limit := (*LimitError)(nil); errors.As(err, &limit) {
		return limit.After
	}
	if err == nil {
		err = end(ctx, attempt, typed != horse)
	}
	if err != nil {
		t.Fatalf("%s from %s: %v", email, ip, err)
	}
	return 0
}

// Each failure beyond the first ones doubles the wait, up to a minute. Attempts
// during a wait don't prolong it.
func TestFailuresSlowDown(t *testing.T) {
	d := newThrottle(t)
	for i := range 10 {
		if wait := d.try(t, "198.51.100.1", "ada@example.com", newHorse); wait > 0 {
			t.Fatalf("failure %d waits %s", i, wait)
		}
	}
	for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60, 60} {
		want *= time.Second
		for _, typed := range []string{newHorse, horse, newHorse} { // the right password doesn't help either
			if wait := d.try(t, "198.51.100.1", "ada@example.com", typed); wait != want {
				t.Fatalf("waits %s, want %s", wait, want)
			}
		}
		d.clock.advance(want - time.Millisecond)
		if wait := d.try(t, "198.51.100.1", "ada@example.com", horse); wait != time.Millisecond {
			t.Fatalf("just before the end: waits %s", wait)
		}
		d.clock.advance(time.Millisecond)
		if wait := d.try(t, "198.51.100.1", "ada@example.com", newHorse); wait > 0 {
			t.Fatalf("after %s: waits %s more", want, wait)
		}
	}
	d.clock.advance(time.Minute)
	for range 5 { // the right password is accepted at once, and so is the next one
		if wait := d.try(t, "198.51.100.1", "ada@example.com", horse); wait > 0 {
			t.Fatalf("the password is right: waits %s", wait)
		}
	}
	d.clock.advance(24 * time.Hour)
	for i := range 10 {
		if wait := d.try(t, "198.51.100.1", "ada@example.com", newHorse); wait > 0 {
			t.Fatalf("a day later, failure %d waits %s", i, wait)
		}
	}
}

// An attacker who tries a thousand passwords for one account, from up to a
// thousand addresses, is slowed down. The owner gets in: at once from a known
// place, within ten seconds from any other. Other accounts are not affected.
func TestAThousandWrongLogins(t *testing.T) {
	for _, addresses := range []int{1000, 100, 11} {
		d := newThrottle(t)
		checked := 0
		for i := range 1000 {
			if d.try(t, fmt.Sprintf("198.51.%d.%d", i%addresses/250, i%addresses%250), "ada@example.com", newHorse) == 0 {
				checked++
			}
			for _, known := range []string{"192.0.2.1", "2001:db8::42"} {
				if wait := d.try(t, known, "ada@example.com", horse); wait > 0 {
					t.Fatalf("after %d attempts, from %s: the owner waits %s", i+1, known, wait)
				}
			}
			if wait := d.try(t, "192.0.2.1", "bob@example.com", horse); wait > 0 {
				t.Fatalf("after %d attempts: bob waits %s", i+1, wait)
			}
			d.clock.advance(100 * time.Millisecond)
		}
		if checked < 10 || checked > 40 {
			t.Errorf("from %d addresses: %d of 1,000 passwords in 100 s were checked; want a few and then fewer and fewer", addresses, checked)
		}
		wait := d.try(t, "203.0.113.9", "ada@example.com", horse)
		if wait > 10*time.Second {
			t.Errorf("from a new place the owner waits %s", wait)
		}
		d.clock.advance(wait)
		if wait := d.try(t, "203.0.113.9", "ada@example.com", horse); wait > 0 {
			t.Errorf("from a new place, after that wait: the owner waits %s", wait)
		}
	}
}

// An attacker who is first whenever a wait ends, day and night, does not lock the
// owner out: not in a new place, and not because the owner mistypes.
func TestOwnerIsNotLockedOut(t *testing.T) {
	d := newThrottle(t)
	attackers := []string{"198.51.100.1", "198.51.100.2", "198.51.100.3", "2001:db8:5::1", "2001:db8:5:1::1"} // the last two are one place
	for minute := range 24 * 60 {
		for i := range 20 {
			d.try(t, attackers[(minute+i)%len(attackers)], "ada@example.com", newHorse)
		}
		if minute%10 == 9 {
			for _, ips := range []string{"203.0.113.%d", "2001:db8:a%d::1"} {
				wait := d.try(t, fmt.Sprintf(ips, minute/10), "ada@example.com", newHorse) // mistyped
				for waits := 0; wait > 0 || waits == 0; waits++ {
					if wait > 10*time.Second || waits > 3 {
						t.Fatalf("after %d minutes and %d waits the owner waits %s", minute, waits, wait)
					}
					d.clock.advance(wait)
					for _, attacker := range attackers {
						d.try(t, attacker, "ada@example.com", newHorse)
					}
					wait = d.try(t, fmt.Sprintf(ips, minute/10), "ada@example.com", horse)
				}
			}
		}
		d.clock.advance(time.Minute)
	}
}

// Guessing is slowed down in a known place as well.
func TestFailuresInKnownPlace(t *testing.T) {
	d := newThrottle(t)
	for range 10 {
		d.try(t, "198.51.100.1", "ada@example.com", newHorse)
	}
	for i := range 10 {
		if wait := d.try(t, "192.0.2.1", "ada@example.com", newHorse); wait > 0 {
			t.Fatalf("failure %d in the known place waits %s", i, wait)
		}
	}
	if wait := d.try(t, "192.0.2.1", "ada@example.com", horse); wait != time.Second {
		t.Errorf("after ten in the known place: waits %s", wait)
	}
	if wait := d.try(t, "2001:db8::7", "ada@example.com", horse); wait > 0 {
		t.Errorf("in another known place: waits %s", wait)
	}
}

// Trying one password for many accounts from one place is slowed down too,
// whether or not the accounts exist.
func TestOneAddressManyAccounts(t *testing.T) {
	for _, ip := range []string{"198.51.100.1", "2001:db8:5::%x"} {
		d := newThrottle(t)
		checked := 0
		for i := range 300 {
			from := ip
			if i := i; from[0] == '2' {
				from = fmt.Sprintf(ip, i+1) // addresses of one /48
			}
			if d.try(t, from, fmt.Sprintf("person%d@example.com", i), newHorse) == 0 {
				checked++
			}
		}
		if checked != 30 {
			t.Errorf("%s: %d accounts were checked", ip, checked)
		}
		if wait := d.try(t, "2001:db8:6::1", "bob@example.com", horse); wait > 0 {
			t.Errorf("%s: from another network bob waits %s", ip, wait)
		}
	}
}

// However many attempts come at once, no more begin than may fail. Afterwards
// each wait lets one through.
func TestManyAtOnce(t *testing.T) {
	for range 50 {
		d := newThrottle(t)
		for _, want := range []int{10, 1, 1} {
			var barrier, done sync.WaitGroup
			begun := make(chan *attempts.Attempt, 32)
			barrier.Add(1)
			for i := range 32 {
				done.Go(func() {
					barrier.Wait()
					ctx := client.With(t.Context(), client.Client{IP: fmt.Sprintf("203.0.113.%d", i)})
					if a, err := d.beginLogin(ctx, "ada@example.com", nil); err == nil {
						begun <- a
					}
				})
			}
			barrier.Done()
			done.Wait()
			close(begun)
			if len(begun) != want {
				t.Fatalf("%d of 32 began, want %d", len(begun), want)
			}
			for a := range begun {
				if err := end(t.Context(), a, true); err != nil {
					t.Fatal(err)
				}
			}
			d.clock.advance(10 * time.Second)
		}
	}
}

// Concurrent logins with the right password leave no failures.
func TestSuccessesAtOnce(t *testing.T) {
	for range 50 {
		d := newThrottle(t)
		var done sync.WaitGroup
		for range 8 {
			done.Go(func() { d.try(t, "198.51.100.1", "ada@example.com", horse) })
		}
		done.Wait()
		for key, f := range d.counter.failures {
			if f.N != 0 {
				t.Fatalf("%s: %d failures", key, f.N)
			}
		}
	}
}
