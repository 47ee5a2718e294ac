package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/lib/pq"

	"gatehouse/auth"
	"gatehouse/auth/client"
	"gatehouse/auth/name"
	"gatehouse/auth/token"
	"gatehouse/store/postgres"
	"gatehouse/store/sessions"
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

// OpenSession logs the account in: it stores the session, or its challenge, ends the oldest
// sessions over the limit, and returns the account. It returns [auth.ErrInvalidCredentials]
// unless the account is a person's and enabled and its password still has that hash, and
// [factor.ErrMissing] if it has a second factor and the session none. The account's row stays
// locked until the session is stored, so that a concurrent ChangeUser that disables the
// account ends the session.
func (s *Store) OpenSession(
	ctx context.Context, session *auth.Session, hash string, life auth.Lifetimes,
) (*auth.User, error) {
	const query = `
		UPDATE users u
		SET ` + sessions.LoggedIn + `
		WHERE u.id = $1 AND u.password_hash = $4 AND NOT u.disabled AND u.kind = 'person'
		RETURNING ` + userColumns

	var row userRow
	err := s.transact(ctx, func(t *tx) error {
		err := t.GetContext(ctx, &row, query, session.UserID, session.Challenge != nil, auth.FactorsOf(session.AMR) > 1, hash)
		if err != nil {
			return sessions.Missing(missing(err, auth.ErrInvalidCredentials))
		}
		return sessions.Store(ctx, &t.Tx, session, life)
	})
	if err != nil {
		return nil, fmt.Errorf("open a session of user %q: %w", session.UserID, err)
	}
	return row.user(), nil
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

	return sessions.End(ctx, &t.Tx, query, userID, except, reason)
}

// EndSession ends a session, if it has not ended.
func (s *Store) EndSession(ctx context.Context, id string) error {
	const query = `
		UPDATE sessions
		SET ended_at = now(), end_reason = 'logout'
		WHERE id = $1 AND ended_at IS NULL
		RETURNING id`

	err := s.transact(ctx, func(t *tx) error { return sessions.End(ctx, &t.Tx, query, id) })
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
		return sessions.End(ctx, &t.Tx, query, r.SessionID, r.Counter, r.ProofKey(), r.Proof())
	})
	if err != nil {
		return fmt.Errorf("end session %q: %w", r.SessionID, err)
	}
	return nil
}
