package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

// tallies is a Counter in memory.
type tallies struct {
	mu      sync.Mutex
	numbers map[string]int64
	clock   *clock
	err     error // what it answers, if not nil
}

func (c *tallies) GetWithTime(_ context.Context, key string) (int64, time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	number, ok := c.numbers[key]
	if !ok {
		number = -1
	}
	return number, c.clock.now(), c.err
}

func (c *tallies) SetIfNotExistsWithTTL(_ context.Context, key string, value int64, _ time.Duration) (bool, error) {
	return c.swap(key, -1, value)
}

func (c *tallies) CompareAndSwapWithTTL(_ context.Context, key string, old, value int64, _ time.Duration) (bool, error) {
	return c.swap(key, old, value)
}

func (c *tallies) swap(key string, old, value int64) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	number, ok := c.numbers[key]
	if ok != (old >= 0) || ok && number != old {
		return false, nil
	}
	c.numbers[key] = value
	return true, nil
}

// A door is a login that is slowed down, and who knows what of it.
type door struct {
	*Passwords
	clock *clock
	store *people
	count *tallies
}

// newDoor has the accounts of ada, who logged in from 192.0.2.1 and 2001:db8::1 before, and of bob, who never did.
func newDoor(t *testing.T) *door {
	t.Helper()
	store := newPeople(someone(ada, "ada@example.com", "user"), someone(bob, "bob@example.com", "user"))
	store.homes = map[string][]string{"ada@example.com": {"192.0.2.1", "2001:db8::1"}}
	c := newClock()
	count := &tallies{numbers: map[string]int64{}, clock: c}
	return &door{Passwords: &Passwords{Store: store, Attempts: &Attempts{Counter: count}}, clock: c, store: store, count: count}
}

// knock tries a password from an address, and returns how long it has to wait, 0 if the password is looked at. Only horse is right.
func (d *door) knock(t *testing.T, ip, email, typed string) time.Duration {
	t.Helper()
	ctx := WithExchange(t.Context(), &Exchange{Sender: Sender{IP: ip}})
	g, err := d.login(ctx, email)
	if soon := (*LimitError)(nil); errors.As(err, &soon) {
		return soon.After
	}
	if err == nil {
		err = g.end(ctx, typed != horse)
	}
	if err != nil {
		t.Fatalf("%s from %s: %v", email, ip, err)
	}
	return 0
}

// Each failure beyond the first ones doubles the wait, up to a minute; a wait is not prolonged by those who do not wait.
func TestFailuresSlowDown(t *testing.T) {
	d := newDoor(t)
	for i := range 10 {
		if wait := d.knock(t, "198.51.100.1", "ada@example.com", newHorse); wait > 0 {
			t.Fatalf("failure %d waits %s", i, wait)
		}
	}
	for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60, 60} {
		want *= time.Second
		for _, typed := range []string{newHorse, horse, newHorse} { // nor does the right password help
			if wait := d.knock(t, "198.51.100.1", "ada@example.com", typed); wait != want {
				t.Fatalf("waits %s, want %s", wait, want)
			}
		}
		d.clock.advance(want - time.Millisecond)
		if wait := d.knock(t, "198.51.100.1", "ada@example.com", horse); wait != time.Millisecond {
			t.Fatalf("just before: waits %s", wait)
		}
		d.clock.advance(time.Millisecond)
		if wait := d.knock(t, "198.51.100.1", "ada@example.com", newHorse); wait > 0 {
			t.Fatalf("after %s: waits %s more", want, wait)
		}
	}
	d.clock.advance(time.Minute)
	for range 5 { // who knows the password is through at once, and so is the next
		if wait := d.knock(t, "198.51.100.1", "ada@example.com", horse); wait > 0 {
			t.Fatalf("the password is right: waits %s", wait)
		}
	}
	d.clock.advance(24 * time.Hour)
	for i := range 10 {
		if wait := d.knock(t, "198.51.100.1", "ada@example.com", newHorse); wait > 0 {
			t.Fatalf("a day later, failure %d waits %s", i, wait)
		}
	}
}

// Whoever tries a thousand passwords for one account, from as many addresses, is slowed; its owner gets in, at home always, elsewhere after ten
// seconds. Other accounts notice nothing.
func TestAThousandWrongLogins(t *testing.T) {
	for _, addresses := range []int{1000, 100, 11} {
		d := newDoor(t)
		looked := 0
		for i := range 1000 {
			if d.knock(t, fmt.Sprintf("198.51.%d.%d", i%addresses/250, i%addresses%250), "ada@example.com", newHorse) == 0 {
				looked++
			}
			for _, home := range []string{"192.0.2.1", "2001:db8::42"} {
				if wait := d.knock(t, home, "ada@example.com", horse); wait > 0 {
					t.Fatalf("after %d attempts, from %s: she waits %s", i+1, home, wait)
				}
			}
			if wait := d.knock(t, "192.0.2.1", "bob@example.com", horse); wait > 0 {
				t.Fatalf("after %d attempts: bob waits %s", i+1, wait)
			}
			d.clock.advance(100 * time.Millisecond)
		}
		if looked < 10 || looked > 40 {
			t.Errorf("from %d addresses: %d passwords of 1,000 in 100 s were looked at, want a few and then fewer and fewer", addresses, looked)
		}
		wait := d.knock(t, "203.0.113.9", "ada@example.com", horse)
		if wait > 10*time.Second {
			t.Errorf("elsewhere she waits %s", wait)
		}
		d.clock.advance(wait)
		if wait := d.knock(t, "203.0.113.9", "ada@example.com", horse); wait > 0 {
			t.Errorf("elsewhere, after that: she waits %s", wait)
		}
	}
}

// A stranger who is first whenever a wait ends, day and night, keeps nobody out: not from a new address, and not for want of failures.
func TestNobodyIsLockedOut(t *testing.T) {
	d := newDoor(t)
	strangers := []string{"198.51.100.1", "198.51.100.2", "198.51.100.3", "2001:db8:5::1", "2001:db8:5:1::1"} // the last two in one place
	for minute := range 24 * 60 {
		for i := range 20 {
			d.knock(t, strangers[(minute+i)%len(strangers)], "ada@example.com", newHorse)
		}
		if minute%10 == 9 {
			for _, new := range []string{"203.0.113.%d", "2001:db8:a%d::1"} {
				wait := d.knock(t, fmt.Sprintf(new, minute/10), "ada@example.com", newHorse) // which she mistypes
				for waits := 0; wait > 0 || waits == 0; waits++ {
					if wait > 10*time.Second || waits > 3 {
						t.Fatalf("after %d minutes and %d waits she waits %s", minute, waits, wait)
					}
					d.clock.advance(wait)
					for _, stranger := range strangers {
						d.knock(t, stranger, "ada@example.com", newHorse)
					}
					wait = d.knock(t, fmt.Sprintf(new, minute/10), "ada@example.com", horse)
				}
			}
		}
		d.clock.advance(time.Minute)
	}
}

// At home nobody may guess without an end either.
func TestFailuresAtHome(t *testing.T) {
	d := newDoor(t)
	for range 10 {
		d.knock(t, "198.51.100.1", "ada@example.com", newHorse)
	}
	for i := range 10 {
		if wait := d.knock(t, "192.0.2.1", "ada@example.com", newHorse); wait > 0 {
			t.Fatalf("failure %d at home waits %s", i, wait)
		}
	}
	if wait := d.knock(t, "192.0.2.1", "ada@example.com", horse); wait != time.Second {
		t.Errorf("after ten at home: waits %s", wait)
	}
	if wait := d.knock(t, "2001:db8::7", "ada@example.com", horse); wait > 0 {
		t.Errorf("at another home: waits %s", wait)
	}
}

// One password tried on many accounts from one address is slowed as well, whether there are such accounts or not.
func TestOneAddressManyAccounts(t *testing.T) {
	for _, ip := range []string{"198.51.100.1", "2001:db8:5::%x"} {
		d := newDoor(t)
		looked := 0
		for i := range 300 {
			from := ip
			if i := i; from[0] == '2' {
				from = fmt.Sprintf(ip, i+1) // addresses of one network
			}
			if d.knock(t, from, fmt.Sprintf("person%d@example.com", i), newHorse) == 0 {
				looked++
			}
		}
		if looked != 30 {
			t.Errorf("%s: %d accounts were tried", ip, looked)
		}
		if wait := d.knock(t, "2001:db8:6::1", "bob@example.com", horse); wait > 0 {
			t.Errorf("%s: from another network bob waits %s", ip, wait)
		}
	}
}

// However many attempts come at once, no more begin than may fail; afterwards each wait lets one through.
func TestManyAtOnce(t *testing.T) {
	for range 50 {
		d := newDoor(t)
		for _, want := range []int{10, 1, 1} {
			var barrier, done sync.WaitGroup
			begun := make(chan *guess, 32)
			barrier.Add(1)
			for i := range 32 {
				done.Go(func() {
					barrier.Wait()
					ctx := WithExchange(t.Context(), &Exchange{Sender: Sender{IP: fmt.Sprintf("203.0.113.%d", i)}})
					if g, err := d.login(ctx, "ada@example.com"); err == nil {
						begun <- g
					}
				})
			}
			barrier.Done()
			done.Wait()
			close(begun)
			if len(begun) != want {
				t.Fatalf("%d of 32 began, want %d", len(begun), want)
			}
			for g := range begun {
				if err := g.end(t.Context(), true); err != nil {
					t.Fatal(err)
				}
			}
			d.clock.advance(10 * time.Second)
		}
	}
}

// Right passwords that come at once are no failures, in the end.
func TestPassesAtOnce(t *testing.T) {
	for range 50 {
		d := newDoor(t)
		var done sync.WaitGroup
		for range 8 {
			done.Go(func() { d.knock(t, "198.51.100.1", "ada@example.com", horse) })
		}
		done.Wait()
		for key, number := range d.count.numbers {
			if f := (pace{forget: time.Hour}).failuresOf(number, d.clock.now()); f.n != 0 {
				t.Fatalf("%s: %d failures", key, f.n)
			}
		}
	}
}
