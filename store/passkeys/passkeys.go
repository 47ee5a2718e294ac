// Package passkeys persists passkeys.
package passkeys

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"gatehouse/auth"
	"gatehouse/auth/passkey"
	"gatehouse/store/changes"
	"gatehouse/store/factors"
	"gatehouse/store/postgres"
	"gatehouse/store/proofs"
)

// Passkeys is the table of passkeys in a database.
type Passkeys struct {
	Statements *postgres.Statements
	// Transact runs work in a transaction whose changes are announced.
	Transact func(ctx context.Context, work func(*changes.Tx) error) error
	// Known maps a database error to the auth error it stands for.
	Known func(ctx context.Context, err error) error
	// OpenSession stores a session, and ends the oldest ones over the limit.
	OpenSession func(ctx context.Context, tx *changes.Tx, s *auth.Session, life auth.Lifetimes) error
}

// columns are the columns of row.
const columns = `p.id, p.user_id, p.rp_id, p.credential_id, p.public_key, p.sign_count, p.backup_eligible, p.backed_up, p.transports,
	p.aaguid, p.name, p.created_at, p.last_used_at, p.suspended_at`

type row struct {
	ID             string         `db:"id"`
	UserID         string         `db:"user_id"`
	RPID           string         `db:"rp_id"`
	CredentialID   []byte         `db:"credential_id"`
	PublicKey      []byte         `db:"public_key"`
	SignCount      int64          `db:"sign_count"`
	BackupEligible bool           `db:"backup_eligible"`
	BackedUp       bool           `db:"backed_up"`
	Transports     pq.StringArray `db:"transports"`
	AAGUID         uuid.NullUUID  `db:"aaguid"`
	Name           string         `db:"name"`
	CreatedAt      postgres.UTC   `db:"created_at"`
	LastUsedAt     *postgres.UTC  `db:"last_used_at"`
	SuspendedAt    *postgres.UTC  `db:"suspended_at"`
}

func (r *row) passkey() *passkey.Passkey {
	p := &passkey.Passkey{
		ID: r.ID, UserID: r.UserID, Name: r.Name, CreatedAt: r.CreatedAt.Time, LastUsedAt: r.LastUsedAt.Pointer(), BackedUp: r.BackedUp,
		SuspendedAt: r.SuspendedAt.Pointer(), RPID: r.RPID, CredentialID: r.CredentialID, PublicKey: r.PublicKey,
		SignCount: uint32(r.SignCount), BackupEligible: r.BackupEligible, Transports: r.Transports,
	}
	if r.AAGUID.Valid {
		p.AAGUID = r.AAGUID.UUID[:]
	}
	return p
}

// ofUser selects an account's passkeys, the oldest first.
const ofUser = `SELECT ` + columns + ` FROM passkeys p WHERE p.user_id = $1 ORDER BY p.created_at, p.id`

// PasskeysOf returns the account's passkeys, the oldest first.
func (t *Passkeys) PasskeysOf(ctx context.Context, userID string) ([]*passkey.Passkey, error) {
	var rows []row
	err := t.Statements.Run(ctx, ofUser, func(s *sqlx.Stmt) error {
		rows = nil // those of an attempt that failed
		return s.SelectContext(ctx, &rows, userID)
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys of user %q: %w", userID, t.Known(ctx, err))
	}
	return all(rows), nil
}

func all(rows []row) []*passkey.Passkey {
	list := make([]*passkey.Passkey, len(rows))
	for i := range rows {
		list[i] = rows[i].passkey()
	}
	return list
}

// ForeignPasskeys returns how many passkeys are for other domains, which work no more, and one of
// those domains.
func (t *Passkeys) ForeignPasskeys(ctx context.Context, rpID string) (count int, other string, err error) {
	const query = `SELECT count(*) AS n, coalesce(max(rp_id), '') AS other FROM passkeys WHERE rp_id <> $1`

	var found struct {
		N     int    `db:"n"`
		Other string `db:"other"`
	}
	err = t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error { return s.GetContext(ctx, &found, rpID) })
	if err != nil {
		return 0, "", fmt.Errorf("passkeys of other domains: %w", t.Known(ctx, err))
	}
	return found.N, found.Other, nil
}

// AddPasskey stores a passkey, and queues a mail that says so if mail is true. The session, "" for
// none, has it as a second factor from then on. The account's row stays locked meanwhile, so that
// of two at once only one can be the last. It returns a [*auth.ConflictError] if there is one with
// that credential or the account has too many, [auth.ErrUserNotFound] if the account does not exist
// or is disabled, and [factor.ErrOne] if it has a second factor that the session was opened without.
func (t *Passkeys) AddPasskey(ctx context.Context, p *passkey.Passkey, sessionID string, mail bool) error {
	const count = `SELECT count(*) FROM passkeys WHERE user_id = $1`
	const insert = `
		INSERT INTO passkeys (id, user_id, rp_id, credential_id, public_key, sign_count, backup_eligible, backed_up, transports, aaguid, name,
			created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (rp_id, credential_id) DO NOTHING`

	err := t.Transact(ctx, func(tx *changes.Tx) error {
		owner, err := lock(ctx, tx, p.UserID)
		if err != nil {
			return err
		}
		var n int
		if err := tx.GetContext(ctx, &n, count, p.UserID); err != nil {
			return err
		}
		if n >= passkey.MaxPerUser {
			return passkey.TooMany()
		}
		aaguid, err := uuid.FromBytes(p.AAGUID)
		made, err := tx.ExecContext(ctx, insert, p.ID, p.UserID, p.RPID, p.CredentialID, p.PublicKey, int64(p.SignCount), p.BackupEligible,
			p.BackedUp, pq.Array(append([]string{}, p.Transports...)), uuid.NullUUID{UUID: aaguid, Valid: err == nil && aaguid != uuid.Nil}, p.Name,
			p.CreatedAt)
		if err != nil {
			return err
		}
		if rows, err := made.RowsAffected(); err != nil || rows == 0 {
			return errors.Join(err, &auth.ConflictError{Field: "credential", Message: "This passkey is registered already."})
		}
		if sessionID != "" {
			if err := factors.Raise(ctx, tx, owner, sessionID, p.AMR()); err != nil {
				return err
			}
		}
		if _, err := factors.Count(ctx, tx, p.UserID, 1); err != nil {
			return err
		}
		if !mail {
			return nil
		}
		return proofs.Notify(ctx, tx, "passkey_added", owner, p.CreatedAt, map[string]any{"passkey": p.Name})
	})
	if err != nil {
		return fmt.Errorf("add a passkey to user %q: %w", p.UserID, err)
	}
	return nil
}

// RenamePasskey gives a passkey of the account another name. It returns [passkey.ErrNotFound].
func (t *Passkeys) RenamePasskey(ctx context.Context, userID, id, name string) (*passkey.Passkey, error) {
	const query = `UPDATE passkeys p SET name = $3 WHERE p.id = $1 AND p.user_id = $2 RETURNING ` + columns

	var renamed row
	err := t.Statements.Run(ctx, query, func(s *sqlx.Stmt) error { return s.GetContext(ctx, &renamed, id, userID, name) })
	if err != nil {
		return nil, fmt.Errorf("rename passkey %q: %w", id, t.Known(ctx, postgres.Missing(err, passkey.ErrNotFound)))
	}
	return renamed.passkey(), nil
}

// DeletePasskey deletes a passkey of the account if allow returns no error, and returns those
// that are left. The account's row stays locked meanwhile, so that of two ways to log in not
// both can go at once. It returns [passkey.ErrNotFound].
func (t *Passkeys) DeletePasskey(ctx context.Context, userID, id string, allow passkey.Allow) (left []*passkey.Passkey, err error) {
	const remove = `DELETE FROM passkeys WHERE id = $1 AND user_id = $2 RETURNING id`

	err = t.Transact(ctx, func(tx *changes.Tx) error {
		owner, err := lock(ctx, tx, userID)
		if err != nil {
			return err
		}
		var gone string
		if err := postgres.Missing(tx.GetContext(ctx, &gone, remove, id, userID), passkey.ErrNotFound); err != nil {
			return err
		}
		var rows []row
		if err := tx.SelectContext(ctx, &rows, ofUser, userID); err != nil {
			return err
		}
		left = all(rows)
		count, err := factors.Count(ctx, tx, userID, -1)
		if err != nil {
			return err
		}
		owner.SecondFactor = count > 0
		return allow(owner, left)
	})
	if err != nil {
		return nil, fmt.Errorf("delete passkey %q: %w", id, err)
	}
	return left, nil
}

// lock locks an enabled account of a person until the transaction ends. It returns
// [auth.ErrUserNotFound].
func lock(ctx context.Context, tx *changes.Tx, userID string) (*auth.User, error) {
	const query = `
		SELECT id, email, has_password, roles, factors > 0 AS second_factor
		FROM users
		WHERE id = $1 AND NOT disabled AND kind = 'person'
		FOR NO KEY UPDATE`

	var found struct {
		ID           string         `db:"id"`
		Email        string         `db:"email"`
		HasPassword  bool           `db:"has_password"`
		Roles        pq.StringArray `db:"roles"`
		SecondFactor bool           `db:"second_factor"`
	}
	if err := postgres.Missing(tx.GetContext(ctx, &found, query, userID), auth.ErrUserNotFound); err != nil {
		return nil, err
	}
	return &auth.User{ID: found.ID, Email: found.Email, HasPassword: found.HasPassword, Roles: found.Roles, SecondFactor: found.SecondFactor}, nil
}
