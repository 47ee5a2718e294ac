package oauth

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// purgeBatch is how many rows one statement deletes, so that no request waits for long.
const purgeBatch = 1000

// codesKept is how long a code is kept after its end, so that a second use still ends the session
// that it opened.
const codesKept = 24 * time.Hour

// Purge deletes, in batches, the requests, codes and assertions that ended and are of no use any
// more. Replicas that do so at once delete different ones.
func (t *Tables) Purge(ctx context.Context) error {
	const requests = `
		DELETE FROM authorization_requests
		WHERE id IN (
			SELECT id FROM authorization_requests WHERE expires_at < now() - make_interval(secs => $1) LIMIT $2 FOR UPDATE SKIP LOCKED)`
	const codes = `
		DELETE FROM authorization_codes
		WHERE id IN (
			SELECT id FROM authorization_codes WHERE expires_at < now() - make_interval(secs => $1) LIMIT $2 FOR UPDATE SKIP LOCKED)`
	const assertions = `
		DELETE FROM assertions
		WHERE (client_id, jti) IN (
			SELECT client_id, jti FROM assertions WHERE expires_at < now() - make_interval(secs => $1) LIMIT $2 FOR UPDATE SKIP LOCKED)`

	for _, ended := range []struct {
		query string
		kept  time.Duration
	}{{requests, time.Hour}, {codes, codesKept}, {assertions, time.Minute}} {
		for deleted := int64(purgeBatch); deleted == purgeBatch; {
			err := t.Statements.Run(ctx, ended.query, func(s *sqlx.Stmt) error {
				result, err := s.ExecContext(ctx, ended.kept.Seconds(), purgeBatch)
				if err != nil {
					return err
				}
				deleted, err = result.RowsAffected()
				return err
			})
			if err != nil {
				return fmt.Errorf("purge what OAuth needed for a moment: %w", t.Known(ctx, err))
			}
		}
	}
	return nil
}
