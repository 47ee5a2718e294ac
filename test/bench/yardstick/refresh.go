package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/lib/pq"
)

// table has the hash of the current refresh token of each session.
const table = `
	CREATE TABLE IF NOT EXISTS yardstick_sessions (
		id           uuid PRIMARY KEY,
		user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
		secret_hash  bytea NOT NULL,
		refreshed_at timestamptz NOT NULL DEFAULT now()
	) WITH (fillfactor = 70)`

// rotate replaces the token, if it is the current one.
const rotate = `
	UPDATE yardstick_sessions s
	SET secret_hash = $3, refreshed_at = now()
	FROM users u
	WHERE s.id = $1 AND s.secret_hash = $2 AND s.refreshed_at > now() - interval '30 days' AND u.id = s.user_id AND NOT u.disabled
	RETURNING u.id, u.roles`

var errRefresh = refused("REFRESH_TOKEN_INVALID", "Log in again.")

// refresh exchanges a refresh token, which is the session's id, a full stop and a random text.
func (r *Resolver) refresh(ctx context.Context, presented string) (*AuthPayload, error) {
	id, secret, _ := strings.Cut(presented, ".")
	next := rand.Text()
	before, after := sha256.Sum256([]byte(secret)), sha256.Sum256([]byte(next))
	var user struct {
		ID    string         `db:"id"`
		Roles pq.StringArray `db:"roles"`
	}
	err := r.db.GetContext(ctx, &user, rotate, id, before[:], after[:])
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errRefresh
	}
	if err != nil {
		return nil, err
	}
	access, err := r.keys.sign(user.ID, user.Roles, "", time.Now())
	if err != nil {
		return nil, err
	}
	return &AuthPayload{AccessToken: access, RefreshToken: id + "." + next, ExpiresIn: int(accessTTL.Seconds())}, nil
}
