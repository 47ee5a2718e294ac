// Package changes records what invalidates the claims of tokens, within the
// transaction that causes it.
package changes

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"gatehouse/auth/revocation"
	"gatehouse/store/postgres"
)

// Channel is where replicas notify each other of changes. The payload is an array of
// the first and the last seq of a transaction, and the schema: all services in one
// database share the channel.
const Channel = "gatehouse_changes"

// A Tx is a transaction that collects the changes which invalidate claims of tokens.
type Tx struct {
	*sqlx.Tx
	Made []revocation.Change
}

// A Row is a row of changes.
type Row struct {
	Seq        int64          `db:"seq"`
	At         postgres.UTC   `db:"at"`
	SessionID  sql.NullString `db:"session_id"`
	Generation int            `db:"generation"`
	UserID     sql.NullString `db:"user_id"`
	Roles      pq.StringArray `db:"roles"`
	Role       sql.NullString `db:"role"`
	Scopes     pq.StringArray `db:"scopes"`
	Gone       bool           `db:"gone"`
	Keys       bool           `db:"keys"`
	ClientID   sql.NullString `db:"client_id"`
}

// Columns are the columns of Row.
const Columns = `seq, at, session_id, generation, user_id, roles, role, scopes, gone, keys, client_id`

// Change returns the change that the row records. One of a client is also one of keys,
// so that the release before takes it for nothing else.
func (r Row) Change() revocation.Change {
	if r.ClientID.Valid {
		return revocation.Change{Seq: r.Seq, At: r.At.Time, Clients: true, Client: r.ClientID.String}
	}
	return revocation.Change{
		Seq: r.Seq, At: r.At.Time, Session: r.SessionID.String, Generation: r.Generation, User: r.UserID.String, Roles: r.Roles,
		Role: r.Role.String, Scopes: r.Scopes, Gone: r.Gone, Keys: r.Keys,
		ClockBack: !r.Keys && !r.SessionID.Valid && !r.UserID.Valid && !r.Role.Valid,
	}
}

// Note records a change. Replicas learn of it when the transaction commits.
func (t *Tx) Note(ctx context.Context, c revocation.Change) error {
	const query = `
		INSERT INTO changes (session_id, generation, user_id, roles, role, scopes, gone, keys, client_id)
		VALUES (nullif($1, '')::uuid, $2, nullif($3, '')::uuid, $4, nullif($5, ''), $6, $7, $8 OR $9, CASE WHEN $9 THEN $10::text END)
		RETURNING seq, at`

	row := struct {
		Seq int64        `db:"seq"`
		At  postgres.UTC `db:"at"`
	}{}
	err := t.GetContext(ctx, &row, query, c.Session, c.Generation, c.User, pq.Array(c.Roles), c.Role, pq.Array(c.Scopes), c.Gone, c.Keys,
		c.Clients, c.Client)
	if err != nil {
		return fmt.Errorf("note a change: %w", err)
	}
	c.Seq, c.At = row.Seq, row.At.Time
	t.Made = append(t.Made, c)
	return nil
}

// NoteEnded records that sessions or API keys ended, by their ids.
func (t *Tx) NoteEnded(ctx context.Context, ids []string) error {
	const query = `
		INSERT INTO changes (session_id)
		SELECT unnest($1::uuid[])
		RETURNING ` + Columns

	if len(ids) == 0 {
		return nil
	}
	var rows []Row
	if err := t.SelectContext(ctx, &rows, query, pq.Array(ids)); err != nil {
		return fmt.Errorf("note ended sessions: %w", err)
	}
	for _, r := range rows {
		t.Made = append(t.Made, r.Change())
	}
	return nil
}

// Announce notifies every replica, including this one, of the transaction's changes when
// it commits.
func (t *Tx) Announce(ctx context.Context) error {
	if len(t.Made) == 0 {
		return nil
	}
	const query = `SELECT pg_notify($1, json_build_array($2::bigint, $3::bigint, current_schema())::text)`

	first, last := t.Made[0].Seq, t.Made[len(t.Made)-1].Seq
	if _, err := t.ExecContext(ctx, query, Channel, first, last); err != nil {
		return fmt.Errorf("announce changes: %w", err)
	}
	return nil
}
