// Package clients persists OAuth's clients, resources and grants.
package clients

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"gatehouse/auth"
	"gatehouse/auth/oauth/clients"
	"gatehouse/store/changes"
	"gatehouse/store/postgres"
)

// Tables are the tables of clients, resources and grants in a database.
type Tables struct {
	Statements *postgres.Statements
	// Transact runs work in a transaction whose changes are announced.
	Transact func(ctx context.Context, work func(*changes.Tx) error) error
	// Known maps a database error to the auth error it stands for.
	Known func(ctx context.Context, err error) error
}

// columns are the columns of row.
const columns = `c.id, c.kind, c.name, c.uri, c.redirect_uris, c.post_logout_redirect_uris, c.grants, c.scopes, c.resources,
	c.secret, c.secret_created_at, c.previous_secret, c.previous_secret_until, c.jwks, c.assertion_audience, c.service_user_id,
	c.service_session_id, c.first_party, c.pkce, c.pushed_requests, c.id_token_algorithm, c.documents, c.disabled, c.created_at, c.updated_at`

type row struct {
	ID                     string         `db:"id"`
	Kind                   string         `db:"kind"`
	Name                   string         `db:"name"`
	URI                    *string        `db:"uri"`
	RedirectURIs           pq.StringArray `db:"redirect_uris"`
	PostLogoutRedirectURIs pq.StringArray `db:"post_logout_redirect_uris"`
	Grants                 pq.StringArray `db:"grants"`
	Scopes                 pq.StringArray `db:"scopes"`
	Resources              pq.StringArray `db:"resources"`
	Secret                 []byte         `db:"secret"`
	SecretCreatedAt        *postgres.UTC  `db:"secret_created_at"`
	PreviousSecret         []byte         `db:"previous_secret"`
	PreviousSecretUntil    *postgres.UTC  `db:"previous_secret_until"`
	JWKS                   []byte         `db:"jwks"`
	AssertionAudience      string         `db:"assertion_audience"`
	ServiceUserID          *string        `db:"service_user_id"`
	ServiceSessionID       *string        `db:"service_session_id"`
	FirstParty             bool           `db:"first_party"`
	PKCE                   bool           `db:"pkce"`
	PushedRequests         bool           `db:"pushed_requests"`
	IDTokenAlgorithm       string         `db:"id_token_algorithm"`
	Documents              pq.StringArray `db:"documents"`
	Disabled               bool           `db:"disabled"`
	CreatedAt              postgres.UTC   `db:"created_at"`
	UpdatedAt              postgres.UTC   `db:"updated_at"`
}

func (r *row) client() *clients.Client {
	c := &clients.Client{
		ID: r.ID, Kind: clients.Kind(r.Kind), Name: r.Name, URI: r.URI, RedirectURIs: list(r.RedirectURIs),
		PostLogoutRedirectURIs: list(r.PostLogoutRedirectURIs), Scopes: list(r.Scopes), Resources: list(r.Resources),
		JWKS: json.RawMessage(r.JWKS), AssertionAudience: clients.AssertionAudience(r.AssertionAudience),
		ServiceAccountID: r.ServiceUserID, ServiceSessionID: r.ServiceSessionID, FirstParty: r.FirstParty, PKCE: r.PKCE,
		PushedRequests: r.PushedRequests, IDTokenAlgorithm: clients.IDTokenAlgorithm(r.IDTokenAlgorithm), Documents: r.Documents,
		Disabled: r.Disabled, CreatedAt: r.CreatedAt.Time, UpdatedAt: r.UpdatedAt.Time, SecretCreatedAt: r.SecretCreatedAt.Pointer(),
	}
	for _, g := range r.Grants {
		c.Grants = append(c.Grants, clients.GrantType(g))
	}
	if len(r.Secret) == len(clients.Secret{}.Digest) {
		c.Secrets = append(c.Secrets, clients.Secret{Digest: [32]byte(r.Secret)})
	}
	if len(r.PreviousSecret) == len(clients.Secret{}.Digest) && r.PreviousSecretUntil != nil {
		c.Secrets = append(c.Secrets, clients.Secret{Digest: [32]byte(r.PreviousSecret), Until: r.PreviousSecretUntil.Time})
	}
	return c
}

// list returns an array that is not nil, as a list without items is not null.
func list(array pq.StringArray) []string { return append([]string{}, array...) }

// values are what columns have for a client, in their order.
func values(c *clients.Client) []any {
	var secret, previous []byte
	var until *time.Time
	if len(c.Secrets) > 0 {
		secret = c.Secrets[0].Digest[:]
	}
	if len(c.Secrets) > 1 {
		previous, until = c.Secrets[1].Digest[:], &c.Secrets[1].Until
	}
	grants := make([]string, len(c.Grants))
	for i, g := range c.Grants {
		grants[i] = string(g)
	}
	var jwks *string // as text: a byte array would not be taken for JSON
	if c.JWKS != nil {
		text := string(c.JWKS)
		jwks = &text
	}
	return []any{
		c.ID, c.Kind, c.Name, c.URI, pq.Array(list(c.RedirectURIs)), pq.Array(list(c.PostLogoutRedirectURIs)), pq.Array(grants),
		pq.Array(list(c.Scopes)), pq.Array(list(c.Resources)), secret, c.SecretCreatedAt, previous, until, jwks, c.AssertionAudience,
		c.ServiceAccountID, c.ServiceSessionID, c.FirstParty, c.PKCE, c.PushedRequests, c.IDTokenAlgorithm, pq.Array(c.Documents), c.Disabled,
		c.CreatedAt, c.UpdatedAt,
	}
}

// Clients returns all clients.
func (t *Tables) Clients(ctx context.Context) ([]*clients.Client, error) {
	const query = `SELECT ` + columns + ` FROM clients c`

	var rows []row
	err := t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error {
		rows = nil // those of an attempt that failed
		return s.SelectContext(ctx, &rows)
	})
	if err != nil {
		return nil, fmt.Errorf("clients: %w", t.Known(ctx, err))
	}
	all := make([]*clients.Client, len(rows))
	for i := range rows {
		all[i] = rows[i].client()
	}
	return all, nil
}

// Client returns the client with the id, or [clients.ErrNotFound].
func (t *Tables) Client(ctx context.Context, id string) (*clients.Client, error) {
	const query = `SELECT ` + columns + ` FROM clients c WHERE c.id = $1`

	var found row
	err := t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error { return s.GetContext(ctx, &found, id) })
	if err = t.Known(ctx, err); errors.Is(err, auth.ErrNotFound) {
		err = clients.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("client %q: %w", id, err)
	}
	return found.client(), nil
}

// Hold locks an enabled client until the transaction ends, so that it is neither changed
// nor deleted meanwhile. What opens a session or issues a code of the client calls it
// first. It returns [clients.ErrNotFound].
func Hold(ctx context.Context, tx *changes.Tx, id string) (*clients.Client, error) {
	const query = `SELECT ` + columns + ` FROM clients c WHERE c.id = $1 AND NOT c.disabled FOR SHARE`

	var found row
	if err := postgres.Missing(tx.GetContext(ctx, &found, query, id), clients.ErrNotFound); err != nil {
		return nil, err
	}
	return found.client(), nil
}
