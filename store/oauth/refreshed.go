package oauth

import (
	"context"
	"errors"
	"fmt"

	"github.com/lib/pq"

	"gatehouse/auth"
	"gatehouse/auth/token"
	"gatehouse/store/changes"
	"gatehouse/store/postgres"
	"gatehouse/store/sessions"
)

// RefreshedSession returns the client's session that the refresh token is of, if the token is the
// current one, or the previous one within Lifetimes.Replay. It returns [auth.ErrRefreshInvalid].
func (t *Tables) RefreshedSession(
	ctx context.Context, r *token.Refresh, clientID string, life auth.Lifetimes,
) (*auth.Session, error) {
	const query = `
		SELECT s.id, s.user_id, s.scope_limit, s.resources, s.auth_time, s.amr,
			least(s.refreshed_at + make_interval(secs => $3), s.created_at + make_interval(secs => $4)) AS expires_at
		FROM sessions s JOIN users u ON u.id = s.user_id
		WHERE s.id = $1 AND s.ended_at IS NULL AND s.client_id = $7 AND s.kind = 'application' AND NOT u.disabled
			AND s.refreshed_at > now() - make_interval(secs => $3) AND s.created_at > now() - make_interval(secs => $4)
			AND substr(sha256($5 || s.seed), 1, 16) = $6
			AND (s.counter = $2 OR s.counter - 1 = $2 AND $8::float8 > 0 AND s.refreshed_at > now() - make_interval(secs => $8))`

	var row struct {
		ID        string         `db:"id"`
		UserID    string         `db:"user_id"`
		Limit     pq.StringArray `db:"scope_limit"`
		Resources pq.StringArray `db:"resources"`
		AuthTime  postgres.UTC   `db:"auth_time"`
		AMR       pq.StringArray `db:"amr"`
		ExpiresAt postgres.UTC   `db:"expires_at"`
	}
	err := t.get(ctx, &row, query, r.SessionID, r.Counter, life.Idle.Seconds(), life.Absolute.Seconds(), r.ProofKey(), r.Proof(),
		clientID, life.Replay.Seconds())
	if errors.Is(err, auth.ErrNotFound) {
		err = auth.ErrRefreshInvalid
	}
	if err != nil {
		return nil, fmt.Errorf("session %q of a refresh token: %w", r.SessionID, err)
	}
	return &auth.Session{
		ID: row.ID, UserID: row.UserID, Kind: auth.ApplicationSession, ClientID: clientID, Limit: &auth.Limit{Scopes: row.Limit},
		Resources: row.Resources, AuthTime: row.AuthTime.Time, AMR: row.AMR, ExpiresAt: row.ExpiresAt.Time,
	}, nil
}

// EndApplication ends the client's session that the refresh token is of, if the token was issued in
// it.
func (t *Tables) EndApplication(ctx context.Context, r *token.Refresh, clientID string) error {
	const query = `
		UPDATE sessions
		SET ended_at = now(), end_reason = 'revoked'
		WHERE id = $1 AND client_id = $2 AND counter >= $3 AND ended_at IS NULL AND substr(sha256($4 || seed), 1, 16) = $5
		RETURNING id`

	err := t.Transact(ctx, func(tx *changes.Tx) error {
		return sessions.End(ctx, tx, query, r.SessionID, clientID, r.Counter, r.ProofKey(), r.Proof())
	})
	if err != nil {
		return fmt.Errorf("end session %q: %w", r.SessionID, err)
	}
	return nil
}
