package clients

import (
	"context"
	"fmt"
	"slices"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"gatehouse/auth"
	"gatehouse/auth/oauth/clients"
	"gatehouse/auth/revocation"
	"gatehouse/store/changes"
	"gatehouse/store/postgres"
)

// registryLock is held while a client or a resource is added, so that there are never
// too many.
const registryLock = 0x6761746500000005

// CreateClient stores a client. It returns a [*auth.ConflictError] if there are too many,
// and [auth.ErrUserNotFound] if the service account does not exist.
func (t *Tables) CreateClient(ctx context.Context, c *clients.Client) error {
	const insert = `
		INSERT INTO clients AS c (
			id, kind, name, uri, redirect_uris, post_logout_redirect_uris, grants, scopes, resources, secret, secret_created_at,
			previous_secret, previous_secret_until, jwks, assertion_audience, service_user_id, service_session_id, first_party, pkce,
			pushed_requests, id_token_algorithm, documents, disabled, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)`

	err := t.Transact(ctx, func(tx *changes.Tx) error {
		var count int
		if err := countLocked(ctx, tx, &count, `SELECT count(*) FROM clients`); err != nil {
			return err
		}
		if count >= clients.MaxClients {
			return &auth.ConflictError{Message: fmt.Sprintf("There are %d clients already. Delete some that are not used any more.", count)}
		}
		_, err := tx.ExecContext(ctx, insert, values(c)...)
		switch {
		case pq.As(err, pqerror.ForeignKeyViolation) != nil:
			return auth.ErrUserNotFound
		case err != nil:
			return err
		}
		return note(ctx, tx, c.ID)
	})
	if err != nil {
		return fmt.Errorf("create client %q: %w", c.ID, err)
	}
	return nil
}

// countLocked counts rows that no other transaction adds to.
func countLocked(ctx context.Context, tx *changes.Tx, count *int, query string) error {
	if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, registryLock); err != nil {
		return err
	}
	return tx.GetContext(ctx, count, query)
}

// note records that a client has changed, or with "" a resource.
func note(ctx context.Context, tx *changes.Tx, id string) error {
	return tx.Note(ctx, revocation.Change{Clients: true, Client: id})
}

// ChangeClient locks the client, lets change modify it, and stores the result. What the
// client loses is taken from its grants and sessions. It returns [clients.ErrNotFound].
func (t *Tables) ChangeClient(ctx context.Context, id string, change func(*clients.Client) error) (*clients.Client, error) {
	const lock = `SELECT ` + columns + ` FROM clients c WHERE c.id = $1 FOR NO KEY UPDATE`
	const update = `
		UPDATE clients c
		SET (kind, name, uri, redirect_uris, post_logout_redirect_uris, grants, scopes, resources, secret, secret_created_at, previous_secret,
				previous_secret_until, jwks, assertion_audience, service_user_id, service_session_id, first_party, pkce, pushed_requests,
				id_token_algorithm, documents, disabled, created_at, updated_at) =
			($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14::jsonb, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
				greatest(now(), $25::timestamptz + interval '1 microsecond'))
		WHERE c.id = $1
		RETURNING ` + columns

	var changed *clients.Client
	err := t.Transact(ctx, func(tx *changes.Tx) error {
		var before, after row
		if err := postgres.Missing(tx.GetContext(ctx, &before, lock, id), clients.ErrNotFound); err != nil {
			return err
		}
		next := before.client()
		if err := change(next); err != nil {
			return err
		}
		if err := tx.GetContext(ctx, &after, update, values(next)...); err != nil {
			return err
		}
		changed = after.client()
		if err := lower(ctx, tx, before.client(), changed); err != nil {
			return err
		}
		return note(ctx, tx, id)
	})
	if err != nil {
		return nil, fmt.Errorf("change client %q: %w", id, err)
	}
	return changed, nil
}

// DeleteClient locks the client, asks allow, and deletes it with its grants. Its sessions
// end. It returns [clients.ErrNotFound].
func (t *Tables) DeleteClient(ctx context.Context, id string, allow func(*clients.Client) error) error {
	const lock = `SELECT ` + columns + ` FROM clients c WHERE c.id = $1 FOR UPDATE`

	err := t.Transact(ctx, func(tx *changes.Tx) error {
		var found row
		if err := postgres.Missing(tx.GetContext(ctx, &found, lock, id), clients.ErrNotFound); err != nil {
			return err
		}
		if err := allow(found.client()); err != nil {
			return err
		}
		return remove(ctx, tx, id)
	})
	if err != nil {
		return fmt.Errorf("delete client %q: %w", id, err)
	}
	return nil
}

// DeleteOf deletes the clients that act as a service account, whose row is locked.
func DeleteOf(ctx context.Context, tx *changes.Tx, userID string) error {
	const lock = `SELECT id FROM clients WHERE service_user_id = $1 ORDER BY id FOR UPDATE`

	var ids []string
	if err := tx.SelectContext(ctx, &ids, lock, userID); err != nil {
		return err
	}
	for _, id := range ids {
		if err := remove(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}

// remove deletes a client, whose row is locked.
func remove(ctx context.Context, tx *changes.Tx, id string) error {
	if err := endSessions(ctx, tx, ofClient{id: id}, "client_deleted"); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM clients WHERE id = $1`, id); err != nil {
		return err
	}
	return note(ctx, tx, id)
}

// lower takes from the client's grants and sessions what the client lost.
func lower(ctx context.Context, tx *changes.Tx, before, after *clients.Client) error {
	if after.Disabled && !before.Disabled {
		return endSessions(ctx, tx, ofClient{id: after.ID}, "client_disabled")
	}
	logins := func(c *clients.Client) bool { return c.Has(clients.AuthorizationCode) || c.Has(clients.Password) }
	if logins(before) && !logins(after) {
		if err := endSessions(ctx, tx, ofClient{id: after.ID, kind: auth.ApplicationSession}, "client_changed"); err != nil {
			return err
		}
	}
	if before.Has(clients.ClientCredentials) && !after.Has(clients.ClientCredentials) {
		if err := endSessions(ctx, tx, ofClient{id: after.ID, kind: auth.ServiceSession}, "client_changed"); err != nil {
			return err
		}
	}
	if less(before.Resources, after.Resources) {
		for _, lost := range before.Resources {
			if slices.Contains(after.Resources, lost) {
				continue
			}
			if err := takeResource(ctx, tx, after.ID, lost); err != nil {
				return err
			}
		}
	}
	if less(before.Scopes, after.Scopes) {
		return takeScopes(ctx, tx, after.ID, after.Scopes)
	}
	return nil
}

// less reports whether something of before is not in after.
func less(before, after []string) bool {
	return slices.ContainsFunc(before, func(s string) bool { return !slices.Contains(after, s) })
}
