package proofs

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"gatehouse/auth/proof"
	"gatehouse/store/changes"
	"gatehouse/store/postgres"
)

// Genuine is the condition that a proof is open, and that the claim is its link or code.
const Genuine = `p.id = $1 AND p.purpose = $2 AND p.used_at IS NULL AND p.expires_at > $3 AND substr(sha256($4 || p.seed), 1, 16) = $5`

// Present is the condition that the account is as it was when the link was made. An
// address is taken back whatever happened since.
const Present = `u.id = p.user_id AND (p.stamp = ` + stamp + ` OR p.purpose = 'undo_email') AND NOT u.disabled AND u.kind = 'person'`

// GenuineArgs are the arguments of Genuine.
func GenuineArgs(c *proof.Claim) []any { return []any{c.ID, string(c.Purpose), c.Now, c.Key, c.Proof} }

// ofAccount reports whether a claim is about an account, which has to be as it was.
func ofAccount(p proof.Purpose) bool { return p != proof.Registration && p != proof.Invitation }

// subjectColumns are the columns of subjectRow.
const subjectColumns = `p.user_id, p.session_id, p.subject_key, p.data, u.email, u.name, u.email_verified, u.has_password`

type subjectRow struct {
	UserID      sql.NullString `db:"user_id"`
	SessionID   sql.NullString `db:"session_id"`
	Key         string         `db:"subject_key"`
	Data        []byte         `db:"data"`
	Email       sql.NullString `db:"email"`
	Name        *string        `db:"name"`
	Verified    sql.NullBool   `db:"email_verified"`
	HasPassword sql.NullBool   `db:"has_password"`
}

func (r *subjectRow) subject() (*proof.Subject, error) {
	s := &proof.Subject{
		UserID: r.UserID.String, SessionID: r.SessionID.String, Key: r.Key, Email: r.Email.String, Name: r.Name,
		Verified: r.Verified.Bool, HasPassword: r.HasPassword.Bool,
	}
	return s, json.Unmarshal(r.Data, &s.Data)
}

// Look returns what a claim is about, and leaves it open. It returns [proof.ErrInvalid]
// unless it could be used now.
func (t *Proofs) Look(ctx context.Context, c *proof.Claim) (*proof.Subject, error) {
	const account = `SELECT ` + subjectColumns + ` FROM proofs p JOIN users u ON ` + Present + ` WHERE ` + Genuine
	const address = `
		SELECT NULL AS user_id, p.session_id, p.subject_key, p.data, u.email, u.name, u.email_verified, u.has_password
		FROM proofs p LEFT JOIN users u ON u.email_key = p.subject_key
		WHERE ` + Genuine

	query := address
	if ofAccount(c.Purpose) {
		query = account
	}
	var row subjectRow
	err := t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error { return s.GetContext(ctx, &row, GenuineArgs(c)...) })
	if err != nil {
		return nil, fmt.Errorf("look at proof %q: %w", c.ID, t.Known(ctx, postgres.Missing(err, proof.ErrInvalid)))
	}
	return row.subject()
}

// Used reports whether the account used the claim since that time, and still has the
// address that it proved: the link was pressed twice.
func (t *Proofs) Used(ctx context.Context, c *proof.Claim, userID string, since time.Time) (bool, error) {
	const query = `
		SELECT EXISTS (
			SELECT
			FROM proofs p JOIN users u ON u.id = p.user_id AND u.email_key = p.subject_key AND u.email_verified
			WHERE p.id = $1 AND p.purpose = $2 AND p.used_at > $3 AND substr(sha256($4 || p.seed), 1, 16) = $5 AND u.id = $6)`

	var used bool
	args := []any{c.ID, string(c.Purpose), since, c.Key, c.Proof, userID}
	err := t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error { return s.GetContext(ctx, &used, args...) })
	if err != nil {
		return false, fmt.Errorf("proof %q: %w", c.ID, t.Known(ctx, err))
	}
	return used, nil
}

// Use uses a claim up, and returns what it is about. The account's row stays locked until
// the transaction ends, so that nothing else changes it meanwhile. It returns
// [proof.ErrInvalid].
func Use(ctx context.Context, tx *changes.Tx, c *proof.Claim) (*proof.Subject, error) {
	const lockAccount = `SELECT id FROM users WHERE id = (SELECT user_id FROM proofs WHERE id = $1) FOR UPDATE`
	const account = `UPDATE proofs p SET used_at = $3 FROM users u WHERE ` + Present + ` AND ` + Genuine + ` RETURNING ` + subjectColumns
	const address = `
		UPDATE proofs p
		SET used_at = $3
		WHERE ` + Genuine + `
		RETURNING NULL AS user_id, p.session_id, p.subject_key, p.data,
			NULL AS email, NULL AS name, NULL::boolean AS email_verified, NULL::boolean AS has_password`

	query := address
	if ofAccount(c.Purpose) {
		var id string
		if err := postgres.Missing(tx.GetContext(ctx, &id, lockAccount, c.ID), proof.ErrInvalid); err != nil {
			return nil, err
		}
		query = account
	}
	var row subjectRow
	if err := postgres.Missing(tx.GetContext(ctx, &row, query, GenuineArgs(c)...), proof.ErrInvalid); err != nil {
		return nil, err
	}
	return row.subject()
}

// closeAll makes the account's other open proofs useless.
func closeAll(ctx context.Context, tx *changes.Tx, userID string, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE proofs SET used_at = $2 WHERE user_id = $1 AND used_at IS NULL`, userID, now)
	return err
}
