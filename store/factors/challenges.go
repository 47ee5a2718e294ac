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

// triedColumns are the columns of triedRow.
const triedColumns = `p.user_id, p.data, p.expires_at`

type triedRow struct {
	UserID    string       `db:"user_id"`
	Data      []byte       `db:"data"`
	ExpiresAt postgres.UTC `db:"expires_at"`
}

// Look returns what an open challenge asks for, and leaves it open. It returns
// [proof.ErrInvalid] unless it could be answered now.
func (t *Tables) Look(ctx context.Context, c *proof.Claim, most int) (*desk.Challenge, error) {
	const query = `SELECT ` + triedColumns + ` FROM proofs p JOIN users u ON ` + proofs.Present + ` WHERE ` + proofs.Genuine + ` AND p.tries < $6`

	row, err := t.open(ctx, query, c, most)
	if err != nil {
		return nil, err
	}
	return row.challenge()
}

// Try counts an answer that is tried, and returns what it is for. It returns [proof.ErrInvalid]
// if the challenge can't be answered, or most answers were tried already.
func (t *Tables) Try(ctx context.Context, c *proof.Claim, most int) (*desk.Challenge, error) {
	row, err := t.try(ctx, c, most)
	if err != nil {
		return nil, err
	}
	return row.challenge()
}

func (t *Tables) try(ctx context.Context, c *proof.Claim, most int) (*triedRow, error) {
	const query = `
		UPDATE proofs p
		SET tries = p.tries + 1
		FROM users u
		WHERE ` + proofs.Present + ` AND ` + proofs.Genuine + ` AND p.tries < $6
		RETURNING ` + triedColumns

	return t.open(ctx, query, c, most)
}

func (t *Tables) open(ctx context.Context, query string, c *proof.Claim, most int) (*triedRow, error) {
	var row triedRow
	args := append(proofs.GenuineArgs(c), most)
	err := t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error { return s.GetContext(ctx, &row, args...) })
	if err != nil {
		return nil, fmt.Errorf("try proof %q: %w", c.ID, t.Known(ctx, postgres.Missing(err, proof.ErrInvalid)))
	}
	return &row, nil
}

func (r *triedRow) challenge() (*desk.Challenge, error) {
	var kept sessions.Challenged
	if err := json.Unmarshal(r.Data, &kept); err != nil {
		return nil, err
	}
	c := &desk.Challenge{UserID: r.UserID, Kind: kept.Kind, AMR: kept.AMR, Ceremony: kept.Ceremony, ExpiresAt: r.ExpiresAt.Time}
	if kept.Limited {
		c.Scopes = append([]string{}, kept.Scopes...)
	}
	return c, nil
}

// KeepCeremony notes by which ceremony a passkey may answer a challenge.
func (t *Tables) KeepCeremony(ctx context.Context, c *proof.Claim, ceremony string) error {
	const query = `
		UPDATE proofs p
		SET data = p.data || jsonb_build_object('ceremony', $6::text)
		WHERE ` + proofs.Genuine

	args := append(proofs.GenuineArgs(c), ceremony)
	err := t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error {
		_, err := s.ExecContext(ctx, args...)
		return err
	})
	if err != nil {
		return fmt.Errorf("challenge %q: %w", c.ID, t.Known(ctx, err))
	}
	return nil
}

// OpenChallenged uses a challenge up, opens the session that it stood for, and returns the
// account. It returns [proof.ErrInvalid] if the challenge was answered before, or the account
// is not as it was then.
func (t *Tables) OpenChallenged(ctx context.Context, c *proof.Claim, s *auth.Session, life auth.Lifetimes) (u *auth.User, err error) {
	err = t.Transact(ctx, func(tx *changes.Tx) error {
		subject, err := proofs.Use(ctx, tx, c)
		if err != nil {
			return err
		}
		if subject.UserID != s.UserID {
			return proof.ErrInvalid
		}
		if err := t.Accounts.OpenSession(ctx, tx, s, life); err != nil {
			return err
		}
		u, err = t.Accounts.Share(ctx, tx, s.UserID)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("answer challenge %q: %w", c.ID, err)
	}
	return u, nil
}
