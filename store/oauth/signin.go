package oauth

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lib/pq"

	"gatehouse/auth"
	"gatehouse/auth/oauth/authorization"
	"gatehouse/auth/token"
	"gatehouse/store/changes"
	"gatehouse/store/postgres"
	"gatehouse/store/sessions"
)

// SignedIn returns the session of the sign-in page that the cookie belongs to, and notes
// that it was used. It returns [auth.ErrSessionNotFound] if the session has ended, or its
// account is disabled.
func (t *Tables) SignedIn(
	ctx context.Context, cookie *token.SignIn, life auth.Lifetimes,
) (*authorization.SignedIn, error) {
	const query = `
		UPDATE sessions s
		SET refreshed_at = now()
		FROM users u
		WHERE s.id = $1 AND s.kind = 'sign_in' AND s.ended_at IS NULL
			AND s.refreshed_at > now() - make_interval(secs => $2) AND s.created_at > now() - make_interval(secs => $3)
			AND substr(sha256($4 || s.seed), 1, 16) = $5
			AND u.id = s.user_id AND NOT u.disabled
		RETURNING s.id, s.auth_time, s.amr, s.user_id, u.email, u.name, u.roles`

	var row struct {
		ID       string         `db:"id"`
		AuthTime postgres.UTC   `db:"auth_time"`
		AMR      pq.StringArray `db:"amr"`
		UserID   string         `db:"user_id"`
		Email    string         `db:"email"`
		Name     sql.NullString `db:"name"`
		Roles    pq.StringArray `db:"roles"`
	}
	err := t.get(ctx, &row, query, cookie.SessionID, life.Idle.Seconds(), life.Absolute.Seconds(), cookie.ProofKey(), cookie.Proof())
	if errors.Is(err, auth.ErrNotFound) {
		err = auth.ErrSessionNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("sign-in session %q: %w", cookie.SessionID, err)
	}
	return &authorization.SignedIn{
		SessionID: row.ID, AuthTime: row.AuthTime.Time, AMR: row.AMR, UserID: row.UserID, Email: row.Email, Name: row.Name.String, Roles: row.Roles,
	}, nil
}

// ReplaceSignIn ends a session of the sign-in page that another one of the browser
// replaces. Applications that the same person allowed in the old one go on in the new one,
// so that logging out there ends them too.
func (t *Tables) ReplaceSignIn(ctx context.Context, old string, opened *auth.Session) error {
	const move = `
		UPDATE sessions
		SET parent = $2
		WHERE user_id = $3 AND parent = $1 AND ended_at IS NULL`
	const codes = `
		UPDATE authorization_codes
		SET parent = $2
		WHERE user_id = $3 AND parent = $1 AND used_at IS NULL`
	const end = `
		UPDATE sessions
		SET ended_at = now(), end_reason = 'logout'
		WHERE id = $1 AND kind = 'sign_in' AND ended_at IS NULL
		RETURNING id`

	err := t.Transact(ctx, func(tx *changes.Tx) error {
		if err := lockUser(ctx, tx, opened.UserID); err != nil {
			return err
		}
		for _, query := range []string{codes, move} {
			if _, err := tx.ExecContext(ctx, query, old, opened.ID, opened.UserID); err != nil {
				return err
			}
		}
		return sessions.End(ctx, tx, end, old)
	})
	if err != nil {
		return fmt.Errorf("replace sign-in session %q: %w", old, err)
	}
	return nil
}

// EndSignIn ends the person's sessions with the ids, and the applications' sessions that
// were allowed in them. It locks them in the order of their ids, as all do.
func (t *Tables) EndSignIn(ctx context.Context, userID string, ids ...string) error {
	const query = `
		UPDATE sessions
		SET ended_at = now(), end_reason = 'logout'
		WHERE id = ANY (ARRAY(
			SELECT id
			FROM sessions
			WHERE user_id = $1 AND ended_at IS NULL AND (id = ANY ($2::uuid[]) OR parent = ANY ($2::uuid[]))
			ORDER BY id
			FOR UPDATE))
		RETURNING id`

	err := t.Transact(ctx, func(tx *changes.Tx) error {
		if err := lockUser(ctx, tx, userID); err != nil {
			return err
		}
		return sessions.End(ctx, tx, query, userID, pq.Array(ids))
	})
	if err != nil {
		return fmt.Errorf("end the sign-in sessions of user %q: %w", userID, err)
	}
	return nil
}

// lockUser locks the account's row, which everything locks first that opens or ends
// several sessions of an account. It returns [auth.ErrNotFound].
func lockUser(ctx context.Context, tx *changes.Tx, userID string) error {
	var id string
	return absent(tx.GetContext(ctx, &id, `SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE`, userID))
}
