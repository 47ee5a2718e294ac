package proofs

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"gatehouse/auth/bymail"
	"gatehouse/store/postgres"
)

// mailColumns are the columns of mailRow.
const mailColumns = `m.id, m.kind, m.address, m.proof_id, m.data, m.created_at, m.due_at, m.tries, m.sent_at, m.dropped`

type mailRow struct {
	ID        string         `db:"id"`
	Kind      string         `db:"kind"`
	Address   string         `db:"address"`
	ProofID   sql.NullString `db:"proof_id"`
	Data      []byte         `db:"data"`
	CreatedAt postgres.UTC   `db:"created_at"`
	DueAt     postgres.UTC   `db:"due_at"`
	Tries     int            `db:"tries"`
	SentAt    *postgres.UTC  `db:"sent_at"`
	Dropped   sql.NullString `db:"dropped"`
}

func (r *mailRow) mail() (*bymail.Mail, error) {
	m := &bymail.Mail{
		ID: r.ID, Kind: bymail.Kind(r.Kind), Address: r.Address, ProofID: r.ProofID.String, CreatedAt: r.CreatedAt.Time,
		DueAt: r.DueAt.Time, Tries: r.Tries, SentAt: r.SentAt.Pointer(), Dropped: r.Dropped.String,
	}
	return m, json.Unmarshal(r.Data, &m.Data)
}

// Take returns a mail that is due, the oldest first, nil if there are none. Until the
// lease ends, no other replica takes it. A mail whose replica dies is taken again.
func (t *Proofs) Take(ctx context.Context, now time.Time, lease time.Duration) (*bymail.Mail, error) {
	const query = `
		UPDATE mails m
		SET due_at = $1 + make_interval(secs => $2), tries = m.tries + 1
		WHERE m.id = (
			SELECT id FROM mails
			WHERE sent_at IS NULL AND dropped IS NULL AND due_at <= $1
			ORDER BY due_at LIMIT 1
			FOR UPDATE SKIP LOCKED)
		RETURNING ` + mailColumns

	var row mailRow
	err := t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error { return s.GetContext(ctx, &row, now, lease.Seconds()) })
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // it says so above
	}
	if err != nil {
		return nil, fmt.Errorf("take a mail: %w", t.Known(ctx, err))
	}
	return row.mail()
}

// Sent notes that a mail was sent.
func (t *Proofs) Sent(ctx context.Context, id string, at time.Time) error {
	return t.note(ctx, id, `UPDATE mails SET sent_at = $2 WHERE id = $1`, at)
}

// Retry notes when a mail is sent again.
func (t *Proofs) Retry(ctx context.Context, id string, due time.Time) error {
	return t.note(ctx, id, `UPDATE mails SET due_at = $2 WHERE id = $1`, due)
}

// Drop notes why a mail is not sent.
func (t *Proofs) Drop(ctx context.Context, id, reason string) error {
	return t.note(ctx, id, `UPDATE mails SET dropped = $2 WHERE id = $1`, reason)
}

func (t *Proofs) note(ctx context.Context, id, query string, value any) error {
	err := t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error {
		_, err := s.ExecContext(ctx, id, value)
		return err
	})
	if err != nil {
		return fmt.Errorf("mail %q: %w", id, t.Known(ctx, err))
	}
	return nil
}

// Mails returns the mails of the last days, the newest first, at most limit.
func (t *Proofs) Mails(ctx context.Context, limit int) ([]*bymail.Mail, error) {
	const query = `SELECT ` + mailColumns + ` FROM mails m ORDER BY m.created_at DESC, m.id DESC LIMIT $1`

	var rows []mailRow
	err := t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error {
		rows = nil // those of an attempt that failed
		return s.SelectContext(ctx, &rows, limit)
	})
	if err != nil {
		return nil, fmt.Errorf("mails: %w", t.Known(ctx, err))
	}
	mails := make([]*bymail.Mail, len(rows))
	for i := range rows {
		if mails[i], err = rows[i].mail(); err != nil {
			return nil, fmt.Errorf("mail %q: %w", rows[i].ID, err)
		}
	}
	return mails, nil
}

// Waiting returns how many mails wait, and since when the oldest of them was due; the
// zero time if none is.
func (t *Proofs) Waiting(ctx context.Context, now time.Time) (count int, since time.Time, err error) {
	const query = `SELECT count(*) AS count, min(created_at) AS oldest FROM mails WHERE sent_at IS NULL AND dropped IS NULL`

	var row struct {
		Count  int           `db:"count"`
		Oldest *postgres.UTC `db:"oldest"`
	}
	err = t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error { return s.GetContext(ctx, &row) })
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("mails that wait: %w", t.Known(ctx, err))
	}
	if row.Oldest != nil && row.Oldest.Before(now) {
		since = row.Oldest.Time
	}
	return row.Count, since, nil
}
