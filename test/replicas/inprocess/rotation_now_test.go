package main

import (
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/store/storetest"
)

// TestRotationAtOnce lets a new key sign without an announcement. What one replica signs with it is good on the other from the first request on.
func TestRotationAtOnce(t *testing.T) {
	const rounds = 200
	dsn := storetest.EmptyDSN(t)
	replicas := []*service{startOn(t, dsn), startOn(t, dsn)}
	ada := replicas[0].register(t, adaEmail, adaPassword)
	old := kidOf(t, ada.access)
	rotated := make(chan outcome, 1)
	go func() { rotated <- consoleOn(t, dsn).run(t, "", "key", "rotate", "--now") }()
	for round := 0; round < rounds; {
		one, other := replicas[round%2], replicas[1-round%2]
		ada = one.renew(t, ada)
		other.goesOn(t, "a token of "+kidOf(t, ada.access), ada)
		if t.Failed() {
			t.Fatalf("round %d, of which the old key is %s", round, old)
		}
		if kidOf(t, ada.access) != old {
			round++
		}
	}
	o := <-rotated
	o.ends(t, exitDone, "it signs from now on\n")
	if made := o.madeKey(t); made != kidOf(t, ada.access) {
		t.Errorf("%s signs, want %s", kidOf(t, ada.access), made)
	}
}

// TestEverybodyOut: after session revoke-all nothing works but a new login.
func TestEverybodyOut(t *testing.T) {
	dsn := storetest.EmptyDSN(t)
	a, b := startOn(t, dsn), startOn(t, dsn)
	ada, again, admin := a.register(t, adaEmail, adaPassword), b.login(t, adaEmail, adaPassword), b.admin(t)
	want(t, a.ask(t, again.access, `mutation { logout }`, nil), "")
	c := consoleOn(t, dsn)
	c.run(t, "", "session", "revoke-all").ends(t, exitDone, "everybody is logged out: 2 sessions ended; the key ", " signs from now on\n")
	for _, l := range []login{ada, admin} {
		distrusted(t, "a token of before", l.access, a, b)
		for _, s := range []*service{a, b} {
			want(t, s.ask(t, "", refreshOperation, vars{"token": l.refresh}), "REFRESH_TOKEN_INVALID")
		}
	}
	next := a.login(t, adaEmail, adaPassword)
	b.goesOn(t, "a new login", next)
	a.goesOn(t, "a new login, refreshed", b.renew(t, next))
	c.run(t, "", "session", "revoke-all").ends(t, exitDone, "everybody is logged out: 1 session ended;")
	c.run(t, "", "session", "revoke-all").ends(t, exitDone, "everybody is logged out: 0 sessions ended;")
}

// pass lets the keys become older by so much, as far as the database goes, and has the replicas read them again.
func pass(t *testing.T, dsn string, age time.Duration, replicas ...*service) {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const older = `
		UPDATE signing_keys
		SET created_at = created_at - d, signs_from = signs_from - d, signed_at = signed_at - d
		FROM make_interval(secs => $1) AS d`
	if _, err := db.ExecContext(t.Context(), older, age.Seconds()); err != nil {
		t.Fatal(err)
	}
	for _, s := range replicas {
		if err := s.prepared.keys.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// phases are those of the keys, in the order in which they sign.
func (c console) phases(t *testing.T) string {
	t.Helper()
	o := c.run(t, "", "key", "list", "--json")
	o.ends(t, exitDone)
	var keys []listedKey
	if err := json.Unmarshal([]byte(o.stdout), &keys); err != nil {
		t.Fatal(err)
	}
	var phases []string
	for _, key := range keys {
		phases = append(phases, key.Phase)
	}
	return strings.Join(phases, " ")
}

// TestKeysOfAge: a key that has reached its greatest age is followed by another, which is announced in time, without anybody doing anything. Of two
// replicas that do it at the same moment, one makes the key.
func TestKeysOfAge(t *testing.T) {
	dsn := storetest.EmptyDSN(t)
	environ := []string{"JWT_KEY_MAX_AGE=24h", "JWT_KEY_ANNOUNCE=1h"}
	a, b, forever := startOn(t, dsn, environ...), startOn(t, dsn, environ...), startOn(t, dsn, "JWT_KEY_MAX_AGE=0s")
	c := consoleOn(t, dsn)
	ada := a.register(t, adaEmail, adaPassword)
	first := kidOf(t, ada.access)
	upkeep := func(s *service) func() {
		return func() {
			if err := s.keepUp(t.Context(), s.prepared.keys); err != nil {
				t.Error(err)
			}
		}
	}
	steps := []struct {
		name   string
		after  time.Duration
		phases string
	}{
		{"young", 0, "signing"},
		{"almost of age", 22 * time.Hour, "signing"},
		{"of age, less the announcement", time.Hour, "signing announced"},
		{"a moment later", 0, "signing announced"},
		{"announced", time.Hour, "verifying signing"},
		{"while tokens of the old one live", 15 * time.Minute, "verifying signing"},
		{"afterwards", time.Hour, "signing"},
	}
	for _, step := range steps {
		pass(t, dsn, step.after, a, b, forever)
		upkeep(forever)() // nothing is of age to it
		together(upkeep(a), upkeep(b))
		if got := c.phases(t); got != step.phases {
			t.Fatalf("%s: %s, want %s", step.name, got, step.phases)
		}
	}
	distrusted(t, "a token of the first key", ada.access, a, b)
	next := b.renew(t, ada)
	if kid := kidOf(t, next.access); kid == first {
		t.Errorf("%s signs still", kid)
	}
	eventually(t, "the second key alone is published", func() bool { return slices.Equal(a.published(t, "").keys, []string{kidOf(t, next.access)}) })
	a.goesOn(t, "the session", next)
}

// TestOneKeyOfManyUpkeeps has replicas find at the same moment that the next key is due: one of them makes it.
func TestOneKeyOfManyUpkeeps(t *testing.T) {
	dsn := storetest.EmptyDSN(t)
	environ := []string{"JWT_KEY_MAX_AGE=24h", "JWT_KEY_ANNOUNCE=1h"}
	a, b := startOn(t, dsn, environ...), startOn(t, dsn, environ...)
	c := consoleOn(t, dsn)
	upkeeps := make([]func(), 6)
	for i := range upkeeps {
		s := []*service{a, b}[i%2]
		upkeeps[i] = func() {
			if err := s.keepUp(t.Context(), s.prepared.keys); err != nil {
				t.Error(err)
			}
		}
	}
	for round := range 5 {
		pass(t, dsn, 23*time.Hour, a, b)
		together(upkeeps...)
		if got := c.phases(t); got != "signing announced" {
			t.Fatalf("round %d: %s", round, got)
		}
		pass(t, dsn, 2*time.Hour, a, b) // the new one signs, and the old one is no longer needed
		together(upkeeps...)
		if got := c.phases(t); got != "signing" {
			t.Fatalf("round %d, later: %s", round, got)
		}
	}
}
