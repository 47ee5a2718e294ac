// Package apikeys persists API keys.
package apikeys

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"gatehouse/auth"
	"gatehouse/auth/apikey"
	"gatehouse/store/changes"
	"gatehouse/store/postgres"
)

// Table is the table of API keys in a database.
type Table struct {
	Statements *postgres.Statements
	// Transact runs work in a transaction whose changes are announced.
	Transact func(ctx context.Context, work func(*changes.Tx) error) error
	// Known maps a database error to the auth error it stands for.
	Known func(ctx context.Context, err error) error
}

// columns are the columns of row.
const columns = `k.id, k.user_id, k.name, k.hint, k.scopes, k.generation, k.created_at, k.expires_at, k.last_used_at, k.last_used_ip`

type row struct {
	ID         string         `db:"id"`
	UserID     string         `db:"user_id"`
	Name       string         `db:"name"`
	Hint       string         `db:"hint"`
	Scopes     pq.StringArray `db:"scopes"`
	Generation int            `db:"generation"`
	CreatedAt  postgres.UTC   `db:"created_at"`
	ExpiresAt  *postgres.UTC  `db:"expires_at"`
	LastUsedAt *postgres.UTC  `db:"last_used_at"`
	LastUsedIP *string        `db:"last_used_ip"`
}

func (r *row) key() *apikey.Key {
	k := &apikey.Key{
		ID: r.ID, UserID: r.UserID, Name: r.Name, Hint: r.Hint, Scopes: r.Scopes, CreatedAt: r.CreatedAt.Time,
		ExpiresAt: r.ExpiresAt.Pointer(), LastUsedAt: r.LastUsedAt.Pointer(), LastUsedIP: r.LastUsedIP, Rotated: r.Generation > 0,
	}
	if k.Scopes == nil {
		k.Scopes = []string{}
	}
	return k
}

// living is the condition of a key that works.
const living = `k.ended_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())`

// APIKeys returns the keys that work of the account, or of all accounts if userID is "",
// the newest first, at most limit.
func (t *Table) APIKeys(ctx context.Context, userID string, limit int) ([]*apikey.Key, error) {
	const all = `
		SELECT ` + columns + `
		FROM api_keys k
		WHERE ` + living + `
		ORDER BY k.created_at DESC, k.id DESC
		LIMIT $1`
	const ofUser = `
		SELECT ` + columns + `
		FROM api_keys k
		WHERE k.user_id = $2 AND ` + living + `
		ORDER BY k.created_at DESC, k.id DESC
		LIMIT $1`

	query, args := all, []any{limit}
	if userID != "" {
		query, args = ofUser, append(args, userID)
	}
	var rows []row
	err := t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error {
		rows = nil // those of an attempt that failed
		return s.SelectContext(ctx, &rows, args...)
	})
	if err != nil {
		return nil, fmt.Errorf("API keys of user %q: %w", userID, t.Known(ctx, err))
	}
	keys := make([]*apikey.Key, len(rows))
	for i := range rows {
		keys[i] = rows[i].key()
	}
	return keys, nil
}

// APIKey returns the key with the id, also if it has ended, or [apikey.ErrNotFound].
func (t *Table) APIKey(ctx context.Context, id string) (*apikey.Held, error) {
	const query = `
		SELECT ` + columns + `, k.digest, k.ended_at IS NOT NULL OR u.disabled AS ended, u.kind = 'service' AS service, u.roles
		FROM api_keys k JOIN users u ON u.id = k.user_id
		WHERE k.id = $1`

	var found struct {
		row
		Digest  []byte         `db:"digest"`
		Ended   bool           `db:"ended"`
		Service bool           `db:"service"`
		Roles   pq.StringArray `db:"roles"`
	}
	err := t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error { return s.GetContext(ctx, &found, id) })
	if err = t.Known(ctx, err); errors.Is(err, auth.ErrNotFound) {
		err = apikey.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("API key %q: %w", id, err)
	}
	held := &apikey.Held{
		Key: *found.key(), Generation: found.Generation, Ended: found.Ended, Kind: auth.KindOf(found.Service), Roles: found.Roles,
	}
	held.Digest = found.Digest
	return held, nil
}

// MarkAPIKeysUsed notes when keys were used last, in one statement. It locks them in the
// order of their ids, so that two replicas can't deadlock.
func (t *Table) MarkAPIKeysUsed(ctx context.Context, uses []apikey.Use) error {
	const query = `
		WITH used AS MATERIALIZED (
			SELECT k.id, u.at, u.ip
			FROM unnest($1::uuid[], $2::timestamptz[], $3::text[]) AS u (id, at, ip) JOIN api_keys k ON k.id = u.id
			ORDER BY k.id
			FOR NO KEY UPDATE OF k
		)
		UPDATE api_keys k
		SET last_used_at = used.at, last_used_ip = used.ip
		FROM used
		WHERE k.id = used.id AND (k.last_used_at IS NULL OR k.last_used_at < used.at)`

	ids, times, ips := make([]string, len(uses)), make([]time.Time, len(uses)), make([]string, len(uses))
	for i, u := range uses {
		ids[i], times[i], ips[i] = u.ID, u.At, u.IP
	}
	err := t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error {
		_, err := s.ExecContext(ctx, pq.Array(ids), pq.Array(times), pq.Array(ips))
		return err
	})
	if err != nil {
		return fmt.Errorf("mark API keys used: %w", t.Known(ctx, err))
	}
	return nil
}
