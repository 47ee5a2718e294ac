package factors

import (
	"context"

	"github.com/lib/pq"

	"gatehouse/auth"
	"gatehouse/auth/factor"
	"gatehouse/store/changes"
	"gatehouse/store/postgres"
)

// Raise notes that the session has a second factor, which its owner is setting up in it, and how
// they used it (RFC 8176). It returns [factor.ErrOne] if the account has one already, and the
// session was opened without it.
func Raise(ctx context.Context, tx *changes.Tx, u *auth.User, sessionID string, used []string) error {
	const find = `SELECT amr FROM sessions WHERE id = $1 AND user_id = $2 AND ended_at IS NULL FOR UPDATE`
	const note = `UPDATE sessions SET amr = $2 WHERE id = $1`

	var amr pq.StringArray
	if err := tx.QueryRowContext(ctx, find, sessionID, u.ID).Scan(&amr); err != nil {
		return postgres.Missing(err, auth.ErrSessionEnded)
	}
	if u.SecondFactor && auth.FactorsOf(amr) < 2 {
		return factor.ErrOne
	}
	_, err := tx.ExecContext(ctx, note, sessionID, pq.Array(factor.Combine(amr, used)))
	return err
}
