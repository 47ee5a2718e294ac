package server

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/store/storetest"
)

// A shiftedReplica is a replica for which time may pass faster than it does.
type shiftedReplica struct {
	*Server
	log   *recorder
	ahead *atomic.Int64
}

// startShifted starts a replica on the database, on a machine whose clock is ahead.
func startShifted(t *testing.T, dsn string, ahead *atomic.Int64, environ ...string) *shiftedReplica {
	t.Helper()
	log := &recorder{}
	s := read(t, append([]string{
		"DATABASE_URL=" + dsn, "PUBLIC_URL=http://localhost:8080", "SECRET_KEY=" + testSecret, "RATE_LIMITS=off",
		"ADMIN_EMAIL=" + adminEmail, "ADMIN_PASSWORD=" + adminPassword,
	}, environ...)...)
	r, err := New(t.Context(), s, log.logger(), func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return &shiftedReplica{r, log, ahead}
}

// caughtUp waits until the replica has compared the clocks.
func (r *shiftedReplica) caughtUp(t *testing.T, c *storetest.Clock) {
	t.Helper()
	eventually(t, "the clocks are compared", func() bool {
		off := r.deployment.clock.Now().Sub(c.Now())
		return off.Abs() < 2*time.Second && r.changes.InSync()
	})
}

// TestSkew: the replica works, whichever of the clocks is off, and says so.
func TestSkew(t *testing.T) {
	tests := []struct {
		ahead time.Duration // the database's clock
		ready string
		told  string
	}{
		{0, "ready", ""},
		{2 * time.Second, "ready", ""},
		{-20 * time.Second, "ready", "this machine's clock is 20s ahead of the database's"},
		{20 * time.Second, "ready", "this machine's clock is 20s behind the database's"},
		{150 * time.Second, "not ready: this machine's clock is 2m30s behind the database's", "is 2m30s behind"},
		{-time.Hour, "not ready: this machine's clock is 1h0m0s ahead of the database's", "is 1h0m0s ahead"},
	}
	for _, tt := range tests {
		t.Run(tt.ahead.String(), func(t *testing.T) {
			dsn, c := storetest.Clocked(t)
			c.Set(tt.ahead)
			r := startShifted(t, dsn, new(atomic.Int64))
			if got := get(r.Server, "/readyz").Body.String(); got != tt.ready+"\n" {
				t.Errorf("/readyz: %q; want %q", got, tt.ready)
			}
			_, answer := ask(t, r.Server, "", `mutation { login(input: {email: "`+adminEmail+`", password: "`+adminPassword+`"}) { accessToken refreshToken } }`)
			access, refresh := tokens(t, answer, "login")
			if status, answer := ask(t, r.Server, access, `{ me { email } }`); status != http.StatusOK || !strings.Contains(answer, adminEmail) {
				t.Errorf("a fresh token: %d %s", status, answer)
			}
			_, answer = ask(t, r.Server, "", `mutation { refresh(refreshToken: "`+refresh+`") { accessToken refreshToken } }`)
			tokens(t, answer, "refresh")
			warnings := 0
			if tt.told != "" {
				warnings = 1
			}
			if got := strings.Count(r.log.String(), "synchronize both with NTP"); got != warnings {
				t.Errorf("warned %d times: %s", got, r.log)
			}
			if tt.told != "" && !strings.Contains(r.log.String(), tt.told) {
				t.Errorf("log: %s", r.log)
			}
			for range 2 { // a start makes no key
				if key := startShifted(t, dsn, new(atomic.Int64)).keyring.Signing().ID; key != r.keyring.Signing().ID {
					t.Errorf("another start signs with %s; want %s", key, r.keyring.Signing().ID)
				}
			}
			if got := phases(t, r.Server); got != "signing" {
				t.Errorf("keys: %s", got)
			}
		})
	}
}

// pass lets time pass, for the database and the replicas.
func pass(t *testing.T, c *storetest.Clock, shown *time.Duration, d time.Duration, replicas ...*shiftedReplica) {
	t.Helper()
	const most = 30 * time.Second // which is no jump
	for ; d > 0; d -= most {
		*shown += min(d, most)
		c.Set(*shown)
		for _, r := range replicas {
			r.ahead.Add(int64(min(d, most)))
		}
		for _, r := range replicas {
			r.caughtUp(t, c)
		}
	}
}

// register creates an account and returns its id and an access token.
func register(t *testing.T, r *shiftedReplica, email string) (id, access string) {
	t.Helper()
	_, answer := ask(t, r.Server, "", `mutation { register(input: {email: "`+email+`", password: "seven-quiet-herons-42"}) { accessToken refreshToken user { id } } }`)
	if strings.Contains(answer, `"errors"`) {
		t.Fatalf("register: %s, log: %s", answer, r.log)
	}
	access, _ = tokens(t, answer, "register")
	_, rest, _ := strings.Cut(answer, `"user":{"id":"`)
	id, _, _ = strings.Cut(rest, `"`)
	return id, access
}

// do sends a mutation that must succeed.
func do(t *testing.T, r *shiftedReplica, access, mutation string) {
	t.Helper()
	if _, answer := ask(t, r.Server, access, mutation); strings.Contains(answer, `"errors"`) {
		t.Fatalf("%s: %s", mutation, answer)
	}
}

// refuses checks that no replica accepts a token.
func refuses(t *testing.T, when string, revoked map[string]string, replicas ...*shiftedReplica) {
	t.Helper()
	for i, r := range replicas {
		for what, access := range revoked {
			if status, answer := ask(t, r.Server, access, `{ users(first: 1) { nodes { id } } }`); strings.Contains(answer, `"nodes"`) {
				t.Errorf("%s, replica %d, %s: %d %s", when, i, what, status, answer)
			}
			if status, answer := ask(t, r.Server, access, `{ viewer { id } }`); what != "demoted" && status != http.StatusUnauthorized {
				t.Errorf("%s, replica %d, %s: %d %s", when, i, what, status, answer)
			}
		}
	}
}

// revokeAll makes accounts and revokes what their tokens could do, each in its way. It
// returns the tokens, and one that stays good.
func revokeAll(t *testing.T, a *shiftedReplica, suffix string) (revoked map[string]string, good string) {
	t.Helper()
	admin, _ := tokens(t, login(a.Server), "login")
	revoked = map[string]string{}
	for what, mutation := range map[string]string{
		"disabled": `mutation { disableUser(id: "ID") { id } }`, "deleted": `mutation { deleteUser(id: "ID") }`,
		"ended": `mutation { revokeAllSessions(userId: "ID") }`, "demoted": `mutation { setUserRoles(id: "ID", roles: ["user"]) { id } }`,
	} {
		id, _ := register(t, a, what+suffix+"@example.com")
		do(t, a, admin, `mutation { setUserRoles(id: "`+id+`", roles: ["admin"]) { id } }`)
		_, answer := ask(t, a.Server, "", `mutation { login(input: {email: "`+what+suffix+`@example.com", password: "seven-quiet-herons-42"}) { accessToken refreshToken } }`)
		revoked[what], _ = tokens(t, answer, "login")
		if _, answer := ask(t, a.Server, revoked[what], `{ users(first: 1) { nodes { id } } }`); !strings.Contains(answer, `"nodes"`) {
			t.Fatalf("before: %s", answer)
		}
		do(t, a, admin, strings.ReplaceAll(mutation, "ID", id))
	}
	return revoked, admin
}

// TestRevocationsWithSkew has the database's clock far off: what was revoked stays so
// for the life of the tokens, on each replica.
func TestRevocationsWithSkew(t *testing.T) {
	for _, off := range []time.Duration{-150 * time.Second, 10 * time.Minute} {
		t.Run(off.String(), func(t *testing.T) {
			dsn, c := storetest.Clocked(t)
			c.Set(off)
			shown, ahead := off, new(atomic.Int64)
			a := startShifted(t, dsn, ahead, "ACCESS_TOKEN_TTL=2m")
			b := startShifted(t, dsn, new(atomic.Int64), "ACCESS_TOKEN_TTL=2m")
			revoked, good := revokeAll(t, a, "")
			b.caughtUp(t, c)
			eventually(t, "the other replica hears of it", func() bool {
				for _, access := range revoked {
					if _, answer := ask(t, b.Server, access, `{ users(first: 1) { nodes { id } } }`); strings.Contains(answer, `"nodes"`) {
						return false
					}
				}
				return true
			})
			for i := range 5 {
				refuses(t, "after "+(time.Duration(i)*25*time.Second).String(), revoked, a, b)
				if i == 3 {
					refuses(t, "after a restart", revoked, startShifted(t, dsn, new(atomic.Int64), "ACCESS_TOKEN_TTL=2m"))
				}
				if status, answer := ask(t, b.Server, good, `{ viewer { id } }`); i < 4 && status != http.StatusOK {
					t.Errorf("a good token after %d steps: %d %s", i, status, answer)
				}
				pass(t, c, &shown, 25*time.Second, a, b)
			}
		})
	}
}

// TestClockBack has the database's clock jump forward and back, so that tokens that
// were issued meanwhile become valid later, when their revocation is old.
func TestClockBack(t *testing.T) {
	dsn, c := storetest.Clocked(t)
	c.Set(time.Hour)
	a := startShifted(t, dsn, new(atomic.Int64), "ACCESS_TOKEN_TTL=2m")
	b := startShifted(t, dsn, new(atomic.Int64), "ACCESS_TOKEN_TTL=2m")
	revoked, _ := revokeAll(t, a, "")
	access, _ := tokens(t, login(a.Server), "login")
	c.Set(0)
	a.caughtUp(t, c)
	b.caughtUp(t, c)
	admin, _ := tokens(t, login(b.Server), "login")
	do(t, b, admin, `mutation { revokeOtherSessions }`) // of an hour later, by the clock
	revoked["ended before it was issued"] = access
	refuses(t, "back", revoked, a, b, startShifted(t, dsn, new(atomic.Int64), "ACCESS_TOKEN_TTL=2m"))
	eventually(t, "it is noted", func() bool { return a.deployment.repeats() && b.deployment.repeats() })
	if status, answer := ask(t, a.Server, admin, `{ me { email } }`); status != http.StatusOK || !strings.Contains(answer, adminEmail) {
		t.Errorf("a token of now: %d %s", status, answer)
	}
	// The change that revoked them is an hour old when they become valid again.
	c.Exec(`UPDATE changes SET at = at - interval '1 minute' WHERE session_id IS NOT NULL AND at < clock.now() + interval '1 minute'`)
	c.Set(time.Hour)
	a.caughtUp(t, c)
	b.caughtUp(t, c)
	refuses(t, "again", revoked, a, b, startShifted(t, dsn, new(atomic.Int64), "ACCESS_TOKEN_TTL=2m"))
	if !strings.Contains(a.log.String(), "the database's clock went back") {
		t.Errorf("log: %s", a.log)
	}
}

// TestClockStops: tokens don't expire while the database's clock stands still, so what
// was revoked is not forgotten either.
func TestClockStops(t *testing.T) {
	dsn, c := storetest.Clocked(t)
	ahead := new(atomic.Int64)
	a := startShifted(t, dsn, ahead, "ACCESS_TOKEN_TTL=2m")
	revoked, good := revokeAll(t, a, "")
	c.Stop()
	for range 20 {
		ahead.Add(int64(30 * time.Second))
		a.caughtUp(t, c)
	}
	refuses(t, "ten minutes later", revoked, a, startShifted(t, dsn, new(atomic.Int64), "ACCESS_TOKEN_TTL=2m"))
	if status, answer := ask(t, a.Server, good, `{ viewer { id } }`); status != http.StatusOK {
		t.Errorf("a good token: %d %s", status, answer)
	}
}

// TestRestoredDatabase has a replica run while an earlier state of its database is
// restored: it forgets nothing that it heard, and hears what happens from then on.
func TestRestoredDatabase(t *testing.T) {
	dsn, c := storetest.Clocked(t)
	a := startShifted(t, dsn, new(atomic.Int64))
	c.Exec(`CREATE TABLE clock.users AS TABLE users; CREATE TABLE clock.position AS SELECT last_value FROM changes_seq_seq`)
	_, admin := revokeAll(t, a, "")
	id, kept := register(t, a, "ada@example.com")
	do(t, a, admin, `mutation { setUserRoles(id: "`+id+`", roles: ["admin"]) { id } }`)
	c.Exec(`CREATE TABLE clock.sessions AS TABLE sessions`)
	ended, _ := tokens(t, login(a.Server), "login")
	do(t, a, ended, `mutation { logout }`)
	c.Exec(`
		BEGIN;
		UPDATE sessions SET ended_at = NULL, end_reason = NULL WHERE end_reason = 'logout';
		DELETE FROM changes WHERE seq > (SELECT last_value FROM clock.position);
		SELECT setval('changes_seq_seq', (SELECT last_value FROM clock.position));
		COMMIT`)
	eventually(t, "it is noticed", func() bool { return strings.Contains(a.log.String(), "went back to an earlier state") })
	eventually(t, "it is in sync", a.inSync)
	refuses(t, "restored", map[string]string{"ended": ended}, a)
	if _, answer := ask(t, a.Server, kept, `{ users(first: 1) { nodes { id } } }`); !strings.Contains(answer, `"nodes"`) {
		t.Errorf("an administrator: %s", answer)
	}
	do(t, a, admin, `mutation { setUserRoles(id: "`+id+`", roles: ["user"]) { id } }`)
	refuses(t, "demoted since", map[string]string{"demoted": kept}, a)
	if got := strings.Count(a.log.String(), "went back to an earlier state"); got != 1 {
		t.Errorf("logged %d times", got)
	}
}
