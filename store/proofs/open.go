package proofs

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"gatehouse/auth/proof"
	"gatehouse/store/postgres"
)

// OpenProof returns the proof of a mail that is being sent, and notes which account it is
// about, with what that is like now. If that has changed since an earlier mail, the link
// of that one stops working: seed makes another. It returns [proof.ErrInvalid] if the
// proof was used or has expired, or if it is about an account that does not exist.
func (t *Tables) OpenProof(ctx context.Context, id string, now time.Time, seed []byte) (*proof.Opened, error) {
	const find = `SELECT purpose FROM proofs p WHERE p.id = $1 AND p.used_at IS NULL AND p.expires_at > $2`
	// Of an account whose link is already known to it, such as one that changes its
	// address, nothing is noted.
	const bind = `
		UPDATE proofs p
		SET user_id = u.id, stamp = ` + stamp + `,
			seed = CASE WHEN p.user_id IS NULL OR p.user_id = u.id AND p.stamp = ` + stamp + ` THEN p.seed ELSE $3 END
		FROM users u
		WHERE p.id = $1 AND p.used_at IS NULL AND p.expires_at > $2 AND u.email_key = p.subject_key AND NOT u.disabled AND u.kind = 'person'
		RETURNING p.purpose, p.seed, p.expires_at, p.data, u.name, u.email_verified, false AS taken`
	const known = `
		SELECT p.purpose, p.seed, p.expires_at, p.data, u.name, u.email_verified,
			EXISTS (SELECT FROM users o WHERE o.email_key = p.subject_key AND o.id <> p.user_id) AS taken
		FROM proofs p JOIN users u ON ` + present + `
		WHERE p.id = $1 AND p.used_at IS NULL AND p.expires_at > $2`
	const address = `
		SELECT p.purpose, p.seed, p.expires_at, p.data, NULL AS name, false AS email_verified,
			EXISTS (SELECT FROM users o WHERE o.email_key = p.subject_key) AS taken
		FROM proofs p
		WHERE p.id = $1 AND p.used_at IS NULL AND p.expires_at > $2`

	var purpose string
	err := t.Statements.Run(ctx, find, func(s *sqlx.Stmt) error { return s.GetContext(ctx, &purpose, id, now) })
	if err != nil {
		return nil, fmt.Errorf("open proof %q: %w", id, t.Known(ctx, missing(err, proof.ErrInvalid)))
	}
	query, args := bind, []any{id, now, seed}
	switch proof.Purpose(purpose) {
	case proof.ChangeEmail, proof.UndoEmail:
		query, args = known, args[:2]
	case proof.Registration, proof.Invitation:
		query, args = address, args[:2]
	}
	var row struct {
		Purpose   string       `db:"purpose"`
		Seed      []byte       `db:"seed"`
		ExpiresAt postgres.UTC `db:"expires_at"`
		Data      []byte       `db:"data"`
		Name      *string      `db:"name"`
		Verified  bool         `db:"email_verified"`
		Taken     bool         `db:"taken"`
	}
	err = t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error { return s.GetContext(ctx, &row, args...) })
	if err != nil {
		return nil, fmt.Errorf("open proof %q: %w", id, t.Known(ctx, missing(err, proof.ErrInvalid)))
	}
	o := &proof.Opened{
		Purpose: proof.Purpose(row.Purpose), Seed: row.Seed, ExpiresAt: row.ExpiresAt.Time, Name: row.Name, Verified: row.Verified, Taken: row.Taken,
	}
	return o, json.Unmarshal(row.Data, &o.Data)
}
