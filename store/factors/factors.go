// Package factors persists the second factors of accounts, and opens the sessions that they
// were missing for.
package factors

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"gatehouse/auth"
	"gatehouse/auth/factor/desk"
	"gatehouse/store/changes"
	"gatehouse/store/postgres"
	"gatehouse/store/proofs"
	"gatehouse/store/sessions"
)

// Tables are the tables of second factors in a database.
type Tables struct {
	Statements *postgres.Statements
	Accounts   proofs.Accounts
	// Transact runs work in a transaction whose changes are announced.
	Transact func(ctx context.Context, work func(*changes.Tx) error) error
	// Known maps a database error to the auth error it stands for.
	Known func(ctx context.Context, err error) error
}

// Factors returns what the account has set up. It returns [auth.ErrUserNotFound].
func (t *Tables) Factors(ctx context.Context, userID string) (*desk.Factors, error) {
	const query = `
		SELECT u.factors AS count, EXISTS (SELECT FROM totp t WHERE t.user_id = u.id) AS totp,
			(SELECT count(*) FROM recovery_codes r WHERE r.user_id = u.id AND r.used_at IS NULL) AS codes
		FROM users u
		WHERE u.id = $1`

	var row struct {
		Count int  `db:"count"`
		TOTP  bool `db:"totp"`
		Codes int  `db:"codes"`
	}
	err := t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error { return s.GetContext(ctx, &row, userID) })
	if err != nil {
		return nil, fmt.Errorf("factors of user %q: %w", userID, t.Known(ctx, postgres.Missing(err, auth.ErrUserNotFound)))
	}
	return &desk.Factors{Count: row.Count, TOTP: row.TOTP, RecoveryCodes: row.Codes}, nil
}

// Count notes that the account has one second factor more, or with -1 one fewer, and returns
// how many it has. With its first one, the sign-in page's sessions that were opened without it
// end; with the last one, recovery codes are removed, which are of no use alone.
func Count(ctx context.Context, tx *changes.Tx, userID string, more int) (count int, err error) {
	const note = `
		UPDATE users
		SET factors = factors + $2, factor_login_at = CASE WHEN factors = 0 THEN last_login_at ELSE factor_login_at END
		WHERE id = $1
		RETURNING factors`
	const end = `
		UPDATE sessions
		SET ended_at = now(), end_reason = 'factor_added'
		WHERE id = ANY (ARRAY(
			SELECT id
			FROM sessions
			WHERE user_id = $1 AND ended_at IS NULL AND kind = 'sign_in' AND NOT amr @> ARRAY['mfa']
			ORDER BY id
			FOR UPDATE))
		RETURNING id`

	if err := tx.GetContext(ctx, &count, note, userID, more); err != nil {
		return 0, postgres.Missing(err, auth.ErrUserNotFound)
	}
	switch {
	case count == 0:
		_, err = tx.ExecContext(ctx, `DELETE FROM recovery_codes WHERE user_id = $1`, userID)
	case count == more:
		err = sessions.End(ctx, tx, end, userID)
	}
	return count, err
}

// Clear removes the account's second factors.
func Clear(ctx context.Context, tx *changes.Tx, userID string) error {
	for _, query := range []string{
		`DELETE FROM totp WHERE user_id = $1`,
		`DELETE FROM recovery_codes WHERE user_id = $1`,
		`DELETE FROM passkeys WHERE user_id = $1`,
		`UPDATE proofs SET used_at = now() WHERE user_id = $1 AND used_at IS NULL AND purpose IN ('challenge', 'totp')`,
		`UPDATE users SET factors = 0 WHERE id = $1 AND factors > 0`,
	} {
		if _, err := tx.ExecContext(ctx, query, userID); err != nil {
			return err
		}
	}
	return nil
}

// Reset removes the account's second factors, which allow has to permit, and ends its sessions.
// Proofs of before are of no use afterwards. It returns [auth.ErrUserNotFound].
func (t *Tables) Reset(ctx context.Context, userID string, allow func(*auth.User) error, n desk.Notice) (u *auth.User, err error) {
	err = t.Transact(ctx, func(tx *changes.Tx) error {
		if u, err = t.lock(ctx, tx, userID); err != nil {
			return err
		}
		if err := allow(u); err != nil {
			return err
		}
		if err := Clear(ctx, tx, userID); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE users SET stamp = stamp + 1 WHERE id = $1`, userID); err != nil {
			return err
		}
		if err := t.Accounts.EndSessions(ctx, tx, userID, "factors_reset"); err != nil {
			return err
		}
		u.SecondFactor = false
		return tell(ctx, tx, n, u, nil)
	})
	if err != nil {
		return nil, fmt.Errorf("reset the factors of user %q: %w", userID, err)
	}
	return u, nil
}

// lock returns the account, whose row is locked until the transaction ends. It returns
// [auth.ErrUserNotFound].
func (t *Tables) lock(ctx context.Context, tx *changes.Tx, userID string) (*auth.User, error) {
	var id string
	if err := tx.GetContext(ctx, &id, `SELECT id FROM users WHERE id = $1 FOR UPDATE`, userID); err != nil {
		return nil, postgres.Missing(err, auth.ErrUserNotFound)
	}
	return t.Accounts.Share(ctx, tx, userID)
}

// tell queues the mail of a notice, if there is one.
func tell(ctx context.Context, tx *changes.Tx, n desk.Notice, u *auth.User, data map[string]any) error {
	if n.Kind == "" {
		return nil
	}
	return proofs.Notify(ctx, tx, string(n.Kind), u, n.At.UTC().Truncate(time.Microsecond), data)
}
