package oauth

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lib/pq"

	"gatehouse/auth"
	"gatehouse/auth/oauth"
	"gatehouse/auth/oauth/authorization"
	"gatehouse/auth/oauth/clients"
	"gatehouse/store/changes"
	stored "gatehouse/store/clients"
	"gatehouse/store/postgres"
	"gatehouse/store/sessions"
)

// grantColumns are the columns of grantRow.
const grantColumns = `user_id, client_id, scopes, resources, coordinates, created_at, changed_at`

type grantRow struct {
	UserID      string         `db:"user_id"`
	ClientID    string         `db:"client_id"`
	Scopes      pq.StringArray `db:"scopes"`
	Resources   pq.StringArray `db:"resources"`
	Coordinates pq.StringArray `db:"coordinates"`
	CreatedAt   postgres.UTC   `db:"created_at"`
	ChangedAt   postgres.UTC   `db:"changed_at"`
}

func (r *grantRow) grant() *clients.Grant {
	return &clients.Grant{
		UserID: r.UserID, ClientID: r.ClientID, Scopes: r.Scopes, Resources: r.Resources, Coordinates: r.Coordinates,
		CreatedAt: r.CreatedAt.Time, ChangedAt: r.ChangedAt.Time,
	}
}

// Grant returns what the person allowed the client, or [auth.ErrNotFound].
func (t *Tables) Grant(ctx context.Context, userID, clientID string) (*clients.Grant, error) {
	const query = `
		SELECT ` + grantColumns + `
		FROM grants
		WHERE user_id = $1 AND client_id = $2`

	var row grantRow
	if err := t.get(ctx, &row, query, userID, clientID); err != nil {
		return nil, fmt.Errorf("grant of user %q to client %q: %w", userID, clientID, err)
	}
	return row.grant(), nil
}

// Answer answers a request once, and returns the answer, or that of before. It returns
// [auth.ErrSessionEnded] if the person is not signed in any more, and [auth.ErrNotFound] if
// the request has expired, if the client may not go on, or if what was allowed before was
// taken back meanwhile.
func (t *Tables) Answer(ctx context.Context, a *authorization.Answer) (answered *authorization.Answered, err error) {
	err = t.Transact(ctx, func(tx *changes.Tx) error {
		answered, err = answer(ctx, tx, a)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("answer authorization request %q: %w", a.RequestID, err)
	}
	return answered, nil
}

// answer locks the account first, then the client, the request and the grant.
func answer(ctx context.Context, tx *changes.Tx, a *authorization.Answer) (*authorization.Answered, error) {
	const mark = `
		UPDATE authorization_requests
		SET answered_at = now(), code_id = nullif($2, '')::uuid
		WHERE id = $1`

	if a.Code != nil {
		if err := hold(ctx, tx, a.Code); err != nil {
			return nil, err
		}
	}
	before, err := answeredBefore(ctx, tx, a.RequestID)
	if err != nil || before != nil {
		return before, err
	}
	id := ""
	if a.Code != nil {
		id = a.Code.ID
		if err := allow(ctx, tx, a); err != nil {
			return nil, err
		}
		if err := insertCode(ctx, tx, a.Code); err != nil {
			return nil, err
		}
	}
	_, err = tx.ExecContext(ctx, mark, a.RequestID, id)
	return &authorization.Answered{Code: a.Code}, err
}

// hold keeps the account, the client and the session of the sign-in page as they are.
func hold(ctx context.Context, tx *changes.Tx, code *oauth.AuthorizationCode) error {
	const session = `
		SELECT s.id
		FROM sessions s JOIN users u ON u.id = s.user_id
		WHERE s.id = $1 AND s.user_id = $2 AND s.ended_at IS NULL AND NOT u.disabled
		FOR SHARE OF s`

	if err := lockUser(ctx, tx, code.UserID); err != nil {
		return err
	}
	if _, err := stored.Hold(ctx, tx, code.ClientID); err != nil {
		return err
	}
	var id string
	err := tx.GetContext(ctx, &id, session, code.Parent, code.UserID)
	if errors.Is(err, sql.ErrNoRows) {
		return auth.ErrSessionEnded
	}
	return err
}

// answeredBefore locks the request and returns how it was answered, nil if it was not.
func answeredBefore(ctx context.Context, tx *changes.Tx, id string) (*authorization.Answered, error) {
	const lock = `SELECT id FROM authorization_requests WHERE id = $1 AND (expires_at > now() OR answered_at IS NOT NULL) FOR UPDATE`
	const query = `
		SELECT ` + requestColumns + `
		FROM authorization_requests r LEFT JOIN authorization_codes c ON c.id = r.code_id
		WHERE r.id = $1`

	var locked string
	if err := absent(tx.GetContext(ctx, &locked, lock, id)); err != nil {
		return nil, err
	}
	var row requestRow
	if err := tx.GetContext(ctx, &row, query, id); err != nil {
		return nil, err
	}
	request, err := row.stored()
	if err != nil {
		return nil, err
	}
	return request.Answered, nil
}

// allow stores what the person allows. Without a change, what was allowed has to be there.
func allow(ctx context.Context, tx *changes.Tx, a *authorization.Answer) error {
	const read = `
		SELECT ` + grantColumns + `
		FROM grants
		WHERE user_id = $1 AND client_id = $2
		FOR UPDATE`
	const write = `
		INSERT INTO grants (user_id, client_id, scopes, resources, coordinates)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (user_id, client_id) DO UPDATE
		SET scopes = excluded.scopes, resources = excluded.resources, coordinates = excluded.coordinates, changed_at = now()`
	const end = `
		UPDATE sessions
		SET ended_at = now(), end_reason = 'revoked'
		WHERE id = ANY (ARRAY(
			SELECT id
			FROM sessions
			WHERE user_id = $1 AND client_id = $2 AND kind = 'application' AND ended_at IS NULL AND scope_limit && $3
			ORDER BY id
			FOR UPDATE))
		RETURNING id`

	var row grantRow
	var before *clients.Grant
	err := tx.GetContext(ctx, &row, read, a.Code.UserID, a.Code.ClientID)
	if err == nil {
		before = row.grant()
	}
	switch {
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return err
	case a.Grant == nil:
		return absent(err)
	}
	now, removed := a.Grant(before)
	_, err = tx.ExecContext(ctx, write, now.UserID, now.ClientID, array(now.Scopes), array(now.Resources), array(now.Coordinates))
	if err != nil || len(removed) == 0 {
		return err
	}
	return sessions.End(ctx, tx, end, now.UserID, now.ClientID, pq.Array(removed))
}

func insertCode(ctx context.Context, tx *changes.Tx, c *oauth.AuthorizationCode) error {
	const query = `
		INSERT INTO authorization_codes (id, seed, client_id, user_id, parent, redirect_uri, challenge, nonce, scopes, resources,
			auth_time, amr, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, nullif($7, ''), nullif($8, ''), $9, $10, $11, $12, now() + make_interval(secs => $13))`

	_, err := tx.ExecContext(ctx, query, c.ID, c.Seed, c.ClientID, c.UserID, c.Parent, c.RedirectURI, c.Challenge, c.Nonce,
		array(c.Scopes), array(c.Resources), c.AuthTime, array(c.AMR),
		oauth.CodeLifetime.Seconds())
	return err
}

// array returns an array that is not null.
func array(texts []string) any { return pq.Array(append([]string{}, texts...)) }
