package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lib/pq"

	"gatehouse/auth"
	"gatehouse/store/storetest"
)

const viewerOperation = `{ viewer { id roles scopes } }`

// status is that of the answer to a GET.
func (s *service) status(t testing.TB, path string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// becomes waits until the service is ready, or is not.
func (s *service) becomes(t *testing.T, status int) {
	t.Helper()
	eventually(t, "/readyz answers "+http.StatusText(status), func() bool { return s.status(t, "/readyz") == status })
}

// TestDeafReplica keeps one of two replicas from hearing what the other one does. It asks the database on each request, and so its very next
// answer is right; and it hears again by itself.
func TestDeafReplica(t *testing.T) {
	ways := []struct {
		name   string
		deafen func(s *saboteur, listener pq.Int64Array) (mend func())
	}{
		{"its connection is silent", (*saboteur).freeze},
		{"it has no connection", func(s *saboteur, listener pq.Int64Array) func() {
			s.connectable(false)
			s.terminate(listener)
			return func() { s.connectable(true) }
		}},
	}
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			dsn := storetest.EmptyDSN(t)
			fault := sabotage(t, dsn)
			a := startOn(t, dsn)
			others := fault.pids(thatListen)
			b := startOn(t, dsn)
			listener := slices.DeleteFunc(fault.pids(thatListen), func(pid int64) bool { return slices.Contains(others, pid) })
			h := hearsay{t: t, says: a, deaf: b, admin: a.admin(t), ada: a.register(t, adaEmail, adaPassword)}
			h.limited = a.login(t, adaEmail, adaPassword, []string{}...)
			h.gone = a.login(t, adaEmail, adaPassword)
			b.goesOn(t, "the session that will be gone", h.gone)

			mend := way.deafen(fault, listener)
			b.becomes(t, http.StatusServiceUnavailable)
			a.becomes(t, http.StatusOK)
			h.sessions()
			h.roles()
			h.keys()
			late := a.login(t, adaEmail, adaPassword)
			want(t, a.ask(t, late.access, `mutation { logout }`, nil), "")
			mend()
			b.becomes(t, http.StatusOK)
			b.soon(t, late.access, meOperation, "UNAUTHENTICATED") // what happened a moment ago it may have yet to hear
			b.isOut(t, late)
			b.goesOn(t, "ada", h.ada)
			h.grants("user")
			if b.logged("not hearing of changes:") == 0 {
				t.Error("it never says that it is deaf")
			}
			eventually(t, "it says that it hears again", func() bool { return b.logged("hearing of changes again") > 0 })
		})
	}
}

// A hearsay is what one replica does while another does not hear of it.
type hearsay struct {
	t                         *testing.T
	says, deaf                *service
	admin, ada, limited, gone login
}

// sessions end on the one, and are out on the other from the next request on.
func (h *hearsay) sessions() {
	h.t.Helper()
	for who, l := range map[string]login{"an administrator": h.admin, "ada": h.ada, "ada, limited": h.limited, "one that will be gone": h.gone} {
		h.deaf.goesOn(h.t, who, l)
	}
	want(h.t, h.says.ask(h.t, h.ada.access, revokeOperation, vars{"id": h.says.sid(h.t, h.gone.access)}), "")
	h.deaf.isOut(h.t, h.gone)
	h.deaf.goesOn(h.t, "ada", h.ada)

	bob := h.says.register(h.t, "bob@example.com", adaPassword) // of whom the deaf one can't know at all
	h.deaf.goesOn(h.t, "bob", bob)
	change := `mutation($input: ChangePasswordInput!) { changePassword(input: $input) { accessToken refreshToken user { id } } }`
	passwords := vars{"currentPassword": adaPassword, "newPassword": "nine-loud-bitterns-31"}
	next := session1(h.t, "changePassword", h.says.ask(h.t, bob.access, change, vars{"input": passwords}))
	h.deaf.isOut(h.t, bob)
	h.deaf.goesOn(h.t, "bob, with his new password", next)
	want(h.t, h.says.ask(h.t, h.admin.access, `mutation($id: ID!) { disableUser(id: $id) { id } }`, vars{"id": bob.id}), "")
	h.deaf.isOut(h.t, next)
	want(h.t, h.says.ask(h.t, h.admin.access, `mutation($id: ID!) { deleteUser(id: $id) }`, vars{"id": bob.id}), "")
	h.deaf.isOut(h.t, next)
}

// roles change on the one, and what they grant; the next request to the other goes by it, also where it makes tokens.
func (h *hearsay) roles() {
	h.t.Helper()
	h.grants("user")
	h.give("admin")
	want(h.t, h.deaf.ask(h.t, h.ada.access, `{ users { totalCount } }`, nil), "")
	h.give("user")
	h.grants("user")
	if err := h.says.store.CreateRole(h.t.Context(), auth.Role{Name: "clerk", Scopes: []string{"read:items"}}); err != nil {
		h.t.Fatal(err)
	}
	h.give("clerk")
	h.grants("clerk", "read:items")
	more := func([]string) []string { return []string{"read:items", "read:users"} }
	if _, err := h.says.store.ChangeRole(h.t.Context(), "clerk", more); err != nil {
		h.t.Fatal(err)
	}
	h.grants("clerk", "read:items", "read:users")
	r := h.deaf.ask(h.t, "", refreshOperation, vars{"token": h.ada.refresh})
	h.ada = session1(h.t, "refresh", r)
	if got := strs(r.at("refresh.scopes")); !slices.Equal(got, []string{"read:items", "read:users"}) {
		h.t.Errorf("refresh gives the scopes %q", got)
	}
	h.give("user")
	h.grants("user")
}

// give gives ada a role.
func (h *hearsay) give(role string) {
	h.t.Helper()
	want(h.t, h.says.ask(h.t, h.admin.access, `mutation($id: ID!, $roles: [String!]!) { setUserRoles(id: $id, roles: $roles) { id } }`,
		vars{"id": h.ada.id, "roles": []string{role}}), "")
}

// grants fails unless the deaf replica takes ada for what she is: with this role and these scopes, and none in her limited session.
func (h *hearsay) grants(role string, scopes ...string) {
	h.t.Helper()
	r := h.deaf.ask(h.t, h.ada.access, viewerOperation, nil)
	if !slices.Equal(strs(r.at("viewer.roles")), []string{role}) || !slices.Equal(strs(r.at("viewer.scopes")), scopes) && len(scopes) > 0 {
		h.t.Errorf("viewer = %s, want %s with %q", r.body, role, scopes)
	}
	r = h.deaf.ask(h.t, h.limited.access, viewerOperation, nil)
	if len(strs(r.at("viewer.roles")))+len(strs(r.at("viewer.scopes"))) > 0 || r.code() != "" {
		h.t.Errorf("viewer of a limited session = %s", r.body)
	}
}

// keys follow one another on the one. The deaf one accepts what the new one signs at once, and stops to accept what a retired one did.
func (h *hearsay) keys() {
	h.t.Helper()
	keys, err := h.says.deployment.keys()
	if err != nil {
		h.t.Fatal(err)
	}
	before := h.ada
	if _, err := keys.Rotate(h.t.Context(), keys.Algorithm, true); err != nil {
		h.t.Fatal(err)
	}
	eventually(h.t, "the new key signs", func() bool {
		h.ada = session1(h.t, "refresh", h.says.ask(h.t, "", refreshOperation, vars{"token": h.ada.refresh}))
		return kidOf(h.t, h.ada.access) != kidOf(h.t, before.access)
	})
	h.deaf.goesOn(h.t, "ada, with a token of a key that the deaf one has not heard of", h.ada)
	h.deaf.goesOn(h.t, "ada, with one of the key before", before)
	if _, err := keys.Retire(h.t.Context(), kidOf(h.t, before.access)); err != nil {
		h.t.Fatal(err)
	}
	retired := time.Now()
	eventually(h.t, "the retired key is trusted no more", func() bool {
		return h.deaf.ask(h.t, before.access, viewerOperation, nil).status == http.StatusUnauthorized
	})
	h.t.Logf("a deaf replica goes on to trust a retired key for %v", time.Since(retired))
	h.deaf.goesOn(h.t, "ada, with a token of the key that signs", h.ada)
	h.limited = session1(h.t, "refresh", h.says.ask(h.t, "", refreshOperation, vars{"token": h.limited.refresh}))
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
