package store

import (
	"context"
	"errors"
	"fmt"

	"gatehouse/auth"
	"gatehouse/auth/token"
)

// living is what a session must be for one of its refresh tokens to be considered: not ended, not expired, of an enabled account, and the
// owner of the token. Its parameters are the session's id, the token's counter, the idle and the absolute lifetime in seconds, and the
// two halves of the proof. All time is the database's.
const living = `
	s.id = $1 AND s.ended_at IS NULL
	AND s.refreshed_at > now() - make_interval(secs => $3) AND s.created_at > now() - make_interval(secs => $4)
	AND substr(sha256($5 || s.seed), 1, 16) = $6
	AND u.id = s.user_id AND NOT u.disabled`

// advance makes the next token the good one. It is the whole of a refresh that goes well: one statement, so that of two requests with one
// token exactly one wins, and the other finds the row as the first left it.
const advance = `
	UPDATE sessions s
	SET counter = s.counter + 1, refreshed_at = now(), ip = $7, user_agent = $8
	FROM users u
	WHERE ` + living + ` AND s.counter = $2
	RETURNING ` + sessionColumns + `, ` + userColumns

// forgive finds the session whose last refresh replaced this very token a moment ago; $7 is how long a moment is, in seconds.
const forgive = `
	SELECT ` + sessionColumns + `, ` + userColumns + `
	FROM sessions s, users u
	WHERE ` + living + ` AND s.counter - 1 = $2 AND $7 > 0 AND s.refreshed_at > now() - make_interval(secs => $7)`

// punish ends the session of a token that was used before.
const punish = `
	UPDATE sessions s
	SET ended_at = now(), end_reason = 'refresh_token_reused'
	FROM users u
	WHERE ` + living + ` AND s.counter > $2
	RETURNING s.id`

// RefreshSession advances the session by one if the token is its current one, and leaves it alone if it is the one before, within
// Lifetimes.Replay and before its successor was used. auth.ErrRefreshReused if it had to end the session; auth.ErrRefreshInvalid for all else.
func (s *Store) RefreshSession(ctx context.Context, r *token.Refresh, from auth.Sender, life auth.Lifetimes) (*auth.Session, *auth.User, error) {
	args := []any{r.SessionID, r.Counter, life.Idle.Seconds(), life.Absolute.Seconds(), r.ProofKey(), r.Proof()}
	var row sessionRow
	err := known(s.get(ctx, &row, advance, append(args, text(from.IP), text(from.UserAgent))...))
	if errors.Is(err, auth.ErrNotFound) {
		err = known(s.get(ctx, &row, forgive, append(args, life.Replay.Seconds())...))
	}
	if errors.Is(err, auth.ErrNotFound) {
		err = s.punish(ctx, args)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("refresh session %q: %w", r.SessionID, err)
	}
	return row.session(), row.user(), nil
}

// punish ends the session if the token is an older one of it, and says which it was. What it ends stays ended although the request fails.
func (s *Store) punish(ctx context.Context, args []any) error {
	var reused bool
	err := s.transact(ctx, func(t *tx) error {
		err := t.ended(ctx, punish, args...)
		reused = len(t.changes) > 0
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
