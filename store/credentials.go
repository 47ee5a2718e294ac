package store

import (
	"context"
	"fmt"

	"gatehouse/auth"
	"gatehouse/auth/client"
	"gatehouse/auth/revocation"
	"gatehouse/store/sessions"
)

type credentialRow struct {
	userRow
	PasswordHash string `db:"password_hash"`
}

func (r *credentialRow) credential() *auth.Credential {
	return &auth.Credential{User: r.user(), Hash: r.PasswordHash}
}

// CredentialByEmail returns the account with the canonical email, with its hash, or
// [auth.ErrUserNotFound].
func (s *Store) CredentialByEmail(ctx context.Context, canonicalEmail string) (*auth.Credential, error) {
	const query = `SELECT ` + userColumns + `, u.password_hash FROM users u WHERE u.email_key = $1`

	var row credentialRow
	if err := s.get(ctx, &row, query, canonicalEmail); err != nil {
		return nil, fmt.Errorf("credential by email: %w", known(ctx, missing(err, auth.ErrUserNotFound)))
	}
	return row.credential(), nil
}

// Credential returns the account with the id, with its hash, or
// [auth.ErrUserNotFound].
func (s *Store) Credential(ctx context.Context, userID string) (*auth.Credential, error) {
	const query = `SELECT ` + userColumns + `, u.password_hash FROM users u WHERE u.id = $1`

	var row credentialRow
	if err := s.get(ctx, &row, query, userID); err != nil {
		return nil, fmt.Errorf("credential of user %q: %w", userID, known(ctx, missing(err, auth.ErrUserNotFound)))
	}
	return row.credential(), nil
}

// KnowsPlace reports whether the account with the canonical email has or had a session
// from the client's place. It reads one entry of an index, whatever the account's past.
// In rows of the release before, which have no place, it finds the address itself.
func (s *Store) KnowsPlace(ctx context.Context, canonicalEmail string, c client.Client) (bool, error) {
	const query = `
		SELECT EXISTS (
			SELECT
			FROM sessions s JOIN users u ON u.id = s.user_id
			WHERE u.email_key = $1 AND coalesce(s.place, s.ip) IN ($2, $3))`

	var found bool
	if err := s.get(ctx, &found, query, canonicalEmail, sessions.Storable(c.Prefix48()), sessions.Storable(c.IP)); err != nil {
		return false, fmt.Errorf("known place: %w", known(ctx, err))
	}
	return found, nil
}

// UpgradeHash replaces the hash if it still is the old one.
func (s *Store) UpgradeHash(ctx context.Context, userID, old, hash string) error {
	const query = `UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2`

	if err := s.exec(ctx, query, userID, old, hash); err != nil {
		return fmt.Errorf("upgrade the hash of user %q: %w", userID, s.refused(ctx, err))
	}
	return nil
}

// ReplacePassword sets the new hash if the old one is still stored, ends all sessions
// of the account except the one given, and begins a new generation of that one with
// the seed, so that its earlier tokens stop working. It returns
// [auth.ErrInvalidCredentials] if the hash is not the old one, and
// [auth.ErrSessionEnded] if the session has ended.
func (s *Store) ReplacePassword(ctx context.Context, r auth.Replacement) (*auth.Session, *auth.User, error) {
	const replace = `
		UPDATE users
		SET password_hash = $3, has_password = true, updated_at = now()
		WHERE id = $1 AND password_hash = $2 AND NOT disabled
		RETURNING id`
	const renew = `
		UPDATE sessions s
		SET seed = $3, counter = s.counter + 1, generation = s.generation + 1, refreshed_at = now(),
			auth_time = coalesce($4, s.auth_time)
		FROM users u
		WHERE s.id = $1 AND s.user_id = $2 AND s.ended_at IS NULL AND u.id = s.user_id
		RETURNING ` + sessionColumns + `, ` + userColumns

	var row sessionRow
	err := s.transact(ctx, func(t *tx) error {
		var id string
		if err := missing(t.GetContext(ctx, &id, replace, r.UserID, r.Old, r.Hash), auth.ErrInvalidCredentials); err != nil {
			return err
		}
		if err := missing(t.GetContext(ctx, &row, renew, r.SessionID, r.UserID, r.Seed, r.AuthTime), auth.ErrSessionEnded); err != nil {
			return err
		}
		if err := t.Note(ctx, revocation.Change{Session: r.SessionID, Generation: row.Generation}); err != nil {
			return err
		}
		return t.endSessions(ctx, r.UserID, r.SessionID, "password_changed")
	})
	if err != nil {
		return nil, nil, fmt.Errorf("replace the password of user %q: %w", r.UserID, err)
	}
	return row.session(), row.user(), nil
}

// ResetPassword gives the account a new hash and ends all of its sessions. It returns
// [auth.ErrUserNotFound].
func (s *Store) ResetPassword(ctx context.Context, userID, hash string) error {
	const query = `UPDATE users SET password_hash = $2, has_password = true, updated_at = now() WHERE id = $1 RETURNING id`

	err := s.transact(ctx, func(t *tx) error {
		var id string
		if err := missing(t.GetContext(ctx, &id, query, userID, hash), auth.ErrUserNotFound); err != nil {
			return err
		}
		return t.endSessions(ctx, userID, "", "password_reset")
	})
	if err != nil {
		return fmt.Errorf("reset the password of user %q: %w", userID, err)
	}
	return nil
}
