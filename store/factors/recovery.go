package factors

import (
	"context"
	"fmt"

	"github.com/lib/pq"

	"gatehouse/auth"
	"gatehouse/auth/factor/desk"
	"gatehouse/store/changes"
	"gatehouse/store/postgres"
)

// ReplaceCodes gives the account these recovery codes in place of those it has. allow is asked
// first. It returns [auth.ErrUserNotFound].
func (t *Tables) ReplaceCodes(ctx context.Context, userID string, digests [][]byte, allow func(*auth.User) error, n desk.Notice) error {
	const forget = `DELETE FROM recovery_codes WHERE user_id = $1`
	const insert = `INSERT INTO recovery_codes (user_id, digest) SELECT $1, unnest($2::bytea[])`

	err := t.Transact(ctx, func(tx *changes.Tx) error {
		u, err := t.lock(ctx, tx, userID)
		if err != nil {
			return err
		}
		if err := allow(u); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, forget, userID); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, insert, userID, pq.ByteaArray(digests)); err != nil {
			return err
		}
		return tell(ctx, tx, n, u, nil)
	})
	if err != nil {
		return fmt.Errorf("replace the recovery codes of user %q: %w", userID, err)
	}
	return nil
}

// UseCode uses a recovery code up. It returns [auth.ErrInvalidCredentials] if the account does
// not have it, or it was used before.
func (t *Tables) UseCode(ctx context.Context, userID string, digest []byte, n desk.Notice) error {
	const use = `
		UPDATE recovery_codes
		SET used_at = now()
		WHERE user_id = $1 AND digest = $2 AND used_at IS NULL
		RETURNING user_id`
	const count = `SELECT count(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL`

	err := t.Transact(ctx, func(tx *changes.Tx) error {
		u, err := t.Accounts.Share(ctx, tx, userID) // locked first, as everywhere
		if err != nil {
			return err
		}
		if err := tx.GetContext(ctx, &userID, use, userID, digest); err != nil {
			return postgres.Missing(err, auth.ErrInvalidCredentials)
		}
		var left int
		if err := tx.GetContext(ctx, &left, count, userID); err != nil {
			return err
		}
		return tell(ctx, tx, n, u, map[string]any{"left": left})
	})
	if err != nil {
		return fmt.Errorf("use a recovery code of user %q: %w", userID, err)
	}
	return nil
}
