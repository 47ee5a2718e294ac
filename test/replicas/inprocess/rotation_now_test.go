package inprocess_test

import (
	"regexp"
	"strings"
	"testing"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// TestRotationAtOnce has a new key sign without an announcement. The other replica
// accepts its tokens from the first request on.
func TestRotationAtOnce(t *testing.T) {
	const rounds = 200
	dsn := storetest.DSN(t)
	replicas := []*harness.Service{harness.StartOn(t, dsn), harness.StartOn(t, dsn)}
	ada := replicas[0].Register(t, harness.AdaEmail, harness.AdaPassword)
	old := kidOf(t, ada.Access)
	rotated := make(chan string, 1)
	go func() { rotated <- run(t, statusDone, dsn, nil, "key", "rotate", "--now") }()
	for round := 0; round < rounds; {
		one, other := replicas[round%2], replicas[1-round%2]
		ada = one.Refresh(t, ada.Refresh)
		other.WantAlive(t, "a token of "+kidOf(t, ada.Access), ada)
		if t.Failed() {
			t.Fatalf("round %d, the old key is %s", round, old)
		}
		if kidOf(t, ada.Access) != old {
			round++
		}
	}
	output := <-rotated
	if !strings.Contains(output, "it signs from now on\n") {
		t.Errorf("output: %s", output)
	}
	if made := namedKey(t, output); made != kidOf(t, ada.Access) {
		t.Errorf("%s signs, want %s", kidOf(t, ada.Access), made)
	}
}

// TestRevokeAll ends all sessions and replaces the keys: no token works any more,
// and a new login does.
func TestRevokeAll(t *testing.T) {
	dsn := storetest.DSN(t)
	a, b := harness.StartOn(t, dsn), harness.StartOn(t, dsn)
	ada, again, admin := a.Register(t, harness.AdaEmail, harness.AdaPassword), b.Login(t, harness.AdaEmail, harness.AdaPassword), b.Admin(t)
	a.Ask(t, again.Access, `mutation { logout }`, nil).Want(t, "")
	revokeAll := func(ended string) {
		t.Helper()
		output := run(t, statusDone, dsn, nil, "session", "revoke-all", "--yes")
		if !regexp.MustCompile(`^all accounts are logged out: ` + ended + `; the key \S+ signs from now on\n`).MatchString(output) {
			t.Errorf("output: %s, want %s", output, ended)
		}
	}
	revokeAll("2 sessions ended")
	for _, l := range []harness.Session{ada, admin} {
		awaitRefused(t, "an old token", l.Access, a, b)
		for _, s := range []*harness.Service{a, b} {
			s.Ask(t, "", harness.RefreshOperation, harness.Vars{"token": l.Refresh}).Want(t, "REFRESH_TOKEN_INVALID")
		}
	}
	next := a.Login(t, harness.AdaEmail, harness.AdaPassword)
	b.WantAlive(t, "a new login", next)
	a.WantAlive(t, "a new login, refreshed", b.Refresh(t, next.Refresh))
	revokeAll("1 session ended")
	revokeAll("0 sessions ended")
}
