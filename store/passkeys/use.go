package passkeys

import (
	"context"
	"errors"
	"fmt"

	"gatehouse/auth"
	"gatehouse/auth/passkey"
	"gatehouse/store/changes"
	"gatehouse/store/postgres"
	"gatehouse/store/proofs"
)

// UsePasskey notes a use. It returns [passkey.ErrRefused] if the account is disabled, or the
// passkey gone or suspended. If it has signed as often already, there is a copy of it: it is
// suspended, and its owner gets a mail.
func (t *Passkeys) UsePasskey(ctx context.Context, u *passkey.Use) error {
	return t.use(ctx, u, func(*changes.Tx) error { return nil })
}

// LoginByPasskey notes a use as UsePasskey does, and opens the session.
func (t *Passkeys) LoginByPasskey(ctx context.Context, u *passkey.Use, s *auth.Session, life auth.Lifetimes) error {
	return t.use(ctx, u, func(tx *changes.Tx) error { return t.OpenSession(ctx, tx, s, life) })
}

// use notes a use, and runs work in the same transaction unless it is refused. A passkey counts
// its signatures, or none: then both are 0.
func (t *Passkeys) use(ctx context.Context, u *passkey.Use, work func(*changes.Tx) error) error {
	const query = `
		UPDATE passkeys
		SET sign_count = $3, backup_eligible = backup_eligible OR $4, backed_up = $5, last_used_at = $6
		WHERE id = $1 AND user_id = $2 AND suspended_at IS NULL AND (sign_count < $3 OR sign_count = 0 AND $3 = 0)
		RETURNING id`

	copied := false
	err := t.Transact(ctx, func(tx *changes.Tx) error {
		copied = false
		owner, err := lock(ctx, tx, u.UserID)
		if errors.Is(err, auth.ErrUserNotFound) {
			return passkey.ErrRefused
		}
		if err != nil {
			return err
		}
		var id string
		err = postgres.Missing(tx.GetContext(ctx, &id, query, u.ID, u.UserID, int64(u.SignCount), u.BackupEligible, u.BackedUp, u.At), passkey.ErrRefused)
		if errors.Is(err, passkey.ErrRefused) {
			copied, err = suspend(ctx, tx, owner, u)
			return err
		}
		if err != nil {
			return err
		}
		return work(tx)
	})
	if err == nil && copied {
		err = passkey.ErrRefused
	}
	if err != nil {
		return fmt.Errorf("use passkey %q: %w", u.ID, err)
	}
	return nil
}

// suspend suspends a passkey that was copied, and reports true. It returns [passkey.ErrRefused]
// if it is gone, or suspended already.
func suspend(ctx context.Context, tx *changes.Tx, owner *auth.User, u *passkey.Use) (bool, error) {
	const query = `UPDATE passkeys SET suspended_at = $3 WHERE id = $1 AND user_id = $2 AND suspended_at IS NULL RETURNING name`

	var name string
	if err := postgres.Missing(tx.GetContext(ctx, &name, query, u.ID, u.UserID, u.At), passkey.ErrRefused); err != nil {
		return false, err
	}
	if !u.Mail {
		return true, nil
	}
	return true, proofs.Notify(ctx, tx, "passkey_suspended", owner, u.At, map[string]any{"passkey": name})
}
