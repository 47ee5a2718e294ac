package clients

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"gatehouse/auth/oauth/clients"
	"gatehouse/store/changes"
	"gatehouse/store/postgres"
)

type grantRow struct {
	UserID      string         `db:"user_id"`
	ClientID    string         `db:"client_id"`
	Scopes      pq.StringArray `db:"scopes"`
	Resources   pq.StringArray `db:"resources"`
	Coordinates pq.StringArray `db:"coordinates"`
	CreatedAt   postgres.UTC   `db:"created_at"`
	ChangedAt   postgres.UTC   `db:"changed_at"`
	LastUsedAt  postgres.UTC   `db:"last_used_at"`
}

func (r *grantRow) grant() *clients.Grant {
	return &clients.Grant{
		UserID: r.UserID, ClientID: r.ClientID, Scopes: list(r.Scopes), Resources: list(r.Resources), Coordinates: list(r.Coordinates),
		CreatedAt: r.CreatedAt.Time, ChangedAt: r.ChangedAt.Time, LastUsedAt: r.LastUsedAt.Time,
	}
}

// grantColumns are the columns of grantRow.
const grantColumns = `g.user_id, g.client_id, g.scopes, g.resources, g.coordinates, g.created_at, g.changed_at`

// Grants returns what the account allowed, or all accounts if userID is "", the newest
// first, at most limit.
func (t *Tables) Grants(ctx context.Context, userID string, limit int) ([]*clients.Grant, error) {
	const list = `
		SELECT ` + grantColumns + `, greatest(g.changed_at, (
			SELECT max(s.refreshed_at)
			FROM sessions s
			WHERE s.client_id = g.client_id AND s.user_id = g.user_id AND s.ended_at IS NULL)) AS last_used_at
		FROM grants g`
	const order = `
		ORDER BY g.created_at DESC, g.client_id DESC
		LIMIT $1`

	query, args := list+order, []any{limit}
	if userID != "" {
		query, args = list+` WHERE g.user_id = $2`+order, append(args, userID)
	}
	var rows []grantRow
	err := t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error {
		rows = nil // those of an attempt that failed
		return s.SelectContext(ctx, &rows, args...)
	})
	if err != nil {
		return nil, fmt.Errorf("grants of user %q: %w", userID, t.Known(ctx, err))
	}
	all := make([]*clients.Grant, len(rows))
	for i := range rows {
		all[i] = rows[i].grant()
	}
	return all, nil
}

// RevokeGrant deletes a grant, and ends the sessions that it made and the codes. It
// returns [clients.ErrGrantNotFound].
func (t *Tables) RevokeGrant(ctx context.Context, userID, clientID string) error {
	const remove = `DELETE FROM grants WHERE user_id = $1 AND client_id = $2 RETURNING client_id`

	err := t.Transact(ctx, func(tx *changes.Tx) error {
		var found string
		err := tx.GetContext(ctx, &found, `SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE`, userID)
		if err := postgres.Missing(err, clients.ErrGrantNotFound); err != nil {
			return err
		}
		if err := postgres.Missing(tx.GetContext(ctx, &found, remove, userID, clientID), clients.ErrGrantNotFound); err != nil {
			return err
		}
		return endSessions(ctx, tx, ofClient{id: clientID, user: userID}, "grant_revoked")
	})
	if err != nil {
		return fmt.Errorf("revoke the grant of user %q to client %q: %w", userID, clientID, err)
	}
	return nil
}

// HoldGrant locks what the account allowed the client until the transaction ends, so that
// it is not taken back meanwhile. It comes after [Hold], and before the code is read. It
// returns [clients.ErrGrantNotFound].
func HoldGrant(ctx context.Context, tx *changes.Tx, userID, clientID string) (*clients.Grant, error) {
	const query = `
		SELECT ` + grantColumns + `, g.changed_at AS last_used_at
		FROM grants g
		WHERE g.user_id = $1 AND g.client_id = $2
		FOR SHARE`

	var row grantRow
	if err := postgres.Missing(tx.GetContext(ctx, &row, query, userID, clientID), clients.ErrGrantNotFound); err != nil {
		return nil, err
	}
	return row.grant(), nil
}
