package factors

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jmoiron/sqlx"

	"gatehouse/auth"
	"gatehouse/auth/factor/desk"
	"gatehouse/auth/proof"
	"gatehouse/store/changes"
	"gatehouse/store/postgres"
	"gatehouse/store/proofs"
	"gatehouse/store/sessions"
)

// pending is what the database keeps of an authenticator app that is being set up.
type pending struct {
	Sealed []byte `json:"sealed"`
}

// AskTOTP keeps the sealed secret of an authenticator app until it is confirmed, in place of
// one that was asked for before. The app that works already stays.
func (t *Tables) AskTOTP(ctx context.Context, a *proof.Ask, sealed []byte) error {
	const forget = `DELETE FROM proofs WHERE user_id = $1 AND purpose = 'totp'`
	const insert = `
		INSERT INTO proofs (id, purpose, subject_key, user_id, stamp, session_id, seed, data, created_at, sent_at, expires_at)
		SELECT $1, 'totp', u.id::text, u.id, ` + sessions.Stamp + `, $3, $4, $5, $6::timestamptz, $6, $6::timestamptz + make_interval(secs => $7)
		FROM users u
		WHERE u.id = $2`

	data, err := json.Marshal(pending{sealed})
	if err != nil {
		return err
	}
	err = t.Transact(ctx, func(tx *changes.Tx) error {
		if _, err := t.lock(ctx, tx, a.UserID); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, forget, a.UserID); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, insert, a.ID, a.UserID, a.SessionID, a.Seed, data, a.Now, a.Life.Seconds())
		return err
	})
	if err != nil {
		return fmt.Errorf("ask for an authenticator app of user %q: %w", a.UserID, err)
	}
	return nil
}

// TryTOTP counts a code that is tried for an app that is being set up, and returns whose it is,
// and its sealed secret. It returns [proof.ErrInvalid].
func (t *Tables) TryTOTP(ctx context.Context, c *proof.Claim, most int) (userID string, sealed []byte, err error) {
	row, err := t.try(ctx, c, most)
	if err != nil {
		return "", nil, err
	}
	var kept pending
	return row.UserID, kept.Sealed, json.Unmarshal(row.Data, &kept)
}

// ConfirmTOTP sets up an authenticator app, in place of another one if there is one, and notes
// which step its code was of. The session in which that was done has both factors from then on.
// It returns [proof.ErrInvalid], and [factor.ErrOne] if the account has a second factor that the
// session was opened without.
func (t *Tables) ConfirmTOTP(ctx context.Context, c *proof.Claim, app desk.TOTP, sessionID string, n desk.Notice) (u *auth.User, err error) {
	const insert = `
		INSERT INTO totp AS t (user_id, sealed, last_step, created_at)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (user_id) DO UPDATE SET sealed = excluded.sealed, last_step = excluded.last_step, created_at = excluded.created_at
		RETURNING xmax = 0`

	err = t.Transact(ctx, func(tx *changes.Tx) error {
		if _, err := proofs.Use(ctx, tx, c); err != nil {
			return err
		}
		if u, err = t.Accounts.Share(ctx, tx, app.UserID); err != nil {
			return err
		}
		if err := Raise(ctx, tx, u, sessionID, []string{"otp"}); err != nil {
			return err
		}
		var added bool
		if err := tx.GetContext(ctx, &added, insert, app.UserID, app.Sealed, app.Step, c.Now); err != nil {
			return err
		}
		if added {
			if _, err := Count(ctx, tx, app.UserID, 1); err != nil {
				return err
			}
		}
		u.SecondFactor = true
		return tell(ctx, tx, n, u, nil)
	})
	if err != nil {
		return nil, fmt.Errorf("set up an authenticator app of user %q: %w", app.UserID, err)
	}
	return u, nil
}

// TOTP returns the sealed secret of the account's authenticator app. It returns
// [auth.ErrInvalidCredentials] if it has none.
func (t *Tables) TOTP(ctx context.Context, userID string) (sealed []byte, err error) {
	const query = `SELECT sealed FROM totp WHERE user_id = $1`

	err = t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error { return s.GetContext(ctx, &sealed, userID) })
	if err != nil {
		return nil, fmt.Errorf("authenticator app of user %q: %w", userID, t.Known(ctx, postgres.Missing(err, auth.ErrInvalidCredentials)))
	}
	return sealed, nil
}

// UseStep notes that a code of that time step was used. It returns [auth.ErrInvalidCredentials]
// if one of it, or of a later one, was used before.
func (t *Tables) UseStep(ctx context.Context, userID string, step int64) error {
	const query = `UPDATE totp SET last_step = $2 WHERE user_id = $1 AND last_step < $2 RETURNING user_id`

	err := t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error { return s.GetContext(ctx, &userID, userID, step) })
	if err != nil {
		return fmt.Errorf("use a code of user %q: %w", userID, t.Known(ctx, postgres.Missing(err, auth.ErrInvalidCredentials)))
	}
	return nil
}

// DeleteTOTP removes the account's authenticator app. last is asked if no second factor is
// left. Without an app, nothing changes.
func (t *Tables) DeleteTOTP(ctx context.Context, userID string, last func(*auth.User) error, n desk.Notice) (u *auth.User, err error) {
	const remove = `DELETE FROM totp WHERE user_id = $1`

	err = t.Transact(ctx, func(tx *changes.Tx) error {
		if u, err = t.lock(ctx, tx, userID); err != nil {
			return err
		}
		deleted, err := tx.ExecContext(ctx, remove, userID)
		if err != nil {
			return err
		}
		if rows, err := deleted.RowsAffected(); err != nil || rows == 0 {
			return err
		}
		left, err := Count(ctx, tx, userID, -1)
		if err != nil {
			return err
		}
		if u.SecondFactor = left > 0; !u.SecondFactor {
			if err := last(u); err != nil {
				return err
			}
		}
		return tell(ctx, tx, n, u, nil)
	})
	if err != nil {
		return nil, fmt.Errorf("remove the authenticator app of user %q: %w", userID, err)
	}
	return u, nil
}

// SealedOther returns authenticator apps whose secrets are sealed with another secret than the
// one with that id, at most limit.
func (t *Tables) SealedOther(ctx context.Context, id []byte, limit int) ([]desk.TOTP, error) {
	const query = `SELECT user_id, sealed FROM totp WHERE substr(sealed, 2, 4) <> $1 LIMIT $2`

	var rows []struct {
		UserID string `db:"user_id"`
		Sealed []byte `db:"sealed"`
	}
	err := t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error {
		rows = nil // those of an attempt that failed
		return s.SelectContext(ctx, &rows, id, limit)
	})
	if err != nil {
		return nil, fmt.Errorf("authenticator apps: %w", t.Known(ctx, err))
	}
	apps := make([]desk.TOTP, len(rows))
	for i, row := range rows {
		apps[i] = desk.TOTP{UserID: row.UserID, Sealed: row.Sealed}
	}
	return apps, nil
}

// Reseal replaces a sealed secret, if it still is the old one.
func (t *Tables) Reseal(ctx context.Context, userID string, old, sealed []byte) error {
	const query = `UPDATE totp SET sealed = $3 WHERE user_id = $1 AND sealed = $2`

	err := t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error {
		_, err := s.ExecContext(ctx, userID, old, sealed)
		return err
	})
	if err != nil {
		return fmt.Errorf("seal the authenticator app of user %q: %w", userID, t.Known(ctx, err))
	}
	return nil
}
