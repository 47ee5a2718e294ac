package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"gatehouse/auth"
)

// LivingSessions returns the account's sessions that go on, the last used first, limit of them at most; everybody's, if userID is "". They lack
// their seeds.
func (s *Store) LivingSessions(ctx context.Context, userID string, life auth.Lifetimes, limit int) ([]*auth.Session, error) {
	const living = `
		SELECT s.id AS session_id, s.user_id, s.counter, s.generation, s.scope_limit IS NOT NULL AS limited, s.scope_limit, s.auth_time, s.amr,
			s.created_at AS opened_at, s.refreshed_at, s.ip, s.user_agent
		FROM sessions s
		WHERE s.ended_at IS NULL
			AND s.refreshed_at > now() - make_interval(secs => $1) AND s.created_at > now() - make_interval(secs => $2)`
	const order = `
		ORDER BY s.refreshed_at DESC, s.id DESC
		LIMIT $3`

	query, args := living+order, []any{life.Idle.Seconds(), life.Absolute.Seconds(), limit}
	if userID != "" {
		query, args = living+` AND s.user_id = $4`+order, append(args, userID)
	}
	var rows []sessionRow
	if err := s.list(ctx, &rows, query, args...); err != nil {
		return nil, fmt.Errorf("sessions of user %q: %w", userID, known(err))
	}
	sessions := make([]*auth.Session, len(rows))
	for i := range rows {
		sessions[i] = rows[i].session()
	}
	return sessions, nil
}

// RevokeSession ends a session of the account; of any account, if userID is "". Nothing is done to one that has ended. auth.ErrNoSession if
// there is none of the id.
func (s *Store) RevokeSession(ctx context.Context, userID, id string) error {
	const end = `
		UPDATE sessions
		SET ended_at = now(), end_reason = 'revoked'
		WHERE id = $1 AND user_id = coalesce(nullif($2, '')::uuid, user_id) AND ended_at IS NULL
		RETURNING id`
	const there = `SELECT EXISTS (SELECT FROM sessions WHERE id = $1 AND user_id = coalesce(nullif($2, '')::uuid, user_id))`

	err := s.transact(ctx, func(t *tx) error {
		if err := t.ended(ctx, end, id, userID); err != nil || len(t.changes) > 0 {
			return err
		}
		var found bool
		if err := t.GetContext(ctx, &found, there, id, userID); err != nil || found {
			return err
		}
		return auth.ErrNoSession
	})
	if err != nil {
		return fmt.Errorf("revoke session %q: %w", id, err)
	}
	return nil
}

// RevokeSessions ends the account's sessions, all but the one with the id except, and returns how many those were. The account's row stays locked
// meanwhile, so that no login slips through. auth.ErrNotFound for an id that is no account's.
func (s *Store) RevokeSessions(ctx context.Context, userID, except string) (int, error) {
	var ended int
	err := s.transact(ctx, func(t *tx) error {
		var id string
		if err := t.GetContext(ctx, &id, `SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE`, userID); err != nil {
			return err
		}
		err := t.endSessions(ctx, userID, except, "revoked")
		ended = len(t.changes)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("revoke the sessions of user %q: %w", userID, err)
	}
	return ended, nil
}

// revokeBatch is how many sessions are ended at once where all are.
const revokeBatch = 10_000

// RevokeEverySession ends all sessions of everybody, and returns how many those were. No replica is told of each: whoever calls this replaces the
// signing keys, so that no access token is good. The array has the planner find the rows of a batch by their ids; for a join it reads all there are.
func (s *Store) RevokeEverySession(ctx context.Context) (int, error) {
	const query = `
		WITH batch AS (
			SELECT id FROM sessions WHERE id > $1 AND ended_at IS NULL ORDER BY id LIMIT $2 FOR UPDATE
		), ended AS (
			UPDATE sessions SET ended_at = now(), end_reason = 'revoked' WHERE id = ANY (ARRAY(SELECT id FROM batch))
		)
		SELECT count(*) AS count, coalesce((array_agg(id ORDER BY id DESC))[1], $1) AS last FROM batch`

	batch := struct {
		Count int    `db:"count"`
		Last  string `db:"last"`
	}{Last: uuid.Nil.String()}
	for total := 0; ; {
		if err := s.get(ctx, &batch, query, batch.Last, revokeBatch); err != nil {
			return total, fmt.Errorf("revoke every session: %w", known(err))
		}
		if total += batch.Count; batch.Count < revokeBatch {
			return total, nil
		}
	}
}

// Standing returns how a session stands. auth.ErrUnavailable.
func (s *Store) Standing(ctx context.Context, sessionID, userID string) (*auth.Standing, error) {
	const query = `
		SELECT s.ended_at IS NOT NULL OR u.disabled AS ended, s.generation, u.roles
		FROM sessions s JOIN users u ON u.id = s.user_id
		WHERE s.id = $1 AND u.id = $2`

	var row struct {
		Ended      bool           `db:"ended"`
		Generation int            `db:"generation"`
		Roles      pq.StringArray `db:"roles"`
	}
	err := s.get(ctx, &row, query, sessionID, userID)
	if errors.Is(err, sql.ErrNoRows) {
		return &auth.Standing{Ended: true}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("standing of session %q: %w", sessionID, known(err))
	}
	roles, err := s.Roles(ctx)
	if err != nil {
		return nil, err
	}
	grants := make(map[string][]string, len(roles))
	for _, r := range roles {
		grants[r.Name] = r.Scopes
	}
	return &auth.Standing{Ended: row.Ended, Generation: row.Generation, Roles: row.Roles, Grants: grants}, nil
}
