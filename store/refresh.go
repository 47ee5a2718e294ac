package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"gatehouse/auth"
	"gatehouse/auth/client"
	"gatehouse/auth/token"
	"gatehouse/store/sessions"
)

// living is the condition for a refresh token to be considered: its session is of a kind that
// has any and has not ended or expired, the account is enabled, and the proof is right. The
// parameters are the session's id, the token's counter, the idle and the absolute lifetime in
// seconds, the two halves of the proof, and the client, "" for none. All times are the
// database's.
const living = `
	s.id = $1 AND s.kind IN ('own', 'application') AND s.ended_at IS NULL
	AND s.refreshed_at > now() - make_interval(secs => $3) AND s.created_at > now() - make_interval(secs => $4)
	AND substr(sha256($5 || s.seed), 1, 16) = $6 AND s.client_id IS NOT DISTINCT FROM nullif($7, '')
	AND u.id = s.user_id AND NOT u.disabled`

// rotate makes the next token the current one. It is all of a successful refresh: one
// statement, so that of two requests with one token exactly one wins, and the other
// finds the row as the first left it.
const rotate = `
	UPDATE sessions s
	SET counter = s.counter + 1, refreshed_at = now(), ip = $8, user_agent = $9, place = $10
	FROM users u
	WHERE ` + living + ` AND s.counter = $2
	RETURNING ` + sessionColumns + `, ` + userColumns

// replay finds the session whose last refresh replaced this token within the last $8
// seconds.
const replay = `
	SELECT ` + sessionColumns + `, ` + userColumns + `
	FROM sessions s, users u
	WHERE ` + living + ` AND s.counter - 1 = $2 AND $8::float8 > 0 AND s.refreshed_at > now() - make_interval(secs => $8)`

// revokeReused ends the session of a token that was used before.
const revokeReused = `
	UPDATE sessions s
	SET ended_at = now(), end_reason = 'refresh_token_reused'
	FROM users u
	WHERE ` + living + ` AND s.counter > $2
	RETURNING s.id`

// RefreshSession advances the session if the token is its current one, and leaves it as
// it is if the token is the previous one, within Lifetimes.Replay and before its
// successor was used. It returns [auth.ErrRefreshReused] if it had to end the session,
// otherwise [auth.ErrRefreshInvalid]. The session is that of the application clientID, or a
// person's own if that is "".
func (s *Store) RefreshSession(
	ctx context.Context, r *token.Refresh, clientID string, from client.Client, life auth.Lifetimes,
) (*auth.Session, *auth.User, error) {
	args := []any{r.SessionID, r.Counter, life.Idle.Seconds(), life.Absolute.Seconds(), r.ProofKey(), r.Proof(), clientID}
	var row sessionRow
	fields := row.fields()
	err := s.scan(ctx, fields, rotate, append(args, sessions.Storable(from.IP), sessions.Storable(from.UserAgent), sessions.Storable(from.Prefix48()))...)
	if errors.Is(err, sql.ErrNoRows) {
		err = s.scan(ctx, fields, replay, append(args, life.Replay.Seconds())...)
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = s.revokeReused(ctx, args)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("refresh session %q: %w", r.SessionID, s.refused(ctx, err))
	}
	return row.session(), row.user(), nil
}

// revokeReused ends the session if the token is an older one of it, and returns
// [auth.ErrRefreshReused], otherwise [auth.ErrRefreshInvalid]. It commits although the
// request fails.
func (s *Store) revokeReused(ctx context.Context, args []any) error {
	var reused bool
	err := s.transact(ctx, func(t *tx) error {
		err := sessions.End(ctx, &t.Tx, revokeReused, args...)
		reused = len(t.Made) > 0
		return err
	})
	switch {
	case err != nil:
		return err
	case reused:
		return auth.ErrRefreshReused
	default:
		return auth.ErrRefreshInvalid
	}
}
