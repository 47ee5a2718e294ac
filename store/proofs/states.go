package proofs

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"gatehouse/auth/proof"
	"gatehouse/store/postgres"
)

// KeepState stores a state.
func (t *Proofs) KeepState(ctx context.Context, s *proof.State) error {
	const query = `
		INSERT INTO proofs (id, purpose, subject_key, user_id, seed, data, created_at, sent_at, expires_at)
		VALUES ($1, $2, $3, nullif($3, '')::uuid, $4, $5, $6, $6, $7)`

	err := t.Statements.Run(ctx, query, func(stmt *sqlx.Stmt) error {
		_, err := stmt.ExecContext(ctx, s.ID, string(s.Purpose), s.UserID, s.Seed, s.Data, s.CreatedAt, s.ExpiresAt)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep a state (%s): %w", s.Purpose, t.Known(ctx, err))
	}
	return nil
}

// TakeState uses a state up and returns its data. It returns [proof.ErrInvalid] unless it is
// open and belongs to the account, "" for no account.
func (t *Proofs) TakeState(ctx context.Context, c *proof.Claim, userID string) (data []byte, err error) {
	const query = `
		UPDATE proofs p
		SET used_at = $3
		WHERE ` + Genuine + ` AND p.user_id IS NOT DISTINCT FROM nullif($6, '')::uuid
		RETURNING p.data`

	err = t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error {
		return s.GetContext(ctx, &data, append(GenuineArgs(c), userID)...)
	})
	if err != nil {
		return nil, fmt.Errorf("take state %q: %w", c.ID, t.Known(ctx, postgres.Missing(err, proof.ErrInvalid)))
	}
	return data, nil
}
