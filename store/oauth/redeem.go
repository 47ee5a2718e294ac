package oauth

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lib/pq"

	"gatehouse/auth"
	"gatehouse/auth/oauth"
	"gatehouse/auth/oauth/clients"
	"gatehouse/auth/oauth/tokens"
	"gatehouse/store/changes"
	clientstore "gatehouse/store/clients"
	"gatehouse/store/postgres"
	"gatehouse/store/sessions"
)

// codeRow is a code that is being redeemed.
type codeRow struct {
	UserID    string         `db:"user_id"`
	Parent    string         `db:"parent"`
	Nonce     sql.NullString `db:"nonce"`
	Scopes    pq.StringArray `db:"scopes"`
	Resources pq.StringArray `db:"resources"`
	AuthTime  postgres.UTC   `db:"auth_time"`
	AMR       pq.StringArray `db:"amr"`
	Matches   bool           `db:"matches"`
}

// RedeemCode uses up a code, opens the session with what the code says, and returns the code and
// its account. It returns [tokens.ErrCodeInvalid] if the code is not the client's, has expired, or
// was not for this redemption, and [tokens.ErrCodeReused] if it was used before: then it ends the
// session that the code opened. Both are committed, so that a code works once whatever becomes of
// the request.
func (t *Tables) RedeemCode(
	ctx context.Context, r *tokens.Redemption,
) (code *oauth.AuthorizationCode, user *auth.User, err error) {
	const owner = `
		SELECT user_id
		FROM authorization_codes
		WHERE id = $1 AND client_id = $2 AND substr(sha256($3 || seed), 1, 16) = $4`

	var userID string
	err = t.get(ctx, &userID, owner, r.Code.ID, r.ClientID, r.Code.ProofKey(), r.Code.Proof())
	if errors.Is(err, auth.ErrNotFound) {
		err = tokens.ErrCodeInvalid
	}
	var refused error
	if err == nil {
		err = t.Transact(ctx, func(tx *changes.Tx) (err error) {
			code, user, refused, err = redeem(ctx, tx, r, userID)
			return err
		})
	}
	if err == nil {
		err = refused
	}
	if err != nil {
		return nil, nil, fmt.Errorf("redeem code %q: %w", r.Code.ID, err)
	}
	return code, user, nil
}

// redeem locks the account first, then the client, what the person allowed it, and the code, as all
// do. refused is why the code does not work, although that it was used is committed.
func redeem(
	ctx context.Context, tx *changes.Tx, r *tokens.Redemption, userID string,
) (code *oauth.AuthorizationCode, user *auth.User, refused, err error) {
	const use = `
		UPDATE authorization_codes
		SET used_at = now(), session_id = $2
		WHERE id = $1 AND used_at IS NULL AND expires_at > now()
		RETURNING user_id, parent, nonce, scopes, resources, auth_time, amr,
			redirect_uri = $3 AND challenge IS NOT DISTINCT FROM nullif($4, '') AS matches`

	user, err = lockedUser(ctx, tx, userID)
	if errors.Is(err, auth.ErrNotFound) {
		return nil, nil, tokens.ErrCodeInvalid, nil
	}
	if err != nil {
		return nil, nil, nil, err
	}
	client, err := clientstore.Hold(ctx, tx, r.ClientID)
	if errors.Is(err, clients.ErrNotFound) { // disabled a moment ago
		return nil, nil, tokens.ErrCodeInvalid, nil
	}
	if err != nil {
		return nil, nil, nil, err
	}
	if !client.FirstParty {
		if _, err := clientstore.HoldGrant(ctx, tx, userID, r.ClientID); errors.Is(err, clients.ErrGrantNotFound) {
			return nil, nil, tokens.ErrCodeInvalid, nil
		} else if err != nil {
			return nil, nil, nil, err
		}
	}
	var row codeRow
	err = tx.GetContext(ctx, &row, use, r.Code.ID, r.Session.ID, r.RedirectURI, r.Challenge)
	if errors.Is(err, sql.ErrNoRows) {
		refused, err = endReused(ctx, tx, r.Code.ID)
		return nil, nil, refused, err
	}
	if err != nil {
		return nil, nil, nil, err
	}
	open, err := living(ctx, tx, row.Parent)
	if err != nil {
		return nil, nil, nil, err
	}
	if !row.Matches || user.Disabled || !open {
		return nil, nil, tokens.ErrCodeInvalid, nil
	}
	row.fill(r.Session)
	if err := sessions.Insert(ctx, tx, r.Session); err != nil {
		return nil, nil, nil, err
	}
	return row.code(r), user, nil, sessions.EndOldest(ctx, tx, r.Session, r.Life)
}

// fill puts into the session what the code says of it.
func (c *codeRow) fill(s *auth.Session) {
	s.UserID, s.Parent, s.AuthTime, s.AMR = c.UserID, c.Parent, c.AuthTime.Time, c.AMR
	s.Limit, s.Resources = &auth.Limit{Scopes: c.Scopes}, c.Resources
}

func (c *codeRow) code(r *tokens.Redemption) *oauth.AuthorizationCode {
	return &oauth.AuthorizationCode{
		ID: r.Code.ID, ClientID: r.ClientID, UserID: c.UserID, Parent: c.Parent, RedirectURI: r.RedirectURI, Challenge: r.Challenge,
		Nonce: c.Nonce.String, Scopes: c.Scopes, Resources: c.Resources, AuthTime: c.AuthTime.Time, AMR: c.AMR,
	}
}

// endReused ends the session that a code opened which is presented again. It returns
// [tokens.ErrCodeReused] if the code was used before, otherwise [tokens.ErrCodeInvalid].
func endReused(ctx context.Context, tx *changes.Tx, codeID string) (refused, err error) {
	const used = `SELECT session_id FROM authorization_codes WHERE id = $1 AND used_at IS NOT NULL`
	const end = `
		UPDATE sessions
		SET ended_at = now(), end_reason = 'code_reused'
		WHERE id = $1 AND ended_at IS NULL
		RETURNING id`

	var sessionID sql.NullString
	err = tx.GetContext(ctx, &sessionID, used, codeID)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return tokens.ErrCodeInvalid, nil
	case err != nil:
		return nil, err
	}
	return tokens.ErrCodeReused, sessions.End(ctx, tx, end, sessionID)
}

// living reports whether a session has not ended.
func living(ctx context.Context, tx *changes.Tx, id string) (open bool, err error) {
	return open, tx.GetContext(ctx, &open, `SELECT EXISTS (SELECT FROM sessions WHERE id = $1 AND ended_at IS NULL)`, id)
}

// lockedUser locks the account's row and returns the account. It returns [auth.ErrNotFound].
func lockedUser(ctx context.Context, tx *changes.Tx, id string) (*auth.User, error) {
	const query = `
		SELECT u.id, u.email, u.name, u.roles, u.email_verified, u.disabled, u.kind = 'service' AS service, u.updated_at
		FROM users u
		WHERE u.id = $1
		FOR NO KEY UPDATE`

	var row struct {
		ID        string         `db:"id"`
		Email     string         `db:"email"`
		Name      *string        `db:"name"`
		Roles     pq.StringArray `db:"roles"`
		Verified  bool           `db:"email_verified"`
		Disabled  bool           `db:"disabled"`
		Service   bool           `db:"service"`
		UpdatedAt postgres.UTC   `db:"updated_at"`
	}
	if err := absent(tx.GetContext(ctx, &row, query, id)); err != nil {
		return nil, err
	}
	return &auth.User{
		ID: row.ID, Kind: auth.KindOf(row.Service), Email: row.Email, Name: row.Name, Roles: row.Roles, EmailVerified: row.Verified,
		Disabled: row.Disabled, UpdatedAt: row.UpdatedAt.Time,
	}, nil
}
