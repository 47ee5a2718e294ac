package replicas_test

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// A race is an account whose session is refreshed on one replica while the other
// ends it.
type race struct {
	*testing.T
	email     string
	password  string
	here      *connection     // to the replica that ends the session
	there     *connection     // to the one that refreshes it
	admin     string          // an administrator's access token
	now       harness.Session // the session before the round
	aside     harness.Session // another session of the account
	refreshes int             // that succeeded
}

// TestRefreshWhileEnding refreshes a session on one replica, again and again,
// while another ends it. Once both have returned, none of its tokens works.
func TestRefreshWhileEnding(t *testing.T) {
	replicas := deploy(t, storetest.DSN(t), 2)
	admin := granted(t)(replicas[0].connect(t).login(t.Context(), harness.AdminEmail, harness.AdminPassword)).Access
	endings := []struct {
		name   string
		rounds int
		end    func(d *race) (harness.Reply, error)
		after  func(d *race) // lets the account log in again
	}{
		{"logout", 40, func(d *race) (harness.Reply, error) { return d.here.logout(d.Context(), d.now.Access) }, nil},
		{"logout by refresh token", 40, func(d *race) (harness.Reply, error) { return d.here.logoutWith(d.Context(), d.now.Refresh) }, nil},
		{"disabled", 40, func(d *race) (harness.Reply, error) { return d.here.disable(d.Context(), admin, d.now.UserID) }, (*race).enable},
		{"revoked from another session", 40, (*race).revoke, nil},
	}
	for i, tt := range endings {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newRace(t, string(rune('a'+i))+"@example.com", replicas[i%2], replicas[1-i%2])
			d.admin = admin
			for range rounds(tt.rounds) {
				var a harness.Reply
				var err error
				old := d.run(func() { a, err = tt.end(d) })
				done(t)(a, err)
				d.wantDead(old)
				if tt.after != nil {
					tt.after(d)
					d.wantDead(old)
				}
				d.now = granted(t)(d.there.login(t.Context(), d.email, d.password))
			}
			t.Logf("%d rounds, %d refreshes before the end", rounds(tt.rounds), d.refreshes)
		})
	}
	t.Run("new password", func(t *testing.T) {
		t.Parallel()
		newPasswords(t, newRace(t, "z@example.com", replicas[0], replicas[1]))
	})
}

func newRace(t *testing.T, email string, here, there *replica) *race {
	t.Helper()
	d := &race{T: t, email: email, password: harness.AdaPassword, here: here.connect(t), there: there.connect(t)}
	d.aside = granted(t)(d.there.register(t.Context(), d.email, d.password))
	d.now = granted(t)(d.there.login(t.Context(), d.email, d.password))
	return d
}

// run refreshes the session until that is refused, while end ends it. It returns
// the pairs of tokens to try afterwards: the first one and the last two. A
// refresh must not succeed once end has returned.
func (d *race) run(end func()) []harness.Session {
	d.Helper()
	chain := []harness.Session{d.now}
	var late bool
	var code string
	var err error
	var ended atomic.Bool
	harness.Together(2, func(i int) {
		if i == 0 {
			end()
			ended.Store(true)
			return
		}
		for !late && code == "" && err == nil {
			var next harness.Session
			after := ended.Load()
			next, code, err = d.there.refresh(d.Context(), chain[len(chain)-1].Refresh)
			late = after && code == "" && err == nil
			chain = append(chain, next)
		}
	})
	if late || err != nil || code != "REFRESH_TOKEN_INVALID" {
		d.Fatalf("the last refresh was answered %q, %v; sent after the end and granted: %t", code, err, late)
	}
	chain = chain[:len(chain)-1] // without the refusal
	d.refreshes += len(chain) - 1
	return slices.Concat(chain[:1], chain[max(1, len(chain)-2):])
}

// wantDead fails unless every token is refused: an access token at once by the
// replica that ended the session, and by the other one within the bound.
func (d *race) wantDead(old []harness.Session) {
	d.Helper()
	acknowledged := time.Now()
	for _, k := range old {
		ended(d)(d.here.viewer(d.Context(), k.Access))
	}
	for _, k := range old {
		refused(d, "REFRESH_TOKEN_INVALID")(d.here.refresh(d.Context(), k.Refresh))
		refused(d, "REFRESH_TOKEN_INVALID")(d.there.refresh(d.Context(), k.Refresh))
		d.there.wantRefused(d.T, acknowledged, k.Access)
	}
}

// enable makes the account usable again. That revives no token.
func (d *race) enable() {
	d.Helper()
	done(d)(d.here.enable(d.Context(), d.admin, d.now.UserID))
}

// revoke ends the session from the account's other session.
func (d *race) revoke() (harness.Reply, error) {
	id, err := sessionID(d.now)
	if err != nil {
		return harness.Reply{}, err
	}
	return d.here.ask(d.Context(), d.aside.Access, `mutation($id: ID!) { it: revokeSession(id: $id) }`, harness.Vars{"id": id})
}

// newPasswords races refreshes with changePassword. Afterwards only the tokens
// of changePassword work: it ends all other sessions.
func newPasswords(t *testing.T, d *race) {
	next := "nine-patient-lamps-63"
	for range rounds(40) {
		var renewed harness.Session
		var code string
		var err error
		old := d.run(func() {
			for code = "UNAVAILABLE"; code == "UNAVAILABLE"; { // a slow machine may refuse to hash, and nothing is done
				renewed, code, err = d.here.changePassword(t.Context(), d.now.Access, d.password, next)
			}
		})
		granted(t)(renewed, code, err)
		d.wantDead(append(old, d.aside))
		done(t)(d.here.viewer(t.Context(), renewed.Access))
		done(t)(d.there.viewer(t.Context(), renewed.Access))
		d.now = granted(t)(d.there.refresh(t.Context(), renewed.Refresh))
		d.password, next = next, d.password
	}
	t.Logf("%d rounds, %d refreshes before the end", rounds(40), d.refreshes)
}
