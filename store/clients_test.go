package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
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
