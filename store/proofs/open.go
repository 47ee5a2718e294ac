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

// mailed is the condition that a mail may have the proof's link: the proof is open, and
// still about the address that the mail goes to.
const mailed = `p.used_at IS NULL AND p.expires_at > $2
	AND EXISTS (SELECT FROM mails m WHERE m.id = $1 AND m.proof_id = p.id AND m.address_key = p.subject_key)`

// OpenProof returns the proof of a mail that is being sent, and notes which account it is
// about, with what that is like now. If that has changed since an earlier mail, the link
// of that one stops working: seed makes another. It returns [proof.ErrInvalid] if the
// proof was used or has expired, if it is about another address by now, or about an
// account that does not exist.
func (t *Proofs) OpenProof(ctx context.Context, mailID string, now time.Time, seed []byte) (*proof.Opened, error) {
	const columns = `p.id, p.purpose, p.seed, p.expires_at, p.data`
	const find = `SELECT p.purpose FROM proofs p WHERE ` + mailed
	const bind = `
		UPDATE proofs p
		SET user_id = u.id, stamp = ` + stamp + `,
			seed = CASE WHEN p.user_id IS NULL OR p.user_id = u.id AND p.stamp = ` + stamp + ` THEN p.seed ELSE $3 END
		FROM users u
		WHERE ` + mailed + ` AND u.email_key = p.subject_key AND NOT u.disabled AND u.kind = 'person'
		RETURNING ` + columns + `, u.name, u.email_verified, false AS taken`
	const known = `
		SELECT ` + columns + `, u.name, u.email_verified, EXISTS (SELECT FROM users o WHERE o.email_key = p.subject_key AND o.id <> p.user_id) AS taken
		FROM proofs p JOIN users u ON ` + Present + `
		WHERE ` + mailed
	const address = `
		SELECT ` + columns + `, NULL AS name, false AS email_verified, EXISTS (SELECT FROM users o WHERE o.email_key = p.subject_key) AS taken
		FROM proofs p
		WHERE ` + mailed

	var purpose string
	err := t.Statements.Run(ctx, find, func(s *sqlx.Stmt) error { return s.GetContext(ctx, &purpose, mailID, now) })
	if err != nil {
		return nil, fmt.Errorf("open the proof of mail %q: %w", mailID, t.Known(ctx, postgres.Missing(err, proof.ErrInvalid)))
	}
	query, args := bind, []any{mailID, now, seed}
	switch proof.Purpose(purpose) {
	case proof.ChangeEmail, proof.UndoEmail:
		query, args = known, args[:2]
	case proof.Registration, proof.Invitation:
		query, args = address, args[:2]
	}
	var row struct {
		ID        string       `db:"id"`
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
		return nil, fmt.Errorf("open the proof of mail %q: %w", mailID, t.Known(ctx, postgres.Missing(err, proof.ErrInvalid)))
	}
	o := &proof.Opened{
		ID: row.ID, Purpose: proof.Purpose(row.Purpose), Seed: row.Seed, ExpiresAt: row.ExpiresAt.Time, Name: row.Name, Verified: row.Verified, Taken: row.Taken,
	}
	return o, json.Unmarshal(row.Data, &o.Data)
}
