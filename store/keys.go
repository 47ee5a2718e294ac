package store

import (
	"context"
	"fmt"
	"time"

	"gatehouse/auth"
)

type keyRow struct {
	ID        string    `db:"id"`
	Algorithm string    `db:"algorithm"`
	Sealed    []byte    `db:"sealed"`
	CreatedAt time.Time `db:"created_at"`
}

// SealedKeys returns the signing keys, the oldest first.
func (s *Store) SealedKeys(ctx context.Context) ([]auth.SealedKey, error) {
	const query = `SELECT id, algorithm, sealed, created_at FROM signing_keys ORDER BY created_at, id`

	var rows []keyRow
	if err := s.db.SelectContext(ctx, &rows, query); err != nil {
		return nil, fmt.Errorf("signing keys: %w", known(err))
	}
	keys := make([]auth.SealedKey, len(rows))
	for i, r := range rows {
		keys[i] = auth.SealedKey{ID: r.ID, Algorithm: r.Algorithm, Sealed: r.Sealed}
	}
	return keys, nil
}

// KeepKey keeps a signing key, in place of the one of the same id if there is one.
func (s *Store) KeepKey(ctx context.Context, k auth.SealedKey) error {
	const query = `
		INSERT INTO signing_keys (id, algorithm, sealed)
		VALUES ($1, $2, $3)
		ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed`

	if _, err := s.db.ExecContext(ctx, query, k.ID, k.Algorithm, k.Sealed); err != nil {
		return fmt.Errorf("keep signing key %q: %w", k.ID, known(err))
	}
	return nil
}

// SecretCheck returns the check value of the database's SECRET_KEY, or auth.ErrNotFound if it has none yet.
func (s *Store) SecretCheck(ctx context.Context) (string, error) {
	var check string
	if err := s.db.GetContext(ctx, &check, `SELECT secret_check FROM deployment`); err != nil {
		return "", fmt.Errorf("secret check: %w", known(err))
	}
	return check, nil
}

// KeepSecretCheck keeps the check value of the database's SECRET_KEY.
func (s *Store) KeepSecretCheck(ctx context.Context, check string) error {
	const query = `
		INSERT INTO deployment (secret_check)
		VALUES ($1)
		ON CONFLICT (singleton) DO UPDATE SET secret_check = excluded.secret_check`

	if _, err := s.db.ExecContext(ctx, query, check); err != nil {
		return fmt.Errorf("keep the secret check: %w", known(err))
	}
	return nil
}
