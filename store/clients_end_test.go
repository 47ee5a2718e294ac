package store_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"gatehouse/auth"
	"gatehouse/auth/oauth/clients"
	"gatehouse/auth/revocation"
	"gatehouse/store/changes"
	clientstore "gatehouse/store/clients"
	"gatehouse/store/sessions"
)

// TestNoSessionOutlivesItsClient: of a session that is opened while its client is disabled or deleted,
// or while its person revokes the grant, none is left.
func TestNoSessionOutlivesItsClient(t *testing.T) {
	r := newReplica(t)
	ada := r.user("ada@example.com")
	ends := map[string]func(c *clients.Client) error{
		"disabled": func(c *clients.Client) error {
			_, err := r.ChangeClient(t.Context(), c.ID, update(func(c *clients.Client) { c.Disabled = true }))
			return err
		},
		"deleted": func(c *clients.Client) error {
			return r.DeleteClient(t.Context(), c.ID, func(*clients.Client) error { return nil })
		},
		"revoked": func(c *clients.Client) error { return r.RevokeGrant(t.Context(), ada.ID, c.ID) },
	}
	for name, end := range ends {
		for round := range 30 {
			c := r.application()
			r.allow(c, ada.ID)
			r.acting(c, ada.ID, nil)
			both(func() {
				if err := end(c); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}, func() {
				err := r.Tables.Transact(t.Context(), func(tx *changes.Tx) error {
					if _, err := tx.ExecContext(t.Context(), `SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE`, ada.ID); err != nil {
						return err
					}
					if _, err := clientstore.Hold(t.Context(), tx, c.ID); err != nil {
						return err
					}
					if _, err := clientstore.HoldGrant(t.Context(), tx, ada.ID, c.ID); err != nil {
						return err
					}
					s := newSession(ada.ID)
					s.Kind, s.ClientID, s.Limit = auth.ApplicationSession, c.ID, &auth.Limit{}
					return sessions.Insert(t.Context(), tx, s)
				})
				if err != nil && !errors.Is(err, auth.ErrNotFound) {
					t.Errorf("%s: %v", name, err)
				}
			})
			if n := value[int](r, `SELECT count(*) FROM sessions WHERE client_id = $1 AND ended_at IS NULL`, c.ID); n != 0 {
				t.Fatalf("%s, round %d: %d sessions are left", name, round, n)
			}
		}
	}
}

// TestRevokeGrant: what one person allowed one client ends once, with its codes, and nothing else does.
func TestRevokeGrant(t *testing.T) {
	r := newReplica(t)
	ada, bob := r.user("ada@example.com"), r.user("bob@example.com")
	c, other := r.application(), r.application()
	for _, u := range []*auth.User{ada, bob} {
		r.allow(c, u.ID)
		r.allow(other, u.ID)
	}
	hers, own := r.acting(c, ada.ID, nil), r.login(ada.ID)
	his, others := r.acting(c, bob.ID, nil), r.acting(other, ada.ID, nil)
	for _, used := range []*string{nil, &hers.ID} {
		r.exec(`INSERT INTO authorization_codes (id, seed, client_id, user_id, parent, redirect_uri, scopes, auth_time, amr, session_id, expires_at)
			VALUES (gen_random_uuid(), '', $1, $2, $3, '', '{}', now(), '{}', $4, now() + interval '1 minute')`, c.ID, ada.ID, own.ID, used)
	}
	list, err := r.Grants(t.Context(), ada.ID, 10)
	if err != nil || len(list) != 2 || list[0].UserID != ada.ID || !list[0].LastUsedAt.After(list[0].ChangedAt) || !slices.Equal(list[0].Scopes, []string{"email", "openid"}) {
		t.Fatalf("%+v, %v", list, err)
	}
	if all, err := r.Grants(t.Context(), "", 3); err != nil || len(all) != 3 {
		t.Errorf("%d grants, %v", len(all), err)
	}
	r.changes()
	var revoked atomic.Int32
	together(50, func(int) {
		err := r.RevokeGrant(t.Context(), ada.ID, c.ID)
		if err == nil {
			revoked.Add(1)
		} else if !errors.Is(err, clients.ErrGrantNotFound) {
			t.Error(err)
		}
	})
	if got := ended(r.changes()); revoked.Load() != 1 || !slices.Equal(got, []string{hers.ID}) {
		t.Errorf("revoked %d times, ended %v", revoked.Load(), got)
	}
	for _, s := range []*auth.Session{own, his, others} {
		if _, reason := r.row(s.ID); reason != "" {
			t.Errorf("another session has ended: %s", reason)
		}
	}
	if codes := value[int](r, `SELECT count(*) FROM authorization_codes`); codes != 1 {
		t.Errorf("%d codes are left, want the one that was used", codes)
	}
	for _, pair := range [][2]string{{ada.ID, uuid.NewString()}, {uuid.NewString(), other.ID}, {ada.ID, "x"}} {
		if err := r.RevokeGrant(t.Context(), pair[0], pair[1]); !errors.Is(err, clients.ErrGrantNotFound) {
			t.Errorf("%v: %v", pair, err)
		}
	}
}

// TestTakenFromClients: what a client loses is taken from what people allowed it and from its sessions,
// and a session without a resource that it was for ends: it must not become one for this service.
func TestTakenFromClients(t *testing.T) {
	r := newReplica(t)
	ada := r.user("ada@example.com")
	const items, orders = "https://items.example", "https://orders.example"
	for _, id := range []string{items, orders} {
		if err := r.CreateResource(t.Context(), &clients.Resource{ID: uuid.NewString(), Identifier: id, Scopes: []clients.ResourceScope{{Name: "read:" + id, Title: "See", Own: true}}}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := r.Resources(t.Context())
	if err != nil || len(all) != 2 || len(all[0].Scopes) != 1 || !all[0].Scopes[0].Own {
		t.Fatalf("%+v, %v", all, err)
	}
	c := r.application()
	if _, err := r.ChangeClient(t.Context(), c.ID, update(func(c *clients.Client) { c.Resources = []string{items, orders} })); err != nil {
		t.Fatal(err)
	}
	about := func(resources ...string) *auth.Session {
		return r.acting(c, ada.ID, func(s *auth.Session) { s.Resources = resources })
	}
	none, one, two := about(), about(items), about(items, orders)
	r.allow(c, ada.ID, items, orders)
	bob := r.user("bob@example.com")
	r.allow(c, bob.ID, items)
	r.changes()
	id := all[slices.IndexFunc(all, func(r *clients.Resource) bool { return r.Identifier == items })].ID
	if err := r.DeleteResource(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	want := []revocation.Change{{Session: one.ID}, {Session: two.ID, Generation: 1}, {Clients: true, Client: c.ID}, {Clients: true}}
	if got := r.changes(); cmp.Diff(want, got) != "" {
		t.Errorf("changes %s", cmp.Diff(want, got))
	}
	for s, reason := range map[*auth.Session]string{none: "", one: "resource_taken", two: ""} {
		if _, got := r.row(s.ID); got != reason {
			t.Errorf("%v: %q, want %q", s.Resources, got, reason)
		}
	}
	if left := value[string](r, `SELECT array_to_string(resources, ' ') FROM sessions WHERE id = $1`, two.ID); left != orders {
		t.Errorf("the session is for %s", left)
	}
	if grants, err := r.Grants(t.Context(), "", 10); err != nil || len(grants) != 1 || !slices.Equal(grants[0].Resources, []string{orders}) {
		t.Errorf("%+v, %v", grants, err)
	}
	if got, err := r.Client(t.Context(), c.ID); err != nil || !slices.Equal(got.Resources, []string{orders}) {
		t.Errorf("%+v, %v", got, err)
	}
	if err := r.DeleteResource(t.Context(), id); !errors.Is(err, clients.ErrResourceNotFound) {
		t.Errorf("twice: %v", err)
	}

	changed, err := r.ChangeClient(t.Context(), c.ID, update(func(c *clients.Client) { c.Scopes = []string{"openid"} }))
	if err != nil || len(changed.Scopes) != 1 {
		t.Fatal(err)
	}
	for _, s := range []*auth.Session{none, two} {
		state, err := r.SessionState(t.Context(), s.ID, ada.ID)
		if err != nil || state.Ended || state.Generation == 0 || !slices.Equal(state.Limit.Scopes, []string{"openid"}) {
			t.Errorf("%+v, %v", state, err)
		}
	}
	if scopes := value[string](r, `SELECT string_agg(array_to_string(scopes, ' '), ',') FROM grants`); scopes != "openid" {
		t.Errorf("grants have %s", scopes)
	}
}

// TestServiceAccountTakesItsClients: a client ends with the account that it acts as, and another client
// of another account does not.
func TestServiceAccountTakesItsClients(t *testing.T) {
	r := newReplica(t)
	service, other, person := r.user("service@example.com"), r.user("other@example.com"), r.user("ada@example.com")
	made := func(u *auth.User) *clients.Client {
		c := &clients.Client{ID: uuid.Must(uuid.NewV7()).String(), Kind: clients.Confidential, ServiceAccountID: &u.ID, Grants: []clients.GrantType{clients.ClientCredentials}}
		if err := r.CreateClient(context.Background(), c); err != nil {
			t.Fatal(err)
		}
		return c
	}
	c, left := made(service), made(other)
	hers := r.acting(c, person.ID, nil)
	r.changes()
	if err := r.DeleteUser(t.Context(), service.ID, func(*auth.User) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if got, want := r.changes(), []revocation.Change{{Session: hers.ID}, {Clients: true, Client: c.ID}}; cmp.Diff(want, got) != "" {
		t.Errorf("changes %s", cmp.Diff(want, got))
	}
	if _, err := r.Client(t.Context(), c.ID); !errors.Is(err, clients.ErrNotFound) {
		t.Errorf("its client: %v", err)
	}
	if _, err := r.Client(t.Context(), left.ID); err != nil {
		t.Errorf("another client: %v", err)
	}
}
