package store

import (
	"context"
	"fmt"

	"gatehouse/auth"
)

type credentialRow struct {
	userRow
	PasswordHash string `db:"password_hash"`
}

func (r *credentialRow) credential() *auth.Credential {
	return &auth.Credential{User: r.user(), Hash: r.PasswordHash}
}

// CredentialByEmail returns the account with the canonical address, with its hash, or auth.ErrNotFound.
func (s *Store) CredentialByEmail(ctx context.Context, key string) (*auth.Credential, error) {
	const query = `SELECT ` + userColumns + `, u.password_hash FROM users u WHERE u.email_key = $1`

	var row credentialRow
	if err := s.get(ctx, &row, query, key); err != nil {
		return nil, fmt.Errorf("credential by e-mail: %w", known(err))
	}
	return row.credential(), nil
}

// Credential returns the account with the id, with its hash, or auth.ErrNotFound.
func (s *Store) Credential(ctx context.Context, userID string) (*auth.Credential, error) {
	const query = `SELECT ` + userColumns + `, u.password_hash FROM users u WHERE u.id = $1`

	var row credentialRow
	if err := s.get(ctx, &row, query, userID); err != nil {
		return nil, fmt.Errorf("credential of user %q: %w", userID, known(err))
	}
	return row.credential(), nil
}

// LoginAddresses returns the addresses from which the account with the canonical address was used, as far as its sessions tell; none for one
// that does not exist.
func (s *Store) LoginAddresses(ctx context.Context, key string) ([]string, error) {
	const query = `SELECT DISTINCT s.ip FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email_key = $1`

	var addresses []string
	if err := s.list(ctx, &addresses, query, key); err != nil {
		return nil, fmt.Errorf("addresses of logins: %w", known(err))
	}
	return addresses, nil
}

// UpgradeHash replaces the hash where it still is the old one.
func (s *Store) UpgradeHash(ctx context.Context, userID, old, hash string) error {
	const query = `UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2`

	if _, err := s.db.ExecContext(ctx, query, userID, old, hash); err != nil {
		return fmt.Errorf("upgrade the hash of user %q: %w", userID, known(err))
	}
	return nil
}

// ResetPassword gives the account a new hash and ends all of its sessions. auth.ErrNotFound.
func (s *Store) ResetPassword(ctx context.Context, userID, hash string) error {
	const query = `UPDATE users SET password_hash = $2, updated_at = now() WHERE id = $1 RETURNING id`

	err := s.transact(ctx, func(t *tx) error {
		var id string
		if err := t.GetContext(ctx, &id, query, userID, hash); err != nil {
			return err
		}
		return t.endSessions(ctx, userID, "", "password_reset")
	})
	if err != nil {
		return fmt.Errorf("reset the password of user %q: %w", userID, err)
	}
	return nil
}

// HasAdmin reports whether any account, enabled or not, has the role admin.
func (s *Store) HasAdmin(ctx context.Context) (bool, error) {
	const query = `SELECT EXISTS (SELECT FROM users WHERE roles @> ARRAY[$1::text])`

	var there bool
	if err := s.db.GetContext(ctx, &there, query, auth.RoleAdmin); err != nil {
		return false, fmt.Errorf("look for an administrator: %w", known(err))
	}
	return there, nil
}
