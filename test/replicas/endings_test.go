package replicas_test

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/store/storetest"
)

// A duel is an account whose session is refreshed on one replica while it ends on the other.
type duel struct {
	*testing.T
	email     string
	password  string
	here      *connection // where the session ends
	there     *connection // where it is refreshed
	admin     string      // an administrator's access token
	now       tokens      // of the session as it is before the round
	aside     tokens      // of another session of the account
	refreshes int         // that went well
}

// TestRefreshAgainstTheEnd refreshes a session on one replica, again and again, while it ends on another. Once both have returned, nothing of
// the session works.
func TestRefreshAgainstTheEnd(t *testing.T) {
	replicas := deploy(t, storetest.DSN(t), 2)
	admin := in(t)(replicas[0].connect(t).login(t.Context(), adminEmail, adminPassword)).Access
	endings := []struct {
		name   string
		rounds int
		end    func(d *duel) (answer, error)
		after  func(d *duel) // makes the account one that can log in again
	}{
		{"logout", 40, func(d *duel) (answer, error) { return d.here.logout(d.Context(), d.now.Access) }, nil},
		{"logout by refresh token", 40, func(d *duel) (answer, error) { return d.here.logoutWith(d.Context(), d.now.Refresh) }, nil},
		{"disabled", 40, func(d *duel) (answer, error) { return d.here.disable(d.Context(), admin, d.now.User.ID) }, (*duel).enable},
		{"revoked from another session", 40, (*duel).revoke, nil},
	}
	for i, tt := range endings {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newDuel(t, string(rune('a'+i))+"@example.com", replicas[i%2], replicas[1-i%2])
			d.admin = admin
			for range rounds(tt.rounds) {
				var a answer
				var err error
				old := d.race(func() { a, err = tt.end(d) })
				done(t)(a, err)
				d.over(old)
				if tt.after != nil {
					tt.after(d)
					d.over(old)
				}
				d.now = in(t)(d.there.login(t.Context(), d.email, d.password))
			}
			t.Logf("%d rounds, %d refreshes before the ends", rounds(tt.rounds), d.refreshes)
		})
	}
	t.Run("new password", func(t *testing.T) {
		t.Parallel()
		newPasswords(t, newDuel(t, "z@example.com", replicas[0], replicas[1]))
	})
}

func newDuel(t *testing.T, email string, here, there *replica) *duel {
	t.Helper()
	d := &duel{T: t, email: email, password: password, here: here.connect(t), there: there.connect(t)}
	d.aside = in(t)(d.there.register(t.Context(), d.email, d.password))
	d.now = in(t)(d.there.login(t.Context(), d.email, d.password))
	return d
}

// race refreshes the session until that is refused, while end ends it, and returns the tokens that are worth a look afterwards: the first ones
// and the last two pairs. A refresh that goes well although the end had returned before is a fault.
func (d *duel) race(end func()) []tokens {
	d.Helper()
	chain := []tokens{d.now}
	var late bool
	var code string
	var err error
	var ended atomic.Bool
	together(2, func(i int) {
		if i == 0 {
			end()
			ended.Store(true)
			return
		}
		for !late && code == "" && err == nil {
			var next tokens
			after := ended.Load()
			next, code, err = d.there.refresh(d.Context(), chain[len(chain)-1].Refresh)
			late = after && code == "" && err == nil
			chain = append(chain, next)
		}
	})
	if late || err != nil || code != "REFRESH_TOKEN_INVALID" {
		d.Fatalf("the last refresh was answered %q, %v; sent after the end, and done: %t", code, err, late)
	}
	chain = chain[:len(chain)-1] // without what the refusal holds
	d.refreshes += len(chain) - 1
	return slices.Concat(chain[:1], chain[max(1, len(chain)-2):])
}

// over fails unless all tokens are dead: the access tokens at once where the session ended, and on the other replica within the bound.
func (d *duel) over(old []tokens) {
	d.Helper()
	acknowledged := time.Now()
	for _, k := range old {
		isOut(d)(d.here.viewer(d.Context(), k.Access))
	}
	for _, k := range old {
		refused(d, "REFRESH_TOKEN_INVALID")(d.here.refresh(d.Context(), k.Refresh))
		refused(d, "REFRESH_TOKEN_INVALID")(d.there.refresh(d.Context(), k.Refresh))
		d.there.heard(d.T, acknowledged, k.Access)
	}
}

// enable makes the account usable again, which revives nothing.
func (d *duel) enable() {
	d.Helper()
	done(d)(d.here.enable(d.Context(), d.admin, d.now.User.ID))
}

// revoke ends the session from the other one.
func (d *duel) revoke() (answer, error) {
	id, err := d.now.session()
	if err != nil {
		return answer{}, err
	}
	return d.here.ask(d.Context(), d.aside.Access, `mutation($id: ID!) { it: revokeSession(id: $id) }`, vars{"id": id})
}

// newPasswords races refreshes with changePassword, whose own pair is the only one that works afterwards, for other sessions have ended too.
func newPasswords(t *testing.T, d *duel) {
	next := "nine-patient-lamps-63"
	for range rounds(40) {
		var renewed tokens
		var code string
		var err error
		old := d.race(func() { renewed, code, err = d.here.changePassword(t.Context(), d.now.Access, d.password, next) })
		in(t)(renewed, code, err)
		d.over(append(old, d.aside))
		done(t)(d.here.viewer(t.Context(), renewed.Access))
		done(t)(d.there.viewer(t.Context(), renewed.Access))
		d.now = in(t)(d.there.refresh(t.Context(), renewed.Refresh))
		d.password, next = next, d.password
	}
	t.Logf("%d rounds, %d refreshes before the ends", rounds(40), d.refreshes)
}
