package conformance_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	_ "github.com/lib/pq"

	"gatehouse/auth/oauth/clients"
)

// A client is a registered application, with the one resource that it may ask tokens for.
type client struct{ id, resource, identifier string }

// client registers a client. Its resource is that of the first one, unless it is to be deleted: there
// can't be one for each trial.
func (s *service) client(t testing.TB, deleted bool) client {
	t.Helper()
	now := time.Now()
	a := client{id: uuid.Must(uuid.NewV7()).String(), resource: uuid.NewString()}
	a.identifier = "https://" + a.resource + ".example"
	resource := &clients.Resource{ID: a.resource, Identifier: a.identifier, Name: "Items", CreatedAt: now, Scopes: []clients.ResourceScope{{Name: "read:items", Title: "See items"}}}
	made := &clients.Client{
		ID: a.id, Kind: clients.Confidential, Name: "An application", RedirectURIs: []string{"https://app.example.com/callback"},
		Grants: []clients.GrantType{clients.AuthorizationCode}, Resources: []string{a.identifier}, AssertionAudience: clients.IssuerAudience, PKCE: true,
		IDTokenAlgorithm: clients.RS256, CreatedAt: now, UpdatedAt: now,
	}
	switch {
	case s.app.id == "" || deleted:
		if err := s.Store().CreateResource(t.Context(), resource); err != nil {
			t.Error(err)
		}
	default:
		a.resource, a.identifier = s.app.resource, s.app.identifier
		made.Resources = []string{a.identifier}
	}
	if err := s.Store().CreateClient(t.Context(), made); err != nil {
		t.Error(err)
	}
	return a
}

// allow lets accounts allow the application that nothing changes, and opens a session of it.
func (s *service) allow(t testing.TB, ids ...string) {
	t.Helper()
	for _, id := range ids {
		for _, statement := range []string{
			`INSERT INTO grants (user_id, client_id, scopes, resources) VALUES ($1, $2, ARRAY['openid'], ARRAY[$3]) ON CONFLICT DO NOTHING`,
			`INSERT INTO sessions (id, user_id, seed, auth_time, amr, ip, user_agent, kind, client_id, scope_limit, resources)
				VALUES (gen_random_uuid(), $1, '', now(), '{}', '', '', 'application', $2, '{}', ARRAY[$3])`,
		} {
			if _, err := s.database.ExecContext(t.Context(), statement, id, s.app.id, s.app.identifier); err != nil {
				t.Error(err)
			}
		}
	}
}

// connect opens the service's database, for what its store does not do.
func (s *service) connect(t testing.TB) {
	t.Helper()
	var err error
	if s.database, err = sql.Open("postgres", s.Settings().DatabaseURL); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.database.Close() })
}

// mentions reports whether an experiment has one of the words.
func (e *experiment) mentions(words ...string) bool {
	asks := e.text + fmt.Sprint(e.variables)
	for _, word := range words {
		if strings.Contains(asks, word) {
			return true
		}
	}
	return false
}
