package inprocess_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lib/pq"

	"gatehouse/auth/operator"
	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

const viewerOperation = `{ viewer { id roles scopes } }`

// awaitReady waits until /readyz answers with a status.
func awaitReady(t *testing.T, s *harness.Service, status int) {
	t.Helper()
	harness.Eventually(t, "/readyz answers "+http.StatusText(status), func() bool { return s.Status(t, "/readyz") == status })
}

// TestStaleReplica keeps one of two replicas from learning of the other's changes.
// It then checks each request against the database, so that its very next answer
// is right, and recovers by itself.
func TestStaleReplica(t *testing.T) {
	ways := []struct {
		name string
		fail func(db *faults, listener pq.Int64Array) (mend func())
	}{
		{"its connection hangs", func(db *faults, listener pq.Int64Array) func() { return db.freeze(listener) }},
		{"it can't connect", func(db *faults, listener pq.Int64Array) func() {
			db.terminate(listener)
			return func() {}
		}},
	}
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			dsn := storetest.DSN(t)
			db := newFaults(t, dsn)
			a := harness.StartOn(t, dsn)
			others := db.pids(thatListen)
			gate := newGate(t, dsn)
			b := harness.StartOn(t, gate.dsn)
			listener := slices.DeleteFunc(db.pids(thatListen), func(pid int64) bool { return slices.Contains(others, pid) })
			p := stalePair{t: t, fresh: a, stale: b, admin: a.Admin(t), ada: a.Register(t, harness.AdaEmail, harness.AdaPassword)}
			p.limited = a.Login(t, harness.AdaEmail, harness.AdaPassword, []string{}...)
			p.gone = a.Login(t, harness.AdaEmail, harness.AdaPassword)
			b.WantAlive(t, "the session that will end", p.gone)

			storetest.OpenSpare(t, dsn, 4, func(int) {
				if code := b.Ask(t, p.ada.Access, harness.MeOperation, nil).Code(); code != "" {
					t.Errorf("me: %s", code)
				}
			})
			gate.shut.Store(true) // so that it stays stale, however long the test takes
			mend := way.fail(db, listener)
			awaitReady(t, b, http.StatusServiceUnavailable)
			awaitReady(t, a, http.StatusOK)
			p.sessions()
			p.apiKeys()
			p.roles()
			p.keys()
			late := a.Login(t, harness.AdaEmail, harness.AdaPassword)
			a.Ask(t, late.Access, `mutation { logout }`, nil).Want(t, "")
			gate.shut.Store(false)
			mend()
			awaitReady(t, b, http.StatusOK)
			harness.Eventually(t, "the logout arrives", func() bool {
				return b.Ask(t, late.Access, harness.MeOperation, nil).Code() == "UNAUTHENTICATED"
			}) // it may not have learned of the last change yet
			b.WantEnded(t, late)
			b.WantAlive(t, "ada", p.ada)
			p.grants("user")
			if logged(b, "not listening for changes:") == 0 {
				t.Error("the log does not say that it is stale")
			}
			harness.Eventually(t, "the log says that it has recovered", func() bool { return logged(b, "listening for changes again") > 0 })
		})
	}
}

// A stalePair is two replicas, of which one does not learn of changes.
type stalePair struct {
	t                         *testing.T
	fresh, stale              *harness.Service
	admin, ada, limited, gone harness.Session
}

// sessions ends sessions on the fresh replica. The stale one refuses them from
// the next request on.
func (p *stalePair) sessions() {
	p.t.Helper()
	for who, l := range map[string]harness.Session{"an administrator": p.admin, "ada": p.ada, "ada, limited": p.limited, "one that will end": p.gone} {
		p.stale.WantAlive(p.t, who, l)
	}
	p.fresh.Ask(p.t, p.ada.Access, `mutation($id: ID!) { revokeSession(id: $id) }`, harness.Vars{"id": p.fresh.SessionID(p.t, p.gone.Access)}).Want(p.t, "")
	p.stale.WantEnded(p.t, p.gone)
	p.stale.WantAlive(p.t, "ada", p.ada)

	bob := p.fresh.Register(p.t, "bob@example.com", harness.AdaPassword) // unknown to the stale one
	p.stale.WantAlive(p.t, "bob", bob)
	change := `mutation($input: ChangePasswordInput!) { changePassword(input: $input) { accessToken refreshToken user { id } } }`
	passwords := harness.Vars{"currentPassword": harness.AdaPassword, "newPassword": "nine-loud-bitterns-31"}
	next := p.fresh.Ask(p.t, bob.Access, change, harness.Vars{"input": passwords}).Must(p.t).Session("changePassword")
	p.stale.WantEnded(p.t, bob)
	p.stale.WantAlive(p.t, "bob, with the new password", next)
	p.fresh.Ask(p.t, p.admin.Access, `mutation($id: ID!) { disableUser(id: $id) { id } }`, harness.Vars{"id": bob.UserID}).Want(p.t, "")
	p.stale.WantEnded(p.t, next)
	p.fresh.Ask(p.t, p.admin.Access, `mutation($id: ID!) { deleteUser(id: $id) }`, harness.Vars{"id": bob.UserID}).Want(p.t, "")
	p.stale.WantEnded(p.t, next)
}

// roles changes roles, and what they grant, on the fresh replica. The next request
// to the stale one has the new rights, and so have tokens it issues.
func (p *stalePair) roles() {
	p.t.Helper()
	p.grants("user")
	p.give("admin")
	p.stale.Ask(p.t, p.ada.Access, `{ users { totalCount } }`, nil).Want(p.t, "")
	p.give("user")
	p.grants("user")
	if err := p.fresh.Store().CreateRole(p.t.Context(), operator.Role{Name: "clerk", Scopes: []string{"read:items"}}); err != nil {
		p.t.Fatal(err)
	}
	p.give("clerk")
	p.grants("clerk", "read:items")
	more := func([]string) []string { return []string{"read:items", "read:users"} }
	if _, err := p.fresh.Store().ChangeRole(p.t.Context(), "clerk", more); err != nil {
		p.t.Fatal(err)
	}
	p.grants("clerk", "read:items", "read:users")
	r := p.stale.Ask(p.t, "", harness.RefreshOperation, harness.Vars{"token": p.ada.Refresh})
	p.ada = r.Must(p.t).Session("refresh")
	if got := r.Texts("refresh.scopes"); !slices.Equal(got, []string{"read:items", "read:users"}) {
		p.t.Errorf("refresh gives the scopes %q", got)
	}
	p.give("user")
	p.grants("user")
}

// give gives ada@example.com a role.
func (p *stalePair) give(role string) {
	p.t.Helper()
	p.fresh.Ask(p.t, p.admin.Access, `mutation($id: ID!, $roles: [String!]!) { setUserRoles(id: $id, roles: $roles) { id } }`,
		harness.Vars{"id": p.ada.UserID, "roles": []string{role}}).Want(p.t, "")

}

// grants fails unless ada@example.com has this role and these scopes at the stale
// replica, and none in her limited session.
func (p *stalePair) grants(role string, scopes ...string) {
	p.t.Helper()
	r := p.stale.Ask(p.t, p.ada.Access, viewerOperation, nil)
	if !slices.Equal(r.Texts("viewer.roles"), []string{role}) || !slices.Equal(r.Texts("viewer.scopes"), scopes) && len(scopes) > 0 {
		p.t.Errorf("viewer = %s, want %s with %q", r.Body, role, scopes)
	}
	r = p.stale.Ask(p.t, p.limited.Access, viewerOperation, nil)
	if len(r.Texts("viewer.roles"))+len(r.Texts("viewer.scopes")) > 0 || r.Code() != "" {
		p.t.Errorf("viewer of a limited session = %s", r.Body)
	}
}

// keys replaces the signing key on the fresh replica. The stale one accepts the new
// key at once, and stops accepting a retired one.
func (p *stalePair) keys() {
	p.t.Helper()
	keys := p.fresh.Server().Deployment().Keys()
	before := p.ada
	if _, err := keys.Rotate(p.t.Context(), keys.Algorithm, true); err != nil {
		p.t.Fatal(err)
	}
	harness.Eventually(p.t, "the new key signs", func() bool {
		p.ada = p.fresh.Refresh(p.t, p.ada.Refresh)
		return kidOf(p.t, p.ada.Access) != kidOf(p.t, before.Access)
	})
	p.stale.WantAlive(p.t, "ada, with a token of a key unknown to the stale one", p.ada)
	p.stale.WantAlive(p.t, "ada, with one of the previous key", before)
	if _, err := keys.Retire(p.t.Context(), kidOf(p.t, before.Access)); err != nil {
		p.t.Fatal(err)
	}
	retired := time.Now()
	harness.Eventually(p.t, "the retired key is refused", func() bool {
		return p.stale.Ask(p.t, before.Access, viewerOperation, nil).Status == http.StatusUnauthorized
	})
	p.t.Logf("a stale replica trusts a retired key for another %v", time.Since(retired))
	p.stale.WantAlive(p.t, "ada, with a token of the signing key", p.ada)
	p.limited = p.fresh.Refresh(p.t, p.limited.Refresh)
}

// kidOf is the id of the key that signed an access token.
func kidOf(t testing.TB, access string) string {
	t.Helper()
	part, _, _ := strings.Cut(access, ".")
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	var header struct {
		Kid string `json:"kid"`
	}
	if err := json.Unmarshal(text, &header); err != nil || header.Kid == "" {
		t.Fatalf("header = %s: %v", text, err)
	}
	return header.Kid
}
