package proofs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"gatehouse/auth"
	"gatehouse/auth/bymail"
	"gatehouse/auth/proof"
	"gatehouse/store/changes"
	"gatehouse/store/postgres"
)

// invited is the data of an invitation.
type invited struct {
	Email   string   `json:"email"`
	Roles   []string `json:"roles"`
	Inviter string   `json:"inviter"` // the account that invited; "" for the command line
}

func invitedBy(s *proof.Subject) (in invited, err error) {
	text, err := json.Marshal(s.Data)
	if err != nil {
		return in, err
	}
	return in, json.Unmarshal(text, &in)
}

// Invitations returns the open invitations, the newest first, at most limit.
func (t *Proofs) Invitations(ctx context.Context, now time.Time, limit int) ([]*bymail.Invitation, error) {
	const query = `
		SELECT p.id, p.data, p.created_at, p.expires_at
		FROM proofs p
		WHERE p.purpose = 'invitation' AND p.used_at IS NULL AND p.expires_at > $1
		ORDER BY p.created_at DESC, p.id DESC
		LIMIT $2`

	var rows []struct {
		ID        string       `db:"id"`
		Data      []byte       `db:"data"`
		CreatedAt postgres.UTC `db:"created_at"`
		ExpiresAt postgres.UTC `db:"expires_at"`
	}
	err := t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error {
		rows = nil // those of an attempt that failed
		return s.SelectContext(ctx, &rows, now, limit)
	})
	if err != nil {
		return nil, fmt.Errorf("invitations: %w", t.Known(ctx, err))
	}
	all := make([]*bymail.Invitation, len(rows))
	for i, row := range rows {
		var in invited
		if err := json.Unmarshal(row.Data, &in); err != nil {
			return nil, fmt.Errorf("invitation %q: %w", row.ID, err)
		}
		all[i] = &bymail.Invitation{
			ID: row.ID, Email: in.Email, Roles: in.Roles, CreatedAt: row.CreatedAt.Time, ExpiresAt: row.ExpiresAt.Time,
		}
		if in.Inviter != "" {
			all[i].InviterID = &in.Inviter
		}
	}
	return all, nil
}

// RevokeInvitation makes an invitation useless. It returns [bymail.ErrInvitationNotFound]
// unless it is open.
func (t *Proofs) RevokeInvitation(ctx context.Context, id string, now time.Time) error {
	const query = `UPDATE proofs SET used_at = $2 WHERE id = $1 AND purpose = 'invitation' AND used_at IS NULL AND expires_at > $2 RETURNING id`

	err := t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error { return s.GetContext(ctx, &id, id, now) })
	if err != nil {
		return fmt.Errorf("revoke invitation %q: %w", id, t.Known(ctx, postgres.Missing(err, bymail.ErrInvitationNotFound)))
	}
	return nil
}

// RegisterByProof makes an account for an address that was proved, and opens its first session.
// For an invitation, the account gets its roles, and allow is asked whether its inviter,
// who can't change meanwhile, may still give them. It returns [proof.ErrInvalid], a
// [*auth.ConflictError] if an account has the address, and an [*auth.InputError] if a role
// does not exist any more.
func (t *Proofs) RegisterByProof(
	ctx context.Context, c *proof.Claim, credential *auth.Credential, session *auth.Session, allow bymail.Allow,
) error {
	return t.within(ctx, c, func(tx *changes.Tx, s *proof.Subject) error {
		if c.Purpose == proof.Invitation {
			in, err := t.allowed(ctx, tx, s, allow)
			if err != nil {
				return err
			}
			credential.User.Roles = in.Roles
		}
		return t.Accounts.Insert(ctx, tx, credential, s.Key, session)
	})
}

// JoinByProof gives the account of the session, which it opens, the roles of an invitation
// to its address. It returns the errors of RegisterByProof.
func (t *Proofs) JoinByProof(ctx context.Context, c *proof.Claim, session *auth.Session, life auth.Lifetimes, allow bymail.Allow) error {
	err := t.Transact(ctx, func(tx *changes.Tx) error {
		if err := lock(ctx, tx, session.UserID); err != nil {
			return err
		}
		s, err := Use(ctx, tx, c)
		if err != nil {
			return err
		}
		if err := hasAddress(ctx, tx, session.UserID, s.Key); err != nil {
			return err
		}
		in, err := t.allowed(ctx, tx, s, allow)
		if err != nil {
			return err
		}
		err = t.Accounts.Change(ctx, tx, session.UserID, func(u *auth.User) error {
			u.EmailVerified, u.Roles = true, auth.WithRoles(u.Roles, in.Roles)
			return auth.CheckRoles(u.Roles)
		})
		if err != nil {
			return err
		}
		return t.Accounts.OpenSession(ctx, tx, session, life)
	})
	if err != nil {
		return fmt.Errorf("use proof %q: %w", c.ID, err)
	}
	return nil
}

// hasAddress returns [proof.ErrInvalid] unless the account, whose row is locked, is enabled
// and has the canonical address.
func hasAddress(ctx context.Context, tx *changes.Tx, userID, key string) error {
	const query = `SELECT id FROM users WHERE id = $1 AND email_key = $2 AND NOT disabled`

	var id string
	return postgres.Missing(tx.GetContext(ctx, &id, query, userID, key), proof.ErrInvalid)
}

// allowed returns an invitation whose inviter may still give its roles.
func (t *Proofs) allowed(ctx context.Context, tx *changes.Tx, s *proof.Subject, allow bymail.Allow) (invited, error) {
	in, err := invitedBy(s)
	if err != nil || in.Inviter == "" {
		return in, err
	}
	inviter, err := t.Accounts.Share(ctx, tx, in.Inviter)
	if errors.Is(err, auth.ErrUserNotFound) {
		return in, proof.ErrInvalid
	}
	if err != nil {
		return in, err
	}
	return in, allow(inviter, in.Roles)
}
