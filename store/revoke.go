package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"gatehouse/auth"
	"gatehouse/store/sessions"
)

// LivingSessions returns the account's sessions that have not ended, or those of all
// accounts if userID is "", the last used first, at most limit. They come without their
// seeds. Of an account it reads only as many sessions that have not ended as a login
// leaves: see [sessions.EndOldest].
func (s *Store) LivingSessions(
	ctx context.Context, userID string, life auth.Lifetimes, limit int,
) ([]*auth.Session, error) {
	const living = `
		SELECT s.id AS session_id, s.user_id, s.counter, s.generation, s.scope_limit IS NOT NULL AS limited, s.scope_limit, s.auth_time, s.amr,
			s.created_at AS opened_at, s.refreshed_at, s.ip, s.user_agent,
			s.kind AS session_kind, s.client_id, s.resources, s.parent
		FROM sessions s
		WHERE s.ended_at IS NULL
			AND s.refreshed_at > now() - make_interval(secs => CASE s.kind WHEN 'sign_in' THEN $4::float8 ELSE $1::float8 END)
			AND s.created_at > now() - make_interval(secs => CASE s.kind WHEN 'sign_in' THEN $5::float8 ELSE $2::float8 END)`
	const ofUser = `
			AND s.id = ANY (ARRAY(
				SELECT id FROM sessions WHERE user_id = $6 AND ended_at IS NULL ORDER BY created_at DESC, id DESC LIMIT $7))`
	const order = `
		ORDER BY s.refreshed_at DESC, s.id DESC
		LIMIT $3`

	signIn := life.Of(auth.SignInSession)
	query, args := living+order, []any{
		life.Idle.Seconds(), life.Absolute.Seconds(), limit, signIn.Idle.Seconds(), signIn.Absolute.Seconds(),
	}
	if userID != "" {
		query, args = living+ofUser+order, append(args, userID, life.PerUser+sessions.EndedAtOnce)
	}
	rows, err := list[sessionRow](ctx, s, query, args...)
	if err != nil {
		return nil, fmt.Errorf("sessions of user %q: %w", userID, known(ctx, err))
	}
	sessions := make([]*auth.Session, len(rows))
	for i := range rows {
		sessions[i] = rows[i].session()
	}
	return sessions, nil
}

// RevokeSession ends a session of the account, or of any account if userID is "". If it
// has ended already, nothing happens. It returns [auth.ErrSessionNotFound].
func (s *Store) RevokeSession(ctx context.Context, userID, id string) error {
	const end = `
		UPDATE sessions
		SET ended_at = now(), end_reason = 'revoked'
		WHERE id = $1 AND user_id = coalesce(nullif($2, '')::uuid, user_id) AND ended_at IS NULL
		RETURNING id`
	const there = `SELECT EXISTS (SELECT FROM sessions WHERE id = $1 AND user_id = coalesce(nullif($2, '')::uuid, user_id))`

	err := s.transact(ctx, func(t *tx) error {
		if err := sessions.End(ctx, &t.Tx, end, id, userID); err != nil || len(t.Made) > 0 {
			return err
		}
		var found bool
		if err := t.GetContext(ctx, &found, there, id, userID); err != nil || found {
			return err
		}
		return auth.ErrSessionNotFound
	})
	if err != nil {
		return fmt.Errorf("revoke session %q: %w", id, err)
	}
	return nil
}

// RevokeSessions ends the account's sessions except the one given, and returns how
// many. The account's row stays locked meanwhile, so that no concurrent login escapes.
// It returns [auth.ErrUserNotFound].
func (s *Store) RevokeSessions(ctx context.Context, userID, except string) (int, error) {
	var ended int
	err := s.transact(ctx, func(t *tx) error {
		var id string
		err := t.GetContext(ctx, &id, `SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE`, userID)
		if err := missing(err, auth.ErrUserNotFound); err != nil {
			return err
		}
		err = t.endSessions(ctx, userID, except, "revoked")
		ended = len(t.Made)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("revoke the sessions of user %q: %w", userID, err)
	}
	return ended, nil
}

// revokeBatch is how many sessions RevokeEverySession ends per statement.
const revokeBatch = 10_000

// RevokeEverySession ends all sessions of all accounts, and returns how many. It does
// not notify replicas of each one: the caller replaces the signing keys, which makes
// every access token invalid. The array makes the planner find the rows of a batch by
// their ids; for a join it would read the whole table.
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
			return total, fmt.Errorf("revoke every session: %w", known(ctx, err))
		}
		if total += batch.Count; batch.Count < revokeBatch {
			return total, nil
		}
	}
}
