package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
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
	g, err := d.begin(ctx, email)
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
		if wait := d.knock(t, "203.0.113.9", "ada@example.com", horse); wait != time.Millisecond {
			t.Fatalf("just before: waits %s", wait)
		}
		d.clock.advance(time.Millisecond)
		if wait := d.knock(t, "198.51.100.1", "ada@example.com", newHorse); wait > 0 {
			t.Fatalf("after %s: waits %s more", want, wait)
		}
	}
	d.clock.advance(time.Minute)
	for range 5 { // who knows the password is through at once, and so is the next
		if wait := d.knock(t, "203.0.113.9", "ada@example.com", horse); wait > 0 {
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

// Whoever tries a thousand passwords for one account, from as many addresses, is slowed; its owner gets in, at home always, elsewhere after a minute.
// Other accounts notice nothing.
func TestAThousandWrongLogins(t *testing.T) {
	d := newDoor(t)
	looked := 0
	for i := range 1000 {
		if d.knock(t, fmt.Sprintf("198.51.%d.%d", i/250, i%250), "ada@example.com", newHorse) == 0 {
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
	if looked < 10 || looked > 18 {
		t.Errorf("%d passwords of 1,000 in 100 s were looked at, want 10 and then fewer and fewer", looked)
	}
	wait := d.knock(t, "203.0.113.9", "ada@example.com", horse)
	if wait == 0 || wait > longestWait {
		t.Errorf("elsewhere she waits %s", wait)
	}
	d.clock.advance(wait)
	if wait := d.knock(t, "203.0.113.9", "ada@example.com", horse); wait > 0 {
		t.Errorf("elsewhere, after that: she waits %s", wait)
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

// However many attempts come at once, beyond the free ones each wait lets one of them through.
func TestOneOfManyAtOnce(t *testing.T) {
	for range 50 {
		d := newDoor(t)
		for range 10 {
			d.knock(t, "198.51.100.1", "ada@example.com", newHorse)
		}
		for range 3 {
			d.clock.advance(time.Minute)
			var begun atomic.Int32
			var barrier, done sync.WaitGroup
			barrier.Add(1)
			for i := range 16 {
				done.Go(func() {
					barrier.Wait()
					ctx := WithExchange(t.Context(), &Exchange{Sender: Sender{IP: fmt.Sprintf("203.0.113.%d", i)}})
					if _, err := d.begin(ctx, "ada@example.com"); err == nil {
						begun.Add(1)
					}
				})
			}
			barrier.Done()
			done.Wait()
			if begun.Load() != 1 {
				t.Fatalf("%d of 16 began", begun.Load())
			}
		}
	}
}

// Failures that come at once are all counted.
func TestFailuresAtOnce(t *testing.T) {
	for range 50 {
		d := newDoor(t)
		var done sync.WaitGroup
		for range 8 {
			done.Go(func() {
				if err := d.Attempts.failed(t.Context(), onAccount("ada@example.com")); err != nil {
					t.Error(err)
				}
			})
		}
		done.Wait()
		number, now, _ := d.count.GetWithTime(t.Context(), onAccount("ada@example.com").key)
		if f := onAccount("").failuresOf(number, now); f.n != 8 {
			t.Fatalf("%d of 8 failures are counted", f.n)
		}
	}
}
