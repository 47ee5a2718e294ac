// Package sessions opens and ends sessions within a transaction, whatever else it does.
package sessions

import (
	"context"
	"strings"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"gatehouse/auth"
	"gatehouse/auth/factor"
	"gatehouse/auth/name"
	"gatehouse/store/changes"
)

// Open logs the account in: it stores a session, or the challenge that stands in its place, and
// ends the oldest sessions over the limit. It returns [factor.ErrMissing] if the account has a
// second factor and the session was opened without it.
func Open(ctx context.Context, t *changes.Tx, s *auth.Session, life auth.Lifetimes) error {
	const note = `UPDATE users u SET ` + LoggedIn + ` WHERE u.id = $1`

	if s.Challenge != nil {
		return insertChallenge(ctx, t, s)
	}
	if _, err := t.ExecContext(ctx, note, s.UserID, false, auth.FactorsOf(s.AMR) > 1); err != nil {
		return Missing(err)
	}
	return Store(ctx, t, s, life)
}

// LoggedIn notes a log-in of the account u, unless $2 says that there is none yet. $3 says
// whether it was one with two factors.
const LoggedIn = `
	last_login_at = CASE WHEN $2 THEN u.last_login_at ELSE now() END,
	factor_login_at = CASE WHEN $3 AND NOT $2 THEN now() ELSE u.factor_login_at END`

// Missing returns [factor.ErrMissing] if the database refuses to note a log-in, because the
// account has a second factor that the log-in lacks. Other errors are returned unchanged.
func Missing(err error) error {
	if answer := pq.As(err, pqerror.CheckViolation); answer != nil && answer.Constraint == "users_second_factor" {
		return factor.ErrMissing
	}
	return err
}

// Store stores a session of a log-in that was noted, or the challenge that stands in its place,
// and ends the oldest sessions over the limit.
func Store(ctx context.Context, t *changes.Tx, s *auth.Session, life auth.Lifetimes) error {
	if s.Challenge != nil {
		return insertChallenge(ctx, t, s)
	}
	if err := Insert(ctx, t, s); err != nil {
		return err
	}
	return EndOldest(ctx, t, s, life)
}

// Insert stores a session. Its time is that of the clock, not that at which the
// transaction began: the row of its account is locked, so that the session of the login
// that comes last is the newest.
func Insert(ctx context.Context, t *changes.Tx, s *auth.Session) error {
	const query = `
		INSERT INTO sessions (id, user_id, seed, scope_limit, auth_time, amr, ip, user_agent, place, kind, client_id, resources, parent,
			created_at, refreshed_at)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, nullif($11, ''), $12, nullif($13, '')::uuid, clock, clock
		FROM clock_timestamp() AS clock`

	var limit any
	if s.Limit != nil {
		limit = pq.Array(s.Limit.Scopes)
	}
	_, err := t.ExecContext(ctx, query, s.ID, s.UserID, s.Seed, limit, s.AuthTime, pq.Array(append([]string{}, s.AMR...)),
		Storable(s.IP), Storable(s.UserAgent), Storable(s.Prefix48()), s.Kind, s.ClientID, pq.Array(s.Resources), s.Parent)
	return err
}

// Storable returns what a client says of itself as valid UTF-8 without NUL and
// other invisible characters, truncated to 512 bytes.
func Storable(s string) string {
	const limit = 512
	if len(s) > limit {
		s = s[:limit]
	}
	return name.Clean(strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", ""))
}

// EndedAtOnce is how many sessions a login ends at most. An account has more than
// that over its limit only after the limit was lowered.
const EndedAtOnce = 1000

// EndOldest ends the oldest sessions over the limit, but never the one that was just opened,
// and those that have expired. It looks at the account's sessions of the same kind and client,
// so that an application that logs in again and again ends none of the person's own. Expired
// ones don't count, but each login would have to read them. Replicas are not notified of
// those: a session expires without a notice. Sessions are locked in the order of their ids, as
// store's endSessions does. Without a client there is no condition on it: the planner would
// take it for a rare one, and read all sessions of the account instead of the newest.
func EndOldest(ctx context.Context, t *changes.Tx, opened *auth.Session, life auth.Lifetimes) error {
	const query = `
		WITH open AS MATERIALIZED (
			SELECT id, created_at,
				refreshed_at > now() - make_interval(secs => $5) AND created_at > now() - make_interval(secs => $6) AS living
			FROM sessions
			WHERE user_id = $1 AND ended_at IS NULL AND id <> $2 AND kind = $7 AND ($8 = '' OR client_id = $8)
			ORDER BY created_at DESC, id DESC
			LIMIT $3
		), surplus AS MATERIALIZED (
			SELECT id FROM open WHERE living ORDER BY created_at DESC, id DESC OFFSET $4
		), ending AS MATERIALIZED (
			SELECT id
			FROM sessions
			WHERE id = ANY (ARRAY(SELECT id FROM open WHERE NOT living UNION ALL SELECT id FROM surplus)) AND ended_at IS NULL
			ORDER BY id
			FOR UPDATE
		), expired AS (
			UPDATE sessions
			SET ended_at = clock_timestamp(), end_reason = 'expired'
			WHERE id = ANY (ARRAY(SELECT id FROM ending JOIN open USING (id) WHERE NOT living))
		)
		UPDATE sessions
		SET ended_at = clock_timestamp(), end_reason = 'too_many_sessions'
		WHERE id = ANY (ARRAY(SELECT id FROM ending JOIN surplus USING (id)))
		RETURNING id`

	others := life.PerUser - 1
	return End(ctx, t, query, opened.UserID, opened.ID, others+EndedAtOnce, others, life.Idle.Seconds(), life.Absolute.Seconds(),
		opened.Kind, opened.ClientID)
}

// End runs a query that ends sessions and returns their ids, and records each as a change.
func End(ctx context.Context, t *changes.Tx, query string, args ...any) error {
	var ids []string
	if err := t.SelectContext(ctx, &ids, query, args...); err != nil {
		return err
	}
	return t.NoteEnded(ctx, ids)
}
