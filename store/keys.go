package store

import (
	"context"
	"fmt"
	"time"

	"gatehouse/auth/keys"
	"gatehouse/auth/revocation"
	"gatehouse/auth/token"
	"gatehouse/store/postgres"
)

type keyRow struct {
	ID        string        `db:"id"`
	Algorithm string        `db:"algorithm"`
	Sealed    []byte        `db:"sealed"`
	CreatedAt postgres.UTC  `db:"created_at"`
	SignsFrom postgres.UTC  `db:"signs_from"`
	SignedAt  *postgres.UTC `db:"signed_at"`
}

func (r keyRow) key() keys.SealedKey {
	return keys.SealedKey{
		ID: r.ID, Algorithm: token.Algorithm(r.Algorithm), Sealed: r.Sealed, CreatedAt: r.CreatedAt.Time, SignsFrom: r.SignsFrom.Time,
		SignedAt: r.SignedAt.Pointer(),
	}
}

// SealedKeys returns the signing keys in the order in which they sign.
func (s *Store) SealedKeys(ctx context.Context) ([]keys.SealedKey, error) {
	const query = `
		SELECT id, algorithm, sealed, created_at, signs_from, signed_at
		FROM signing_keys
		ORDER BY signs_from, created_at, id`

	rows, err := list[keyRow](ctx, s, query)
	if err != nil {
		return nil, fmt.Errorf("signing keys: %w", known(ctx, err))
	}
	sealed := make([]keys.SealedKey, len(rows))
	for i, r := range rows {
		sealed[i] = r.key()
	}
	return sealed, nil
}

// SaveKey stores a signing key that signs after it has been announced for that
// long, or replaces the ciphertext of a stored one, and tells every replica.
func (s *Store) SaveKey(ctx context.Context, k keys.SealedKey, announce time.Duration) error {
	const query = `
		INSERT INTO signing_keys (id, algorithm, sealed, signs_from, signed_at)
		VALUES ($1, $2, $3, now() + make_interval(secs => $4), NULL)
		ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed`

	err := s.transact(ctx, func(t *tx) error {
		if _, err := t.ExecContext(ctx, query, k.ID, string(k.Algorithm), k.Sealed, announce.Seconds()); err != nil {
			return err
		}
		return t.Note(ctx, revocation.Change{Keys: true})
	})
	if err != nil {
		return fmt.Errorf("save signing key %q: %w", k.ID, err)
	}
	return nil
}

// DeleteKey deletes a signing key and tells every replica. It returns
// [keys.ErrNotFound] if no key has this id.
func (s *Store) DeleteKey(ctx context.Context, id string) error {
	const query = `DELETE FROM signing_keys WHERE id = $1 RETURNING id`

	err := s.transact(ctx, func(t *tx) error {
		var deleted string
		if err := missing(t.GetContext(ctx, &deleted, query, id), keys.ErrNotFound); err != nil {
			return err
		}
		return t.Note(ctx, revocation.Change{Keys: true})
	})
	if err != nil {
		return fmt.Errorf("delete signing key %q: %w", id, err)
	}
	return nil
}

// MarkSigning notes that the key signs now, at most once a minute. The time never
// goes back, so that a replica that starts learns how far the database's clock had come.
func (s *Store) MarkSigning(ctx context.Context, id string) error {
	const query = `
		UPDATE signing_keys
		SET signed_at = now()
		WHERE id = $1 AND (signed_at IS NULL OR signed_at < now() - interval '1 minute')`

	if err := s.exec(ctx, query, id); err != nil {
		return fmt.Errorf("note that signing key %q signs: %w", id, known(ctx, err))
	}
	return nil
}

// SecretCheck returns the check value of the database's secret, or
// [auth.ErrNotFound] if none is stored.
func (s *Store) SecretCheck(ctx context.Context) (string, error) {
	var check string
	if err := s.get(ctx, &check, `SELECT secret_check FROM deployment`); err != nil {
		return "", fmt.Errorf("secret check: %w", known(ctx, err))
	}
	return check, nil
}

// SaveSecretCheck stores the check value of the database's secret.
func (s *Store) SaveSecretCheck(ctx context.Context, check string) error {
	const query = `
		INSERT INTO deployment (secret_check)
		VALUES ($1)
		ON CONFLICT (singleton) DO UPDATE SET secret_check = excluded.secret_check`

	if err := s.exec(ctx, query, check); err != nil {
		return fmt.Errorf("save the secret check: %w", known(ctx, err))
	}
	return nil
}
