package auth

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"gatehouse/auth/client"
)

// Logins are counted by canonical email, and invalid emails are counted too.
func TestLoginIsThrottled(t *testing.T) {
	for _, email := range []string{"ada@example.com", "eve@example.com", "no address"} {
		d, a := newThrottle(t), account(ada, "ada@example.com", "user")
		d.Passwords.Store, d.Hasher = newFakeUserStore(a), newHasher(t)
		a.Hash = cheap(horse)
		for range 10 {
			if _, err := d.check(t.Context(), email, newHorse, nil); !errors.Is(err, ErrInvalidCredentials) {
				t.Fatalf("%s: %v", email, err)
			}
		}
		limit := (*LimitError)(nil)
		if _, err := d.check(t.Context(), " "+strings.ToUpper(email), horse, nil); !errors.As(err, &limit) || limit.After != time.Second {
			t.Errorf("%s: %v", email, err)
		}
		d.clock.advance(time.Second)
		if _, err := d.check(t.Context(), email, horse, nil); (err == nil) != (email == "ada@example.com") {
			t.Errorf("%s, a second later: %v", email, err)
		}
	}
}

// An attempt counts even if the client hangs up while the password is checked.
func TestAbandonedAttemptCounts(t *testing.T) {
	d := newThrottle(t)
	for range 10 {
		ctx, cancel := context.WithCancel(t.Context())
		a, err := d.beginLogin(client.With(ctx, client.Client{IP: "198.51.100.1"}), "ada@example.com", nil)
		cancel()
		if err != nil || end(ctx, a, true) != nil {
			t.Fatal(err)
		}
	}
	if wait := d.try(t, "198.51.100.1", "ada@example.com", horse); wait != time.Second {
		t.Errorf("waits %s", wait)
	}
}

// A password that could not be checked is not a failure, and neither is an
// unavailable counter.
func TestUncheckedPasswordIsNoFailure(t *testing.T) {
	d := newThrottle(t)
	d.Hasher, d.store.err = newHasher(t), ErrUnavailable
	for range 40 {
		if _, err := d.check(t.Context(), "ada@example.com", horse, nil); !errors.Is(err, ErrUnavailable) {
			t.Fatal(err)
		}
	}
	d.store.err = nil
	if wait := d.try(t, "198.51.100.1", "ada@example.com", horse); wait > 0 {
		t.Errorf("waits %s", wait)
	}
	d.counter.err = errors.New("away")
	if _, err := d.check(t.Context(), "ada@example.com", horse, nil); !errors.Is(err, d.counter.err) {
		t.Errorf("the counter is away: %v", err)
	}
}

// A stolen access token can't be used to guess the password for long, and does not
// keep the owner from confirming in another session.
func TestConfirmationIsThrottled(t *testing.T) {
	d, a := newThrottle(t), account(ada, "ada@example.com", "user")
	d.Passwords.Store, d.Hasher = newFakeUserStore(a), newHasher(t)
	a.Hash = cheap(horse)
	in := func(session string) context.Context {
		return WithCaller(t.Context(), &Principal{ID: ada, SessionID: &session})
	}
	for range 10 {
		if _, err := d.confirm(in("stolen"), ada, newHorse); !errors.Is(err, ErrInvalidCredentials) {
			t.Fatal(err)
		}
	}
	limit := (*LimitError)(nil)
	if _, err := d.confirm(in("stolen"), ada, horse); !errors.As(err, &limit) || limit.After != time.Second {
		t.Errorf("the eleventh: %v", err)
	}
	if _, err := d.confirm(in("own"), ada, horse); err != nil {
		t.Errorf("in the owner's session: %v", err)
	}
}
