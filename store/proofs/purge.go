package proofs

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// How long proofs are kept after they have ended, for those who look into what happened,
// and mails after they were queued.
const (
	proofsKept = 24 * time.Hour
	mailsKept  = 7 * 24 * time.Hour
)

// purgeBatch is how many rows one statement deletes, so that no request waits for long.
const purgeBatch = 1000

// PurgeProofs deletes proofs that ended long ago, and old mails. The ceremonies of passkeys go
// as soon as they have ended: anyone may begin one.
func (t *Proofs) PurgeProofs(ctx context.Context, now time.Time) error {
	const proofs = `
		DELETE FROM proofs
		WHERE id IN (
			SELECT p.id FROM proofs p
			WHERE p.expires_at < $4 AND (p.expires_at < $1 OR p.purpose LIKE 'passkey%') AND NOT EXISTS (SELECT FROM mails m WHERE m.proof_id = p.id AND m.created_at >= $3)
			LIMIT $2 FOR UPDATE SKIP LOCKED)`
	const mails = `
		DELETE FROM mails
		WHERE id IN (SELECT id FROM mails WHERE created_at < $1 AND (sent_at IS NOT NULL OR dropped IS NOT NULL) LIMIT $2 FOR UPDATE SKIP LOCKED)`

	for _, batch := range []struct {
		query string
		args  []any
	}{{mails, []any{now.Add(-mailsKept), purgeBatch}}, {proofs, []any{now.Add(-proofsKept), purgeBatch, now.Add(-mailsKept), now}}} {
		for more := true; more; {
			err := t.Statements.Run(ctx, batch.query, func(s *sqlx.Stmt) error {
				deleted, err := s.ExecContext(ctx, batch.args...)
				if err != nil {
					return err
				}
				n, err := deleted.RowsAffected()
				more = n == purgeBatch
				return err
			})
			if err != nil {
				return fmt.Errorf("purge proofs and mails: %w", t.Known(ctx, err))
			}
		}
	}
	return nil
}
