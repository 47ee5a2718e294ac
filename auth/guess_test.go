package auth

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// A login is slowed by the canonical address, whatever is typed, and what is no address as well.
func TestLoginIsSlowed(t *testing.T) {
	for _, email := range []string{"ada@example.com", "eve@example.com", "no address"} {
		d, a := newDoor(t), someone(ada, "ada@example.com", "user")
		d.Passwords.Store, d.Hasher = newPeople(a), newHasher(t)
		a.Hash = cheap(horse)
		for range 10 {
			if _, err := d.check(t.Context(), email, newHorse); !errors.Is(err, ErrInvalidCredentials) {
				t.Fatalf("%s: %v", email, err)
			}
		}
		soon := (*LimitError)(nil)
		if _, err := d.check(t.Context(), " "+strings.ToUpper(email), horse); !errors.As(err, &soon) || soon.After != time.Second {
			t.Errorf("%s: %v", email, err)
		}
		d.clock.advance(time.Second)
		if _, err := d.check(t.Context(), email, horse); (err == nil) != (email == "ada@example.com") {
			t.Errorf("%s, a second later: %v", email, err)
		}
	}
}

// Who hangs up while the password is looked at has tried it all the same.
func TestWhoHangsUpHasGuessed(t *testing.T) {
	d := newDoor(t)
	for range 10 {
		ctx, cancel := context.WithCancel(t.Context())
		g, err := d.login(WithExchange(ctx, &Exchange{Sender: Sender{IP: "198.51.100.1"}}), "ada@example.com")
		cancel()
		if err != nil || g.end(ctx, true) != nil {
			t.Fatal(err)
		}
	}
	if wait := d.knock(t, "198.51.100.1", "ada@example.com", horse); wait != time.Second {
		t.Errorf("waits %s", wait)
	}
}

// A login that could not be judged counts as none, and what counts being away is no wrong password.
func TestWhatIsNotJudgedIsNotCounted(t *testing.T) {
	d := newDoor(t)
	d.Hasher, d.store.err = newHasher(t), ErrUnavailable
	for range 40 {
		if _, err := d.check(t.Context(), "ada@example.com", horse); !errors.Is(err, ErrUnavailable) {
			t.Fatal(err)
		}
	}
	d.store.err = nil
	if wait := d.knock(t, "198.51.100.1", "ada@example.com", horse); wait > 0 {
		t.Errorf("waits %s", wait)
	}
	d.count.err = errors.New("away")
	if _, err := d.check(t.Context(), "ada@example.com", horse); !errors.Is(err, d.count.err) {
		t.Errorf("counts are away: %v", err)
	}
}

// Who has somebody's access token may not guess their password with it for long, and does not keep them from changing it elsewhere.
func TestConfirmationIsSlowed(t *testing.T) {
	d, a := newDoor(t), someone(ada, "ada@example.com", "user")
	d.Passwords.Store, d.Hasher = newPeople(a), newHasher(t)
	a.Hash = cheap(horse)
	in := func(session string) context.Context {
		return WithCaller(t.Context(), &Principal{ID: ada, SessionID: &session})
	}
	for range 10 {
		if _, err := d.confirm(in("stolen"), ada, newHorse); !errors.Is(err, ErrInvalidCredentials) {
			t.Fatal(err)
		}
	}
	soon := (*LimitError)(nil)
	if _, err := d.confirm(in("stolen"), ada, horse); !errors.As(err, &soon) || soon.After != time.Second {
		t.Errorf("the eleventh: %v", err)
	}
	if _, err := d.confirm(in("hers"), ada, horse); err != nil {
		t.Errorf("in a session of hers: %v", err)
	}
}
