package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"gatehouse/store/storetest"
	"gatehouse/test/redistest"
)

// wrongly tries a password on ada's account, from an address that a proxy names.
func (s *service) wrongly(t *testing.T, from, password string) reply {
	t.Helper()
	return s.send(t, http.Header{"X-Forwarded-For": {from}},
		`mutation($p: String!) { login(input: {email: "`+adaEmail+`", password: $p}) { accessToken } }`, vars{"p": password})
}

// Replicas that share Redis count together: whoever guesses at one is slowed at the other, and the owner gets in where she is at home. Without
// Redis each counts for itself, and with RATE_LIMITS=off nobody counts.
func TestReplicasSlowGuessesTogether(t *testing.T) {
	redis := redistest.Start(t)
	dsn := storetest.EmptyDSN(t)
	on := []string{"RATE_LIMITS=on", "TRUSTED_PROXIES=127.0.0.1", "REDIS_URL=" + redis.URL}
	a, b := startOn(t, dsn, on...), startOn(t, dsn, on...)
	alone := startOn(t, dsn, on[:2]...)
	open := startOn(t, dsn, "RATE_LIMITS=off", "TRUSTED_PROXIES=127.0.0.1")
	a.register(t, adaEmail, adaPassword)
	if got := a.wrongly(t, "192.0.2.1", adaPassword); got.code() != "" {
		t.Fatalf("at home: %s", got.body)
	}
	for i := range 10 {
		if got := []*service{a, b}[i%2].wrongly(t, fmt.Sprintf("198.51.100.%d", i), "not-her-password"); got.code() != "INVALID_CREDENTIALS" {
			t.Fatalf("guess %d: %s", i, got.body)
		}
	}
	for _, s := range []*service{a, b} {
		got := s.wrongly(t, "203.0.113.1", adaPassword)
		if got.code() != "RATE_LIMITED" || got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") != "1" {
			t.Errorf("elsewhere: %d %s", got.status, got.body)
		}
	}
	for _, s := range []*service{a, b} {
		if got := s.wrongly(t, "192.0.2.1", adaPassword); got.code() != "" {
			t.Errorf("at home: %s", got.body)
		}
	}
	for name, s := range map[string]*service{"alone": alone, "off": open} {
		if got := s.wrongly(t, "203.0.113.1", adaPassword); got.code() != "" {
			t.Errorf("%s: %s", name, got.body)
		}
	}
	if text := a.log.String() + b.log.String(); strings.Contains(text, "Redis can't be used") {
		t.Errorf("log: %s", text)
	}
}

// What the schema says is counted by the service as it is: one address may register thirty times in an hour, under whatever names.
func TestRegistrationsOfOneAddress(t *testing.T) {
	s := start(t, "RATE_LIMITS=on", "TRUSTED_PROXIES=127.0.0.1")
	register := func(from string, i int) reply {
		return s.send(t, http.Header{"X-Forwarded-For": {from}},
			fmt.Sprintf(`mutation { a%d: register(input: {email: "person%d@example.com", password: "%s"}) { tokenType } }`, i, i, adaPassword), nil)
	}
	for i := range 30 {
		if got := register(fmt.Sprintf("2001:db8::%d", i), i); got.code() != "" { // of one network
			t.Fatalf("%d: %s", i, got.body)
		}
	}
	if got := register("2001:db8::ffff", 31); got.code() != "RATE_LIMITED" || got.status != http.StatusTooManyRequests {
		t.Errorf("one more: %d %s", got.status, got.body)
	}
	if got := register("2001:db8:0:1::1", 31); got.code() != "" {
		t.Errorf("from another network: %s", got.body)
	}
}
