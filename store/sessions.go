package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/lib/pq"

	"gatehouse/auth"
	"gatehouse/auth/client"
	"gatehouse/auth/name"
	"gatehouse/auth/token"
	"gatehouse/store/postgres"
)

// sessionColumns are the columns of sessionRow without the user's.
const sessionColumns = `
	s.id AS session_id, s.user_id, s.seed, s.counter, s.generation, s.scope_limit IS NOT NULL AS limited, s.scope_limit,
	s.auth_time, s.amr, s.created_at AS opened_at, s.refreshed_at, s.ip, s.user_agent,
	s.kind AS session_kind, s.client_id, s.resources, s.parent`

type sessionRow struct {
	userRow
	SessionID  string         `db:"session_id"`
	UserID     string         `db:"user_id"`
	Seed       []byte         `db:"seed"`
	Counter    int64          `db:"counter"`
	Generation int            `db:"generation"`
	Limited    bool           `db:"limited"`
	ScopeLimit pq.StringArray `db:"scope_limit"`
	AuthTime   postgres.UTC   `db:"auth_time"`
	AMR        pq.StringArray `db:"amr"`
	OpenedAt   postgres.UTC   `db:"opened_at"`
	Refreshed  postgres.UTC   `db:"refreshed_at"`
	IP         string         `db:"ip"`
	UserAgent  string         `db:"user_agent"`
	Kind       string         `db:"session_kind"`
	ClientID   sql.NullString `db:"client_id"`
	Resources  pq.StringArray `db:"resources"`
	Parent     sql.NullString `db:"parent"`
}

// fields are where the columns of sessionColumns and userColumns go, in their order.
func (r *sessionRow) fields() []any {
	return append([]any{
		&r.SessionID, &r.UserID, &r.Seed, &r.Counter, &r.Generation, &r.Limited, &r.ScopeLimit,
		&r.AuthTime, &r.AMR, &r.OpenedAt, &r.Refreshed, &r.IP, &r.UserAgent,
		&r.Kind, &r.ClientID, &r.Resources, &r.Parent,
	}, r.userRow.fields()...)
}

func (r *sessionRow) session() *auth.Session {
	s := &auth.Session{
		ID: r.SessionID, UserID: r.UserID, Seed: r.Seed, Counter: r.Counter, Generation: r.Generation,
		AuthTime: r.AuthTime.Time, AMR: r.AMR, CreatedAt: r.OpenedAt.Time, LastUsedAt: r.Refreshed.Time,
		Client: client.Client{IP: r.IP, UserAgent: name.Clean(r.UserAgent)}, // the release before stored any
		Kind:   auth.SessionKind(r.Kind), ClientID: r.ClientID.String, Resources: r.Resources, Parent: r.Parent.String,
	}
	if r.Limited {
		s.Limit = &auth.Limit{Scopes: r.ScopeLimit}
	}
	return s
}

// OpenSession logs the account in: it stores the session, ends the oldest ones over
// the limit, and returns the account. It returns [auth.ErrInvalidCredentials] unless
// the account is a person's and enabled and its password still has that hash. The account's row stays
// locked until the session is stored, so that a concurrent ChangeUser that disables the
// account ends the session.
func (s *Store) OpenSession(
	ctx context.Context, session *auth.Session, hash string, life auth.Lifetimes,
) (*auth.User, error) {
	const query = `
		UPDATE users u
		SET last_login_at = now()
		WHERE u.id = $1 AND u.password_hash = $2 AND NOT u.disabled AND u.kind = 'person'
		RETURNING ` + userColumns

	var row userRow
	err := s.transact(ctx, func(t *tx) error {
		err := missing(t.GetContext(ctx, &row, query, session.UserID, hash), auth.ErrInvalidCredentials)
		if err != nil {
			return err
		}
		if err := t.insertSession(ctx, session); err != nil {
			return err
		}
		return t.endOldest(ctx, session, life)
	})
	if err != nil {
		return nil, fmt.Errorf("open a session of user %q: %w", session.UserID, err)
	}
	return row.user(), nil
}

// insertSession stores a session. Its time is that of the clock, not that at which the
// transaction began: the row of its account is locked, so that the session of the login
// that comes last is the newest.
func (t *tx) insertSession(ctx context.Context, s *auth.Session) error {
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
		storable(s.IP), storable(s.UserAgent), storable(s.Prefix48()), s.Kind, s.ClientID, pq.Array(s.Resources), s.Parent)
	return err
}

// storable returns what a client says of itself as valid UTF-8 without NUL and
// other invisible characters, truncated to 512 bytes.
func storable(s string) string {
	const limit = 512
	if len(s) > limit {
		s = s[:limit]
	}
	return name.Clean(strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", ""))
}

// endedAtOnce is how many sessions a login ends at most. An account has more than
// that over its limit only after the limit was lowered.
const endedAtOnce = 1000

// endOldest ends the account's oldest sessions over the limit, but never the one that was
// just opened, and those that have expired. They don't count, but each login would have to
// read them. Sessions of each kind, and of each client, are counted for themselves: one
// that logs in again and again does not end the person's own. Replicas are not notified of those: a session expires without a
// notice. Sessions are locked in the order of their ids, as in endSessions.
func (t *tx) endOldest(ctx context.Context, opened *auth.Session, life auth.Lifetimes) error {
	const query = `
		WITH open AS MATERIALIZED (
			SELECT id, created_at,
				refreshed_at > now() - make_interval(secs => $5) AND created_at > now() - make_interval(secs => $6) AS living
			FROM sessions
			WHERE user_id = $1 AND ended_at IS NULL AND id <> $2 AND kind = $7 AND coalesce(client_id, '') = $8
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

	life = life.Of(opened.Kind)
	others := life.PerUser - 1
	return t.ended(ctx, query, opened.UserID, opened.ID, others+endedAtOnce, others, life.Idle.Seconds(), life.Absolute.Seconds(),
		opened.Kind, opened.ClientID)
}

// endSessions ends the account's sessions except the one given. It locks them in the
// order of their ids, as RevokeEverySession does, so that the two can't deadlock.
func (t *tx) endSessions(ctx context.Context, userID, except, reason string) error {
	const query = `
		UPDATE sessions
		SET ended_at = now(), end_reason = $3
		WHERE id = ANY (ARRAY(
			SELECT id
			FROM sessions
			WHERE user_id = $1 AND ended_at IS NULL AND id IS DISTINCT FROM nullif($2, '')::uuid
			ORDER BY id
			FOR UPDATE))
		RETURNING id`

	return t.ended(ctx, query, userID, except, reason)
}

// ended runs a query that ends sessions and returns their ids, and records each as a
// change.
func (t *tx) ended(ctx context.Context, query string, args ...any) error {
	var ids []string
	if err := t.SelectContext(ctx, &ids, query, args...); err != nil {
		return err
	}
	return t.NoteEnded(ctx, ids)
}

// EndSession ends a session, if it has not ended.
func (s *Store) EndSession(ctx context.Context, id string) error {
	const query = `
		UPDATE sessions
		SET ended_at = now(), end_reason = 'logout'
		WHERE id = $1 AND ended_at IS NULL
		RETURNING id`

	err := s.transact(ctx, func(t *tx) error { return t.ended(ctx, query, id) })
	if err != nil {
		return fmt.Errorf("end session %q: %w", id, err)
	}
	return nil
}

// EndSessionOf ends the session of the refresh token, if the token was issued in it.
func (s *Store) EndSessionOf(ctx context.Context, r *token.Refresh) error {
	const query = `
		UPDATE sessions
		SET ended_at = now(), end_reason = 'logout'
		WHERE id = $1 AND counter >= $2 AND ended_at IS NULL AND substr(sha256($3 || seed), 1, 16) = $4
		RETURNING id`

	err := s.transact(ctx, func(t *tx) error {
		return t.ended(ctx, query, r.SessionID, r.Counter, r.ProofKey(), r.Proof())
	})
	if err != nil {
		return fmt.Errorf("end session %q: %w", r.SessionID, err)
	}
	return nil
}
