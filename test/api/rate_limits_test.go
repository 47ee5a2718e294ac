package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
	"gatehouse/test/redistest"
)

// guess tries a password of the account ada@example.com from an IP address.
func guess(t testing.TB, s *harness.Service, from, password string) harness.Reply {
	t.Helper()
	return s.Send(t, http.Header{"X-Forwarded-For": {from}},
		`mutation($p: String!) { login(input: {email: "`+harness.AdaEmail+`", password: $p}) { accessToken } }`, harness.Vars{"p": password})
}

// TestReplicasSlowGuessing guesses a password on two replicas that share Redis:
// both slow down guesses from new networks, and let the owner log in from a
// known one. Without Redis a replica counts alone, and with RATE_LIMITS=off not
// at all. A busy machine has several tries, because Redis must answer within a
// tenth of a second, and a new network only waits for one.
func TestReplicasSlowGuessing(t *testing.T) {
	for try := 1; ; try++ {
		faults, slow := slowGuessing(t)
		if len(faults) == 0 {
			return
		}
		if !slow || try == 10 {
			t.Fatal(strings.Join(faults, "\n"))
		}
	}
}

// slowGuessing is one try. It is slow if the machine was.
func slowGuessing(t *testing.T) (faults []string, slow bool) {
	redis := redistest.Start(t)
	dsn := storetest.DSN(t)
	on := []string{"RATE_LIMITS=on", "TRUSTED_PROXIES=127.0.0.1", "REDIS_URL=" + redis.URL}
	a, b := harness.StartOn(t, dsn, on...), harness.StartOn(t, dsn, on...)
	alone := harness.StartOn(t, dsn, on[:2]...)
	open := harness.StartOn(t, dsn, "RATE_LIMITS=off", "TRUSTED_PROXIES=127.0.0.1")
	want := func(what string, got harness.Reply, code string) {
		if got.Code() != code {
			faults = append(faults, fmt.Sprintf("%s: %d %s, want %q", what, got.Status, got.Body, code))
		}
	}
	a.Register(t, harness.AdaEmail, harness.AdaPassword)
	want("from a network that becomes known", guess(t, a, "192.0.2.1", harness.AdaPassword), "")
	for i := range 10 {
		want("a guess", guess(t, []*harness.Service{a, b}[i%2], fmt.Sprintf("198.51.100.%d", i), "not-the-password"), "INVALID_CREDENTIALS")
	}
	guessed := time.Now()
	for _, s := range []*harness.Service{a, b} {
		got := guess(t, s, "203.0.113.1", harness.AdaPassword)
		want("from a new network", got, "RATE_LIMITED")
		if got.Status != http.StatusTooManyRequests || got.Header.Get("Retry-After") != "1" {
			faults = append(faults, fmt.Sprintf("from a new network: %d %v", got.Status, got.Header))
		}
	}
	slow = time.Since(guessed) > time.Second
	for _, s := range []*harness.Service{a, b} {
		want("from a known network", guess(t, s, "192.0.2.1", harness.AdaPassword), "")
	}
	want("alone", guess(t, alone, "203.0.113.1", harness.AdaPassword), "")
	want("off", guess(t, open, "203.0.113.1", harness.AdaPassword), "")
	if text := a.Log.String() + b.Log.String(); strings.Contains(text, "Redis can't be used") {
		return append(faults, text), true
	}
	return faults, slow
}

// TestRoundTripsOfALogin counts how often a login asks Redis, with the limits of its
// field, once Redis knows the script. A Redis that is slow for a moment is not asked, so
// the test tries a few times.
func TestRoundTripsOfALogin(t *testing.T) {
	redis := redistest.Start(t)
	s := harness.Start(t, "RATE_LIMITS=on", "TRUSTED_PROXIES=127.0.0.1", "REDIS_URL="+redis.URL)
	s.Register(t, harness.AdaEmail, harness.AdaPassword)
	refresh := func() { s.Ask(t, "", harness.RefreshOperation, harness.Vars{"token": "x"}) }
	for _, tt := range []struct {
		name string
		do   func()
		want int
	}{
		{"login", func() { guess(t, s, "192.0.2.1", harness.AdaPassword) }, 2},
		{"login with a wrong password", func() { guess(t, s, "192.0.2.1", "not-the-password") }, 2},
		{"refresh", refresh, 1},
	} {
		var got int
		for range 10 {
			before := redis.Reads(t)
			tt.do()
			if got = redis.Reads(t) - before; got == tt.want {
				break
			}
		}
		if got != tt.want {
			t.Errorf("%s: %d round trips, want %d", tt.name, got, tt.want)
		}
	}
}

// TestRegistrationsOfOneAddress registers under different aliases: the schema
// allows one network thirty registrations an hour.
func TestRegistrationsOfOneAddress(t *testing.T) {
	s := harness.Start(t, "RATE_LIMITS=on", "TRUSTED_PROXIES=127.0.0.1")
	register := func(from string, i int) harness.Reply {
		return s.Send(t, http.Header{"X-Forwarded-For": {from}},
			fmt.Sprintf(`mutation { a%d: register(input: {email: "user%d@example.com", password: "%s"}) { tokenType } }`, i, i, harness.AdaPassword), nil)
	}
	for i := range 30 {
		if got := register(fmt.Sprintf("2001:db8::%d", i), i); got.Code() != "" { // all of one network
			t.Fatalf("%d: %s", i, got.Body)
		}
	}
	if got := register("2001:db8::ffff", 31); got.Code() != "RATE_LIMITED" || got.Status != http.StatusTooManyRequests {
		t.Errorf("one more: %d %s", got.Status, got.Body)
	}
	if got := register("2001:db8:0:1::1", 31); got.Code() != "" {
		t.Errorf("from another network: %s", got.Body)
	}
}
