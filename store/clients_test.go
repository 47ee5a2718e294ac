package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/lib/pq"

	"gatehouse/auth"
	"gatehouse/auth/oauth/clients"
	"gatehouse/store/changes"
	clientstore "gatehouse/store/clients"
	"gatehouse/store/sessions"
)

// open opens a session of the client for the account, as a code that is redeemed does.
func (r *replica) open(c *clients.Client, userID string, change func(*auth.Session)) (*auth.Session, error) {
	s := newSession(userID)
	s.Kind, s.ClientID, s.Limit = auth.ApplicationSession, c.ID, &auth.Limit{Scopes: []string{"email", "openid"}}
	if change != nil {
		change(s)
	}
	return s, r.Tables.Transact(r.t.Context(), func(tx *changes.Tx) error {
		if _, err := clientstore.Hold(r.t.Context(), tx, c.ID); err != nil {
			return err
		}
		return sessions.Insert(r.t.Context(), tx, s)
	})
}

// acting is open where it must succeed.
func (r *replica) acting(c *clients.Client, userID string, change func(*auth.Session)) *auth.Session {
	r.t.Helper()
	s, err := r.open(c, userID, change)
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

// allow stores what the account allowed the client.
func (r *replica) allow(c *clients.Client, userID string, resources ...string) {
	r.t.Helper()
	r.exec(`INSERT INTO grants (user_id, client_id, scopes, resources) VALUES ($1, $2, ARRAY['email', 'openid'], $3)`, userID, c.ID, pq.Array(append([]string{}, resources...)))
}

func update(change func(*clients.Client)) func(*clients.Client) error {
	return func(c *clients.Client) error { change(c); return nil }
}

// TestClientIsKept: what is stored of a client is what is read, however it is changed.
func TestClientIsKept(t *testing.T) {
	r := newReplica(t)
	service := r.user("ada@example.com")
	page, at := "https://www.example.com", time.Now().UTC().Truncate(time.Microsecond)
	want := &clients.Client{
		ID: uuid.Must(uuid.NewV7()).String(), Kind: clients.Confidential, Name: "Calendar", URI: &page, RedirectURIs: []string{"https://a.example/cb", `https://b.example/"{,}`},
		PostLogoutRedirectURIs: []string{"https://a.example/"}, Grants: []clients.GrantType{clients.AuthorizationCode, clients.ClientCredentials},
		Scopes: []string{"email", "openid"}, Resources: []string{"https://items.example"}, Secrets: []clients.Secret{{Digest: [32]byte{1}}, {Digest: [32]byte{2}, Until: at}},
		JWKS: json.RawMessage(`{"keys": [{"kty": "EC"}]}`), AssertionAudience: clients.TokenEndpointAudience, ServiceAccountID: &service.ID, FirstParty: true, PKCE: false,
		PushedRequests: true, IDTokenAlgorithm: clients.ES256, Documents: []string{"aa", "bb"}, CreatedAt: at, UpdatedAt: at, SecretCreatedAt: &at,
	}
	if err := r.CreateClient(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	got, err := r.Client(t.Context(), want.ID)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v, %s", err, diff)
	}
	if heard := r.changes(); len(heard) != 1 || !heard[0].Clients || heard[0].Client != want.ID || heard[0].Keys {
		t.Errorf("changes %+v", heard)
	}
	// The release before takes it for a change of keys, which does no harm, and for nothing else.
	if n := value[int](r, `SELECT count(*) FROM changes WHERE keys AND session_id IS NULL AND user_id IS NULL AND role IS NULL`); n != 1 {
		t.Errorf("%d changes of keys", n)
	}
	bare := &clients.Client{Kind: clients.Public, Name: "Bare", AssertionAudience: clients.IssuerAudience, IDTokenAlgorithm: clients.RS256, PKCE: true}
	changed, err := r.ChangeClient(t.Context(), want.ID, func(c *clients.Client) error {
		bare.ID, bare.CreatedAt, bare.UpdatedAt = c.ID, c.CreatedAt, c.UpdatedAt
		*c = *bare
		return nil
	})
	if err != nil || !changed.UpdatedAt.After(want.UpdatedAt) {
		t.Fatalf("%+v, %v", changed, err)
	}
	bare.UpdatedAt = changed.UpdatedAt
	bare.RedirectURIs, bare.PostLogoutRedirectURIs, bare.Scopes, bare.Resources = []string{}, []string{}, []string{}, []string{}
	for _, read := range []func() (*clients.Client, error){
		func() (*clients.Client, error) { return changed, nil },
		func() (*clients.Client, error) { return r.Client(t.Context(), want.ID) },
		func() (*clients.Client, error) {
			all, err := r.Clients(t.Context())
			return all[0], err
		},
	} {
		if got, err := read(); err != nil || cmp.Diff(bare, got) != "" {
			t.Errorf("%v, %s", err, cmp.Diff(bare, got))
		}
	}
	refusal := errors.New("no")
	r.changes()
	_, failed := r.ChangeClient(t.Context(), want.ID, func(c *clients.Client) error { c.Name = "x"; return refusal })
	refused := r.DeleteClient(t.Context(), want.ID, func(*clients.Client) error { return refusal })
	if got, err := r.Client(t.Context(), want.ID); !errors.Is(failed, refusal) || !errors.Is(refused, refusal) || err != nil || got.Name != "Bare" || len(r.changes()) != 0 {
		t.Errorf("%v, %v, %+v, %v", failed, refused, got, err)
	}
	for _, id := range []string{uuid.NewString(), "", "x"} {
		_, read := r.Client(t.Context(), id)
		_, changed := r.ChangeClient(t.Context(), id, func(*clients.Client) error { return nil })
		for _, err := range []error{read, changed, r.DeleteClient(t.Context(), id, func(*clients.Client) error { return nil })} {
			if !errors.Is(err, clients.ErrNotFound) || !errors.Is(err, auth.ErrNotFound) {
				t.Errorf("%q: %v", id, err)
			}
		}
	}
	missing := uuid.NewString()
	if err := r.CreateClient(t.Context(), &clients.Client{ID: uuid.NewString(), ServiceAccountID: &missing}); !errors.Is(err, auth.ErrUserNotFound) {
		t.Errorf("a client without its account: %v", err)
	}
}

// TestTooManyClients: there are never more than fit, also of those that are made at once.
func TestTooManyClients(t *testing.T) {
	r := newReplica(t)
	r.exec(`INSERT INTO clients (id, kind, name, grants) SELECT gen_random_uuid()::text, 'public', 'x', '{}' FROM generate_series(1, $1)`, clients.MaxClients-5)
	r.exec(`INSERT INTO resources (id, identifier, name) SELECT gen_random_uuid(), 'https://x.example/' || n, 'x' FROM generate_series(1, $1) AS n`, clients.MaxResources-5)
	var made, refused atomic.Int32
	together(20, func(i int) {
		var err error
		if i%2 == 0 {
			err = r.CreateClient(t.Context(), &clients.Client{ID: uuid.NewString(), Kind: clients.Public})
		} else {
			err = r.CreateResource(t.Context(), &clients.Resource{ID: uuid.NewString(), Identifier: fmt.Sprintf("https://y.example/%d", i)})
		}
		switch conflict := (*auth.ConflictError)(nil); {
		case err == nil:
			made.Add(1)
		case errors.As(err, &conflict) && strings.Contains(conflict.Message, "Delete some"):
			refused.Add(1)
		default:
			t.Error(err)
		}
	})
	if made.Load() != 10 || refused.Load() != 10 {
		t.Errorf("%d made, %d refused", made.Load(), refused.Load())
	}
}

// TestSameResourceAtOnce: of one identifier in two spellings, one becomes a resource.
func TestSameResourceAtOnce(t *testing.T) {
	r := newReplica(t)
	for round := range 20 {
		var made atomic.Int32
		together(10, func(i int) {
			identifier := fmt.Sprintf("https://r%d.example%s", round, []string{"", "/"}[i%2])
			err := r.CreateResource(t.Context(), &clients.Resource{ID: uuid.NewString(), Identifier: identifier, Scopes: []clients.ResourceScope{}})
			if conflict := (*auth.ConflictError)(nil); err == nil {
				made.Add(1)
			} else if !errors.As(err, &conflict) || conflict.Field != "identifier" {
				t.Error(err)
			}
		})
		if made.Load() != 1 {
			t.Fatalf("round %d: %d resources", round, made.Load())
		}
	}
}

// TestClientChangedAtOnce: changes of one client follow one another, and it is deleted once.
func TestClientChangedAtOnce(t *testing.T) {
	r := newReplica(t)
	c := r.application()
	together(50, func(i int) {
		_, err := r.ChangeClient(t.Context(), c.ID, update(func(c *clients.Client) {
			c.Secrets = append([]clients.Secret{{Digest: [32]byte{byte(i + 1)}}}, c.Secrets...)
			if len(c.Secrets) > 1 {
				c.Secrets = c.Secrets[:2]
				c.Secrets[1].Until = time.Now().Add(time.Hour)
			}
			c.Name += "."
		}))
		if err != nil {
			t.Error(err)
		}
	})
	got, err := r.Client(t.Context(), c.ID)
	if err != nil || len(got.Name) != len(c.Name)+50 || len(got.Secrets) != 2 || got.Secrets[0].Digest == got.Secrets[1].Digest || got.Secrets[1].Until.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
	var deleted atomic.Int32
	together(50, func(int) {
		err := r.DeleteClient(t.Context(), c.ID, func(*clients.Client) error { return nil })
		if err == nil {
			deleted.Add(1)
		} else if !errors.Is(err, clients.ErrNotFound) {
			t.Error(err)
		}
	})
	if deleted.Load() != 1 {
		t.Errorf("deleted %d times", deleted.Load())
	}
}

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
	want := []auth.Change{{Session: one.ID}, {Session: two.ID, Generation: 1}, {Clients: true, Client: c.ID}, {Clients: true}}
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
	if got, want := r.changes(), []auth.Change{{Session: hers.ID}, {Clients: true, Client: c.ID}}; cmp.Diff(want, got) != "" {
		t.Errorf("changes %s", cmp.Diff(want, got))
	}
	if _, err := r.Client(t.Context(), c.ID); !errors.Is(err, clients.ErrNotFound) {
		t.Errorf("its client: %v", err)
	}
	if _, err := r.Client(t.Context(), left.ID); err != nil {
		t.Errorf("another client: %v", err)
	}
}
