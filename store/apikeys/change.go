package apikeys

import (
	"context"
	"fmt"
	"time"

	"github.com/lib/pq"

	"gatehouse/auth"
	"gatehouse/auth/apikey"
	"gatehouse/auth/revocation"
	"gatehouse/store/changes"
	"gatehouse/store/postgres"
)

// CreateAPIKey stores a key. The account's row stays locked meanwhile, so that of two at
// once only one can be the last. It returns a [*auth.ConflictError] if the account has
// too many, and [auth.ErrUserNotFound] if it does not exist or is disabled.
func (t *Table) CreateAPIKey(ctx context.Context, k *apikey.Key) error {
	const query = `SELECT count(*) FROM api_keys k WHERE k.user_id = $1 AND k.generation = 0 AND ` + living

	err := t.Transact(ctx, func(tx *changes.Tx) error {
		if err := lockOwner(ctx, tx, k.UserID); err != nil {
			return err
		}
		var count int
		if err := tx.GetContext(ctx, &count, query, k.UserID); err != nil {
			return err
		}
		if count >= apikey.MaxPerUser {
			return &auth.ConflictError{Message: fmt.Sprintf(
				"An account has at most %d API keys. End one that is not used any more, with revokeApiKey.", apikey.MaxPerUser)}
		}
		return insert(ctx, tx, k)
	})
	if err != nil {
		return fmt.Errorf("create an API key of user %q: %w", k.UserID, err)
	}
	return nil
}

// RotateAPIKey stores the successor of the account's key, which successor returns, and
// ends the key itself after that time. Every replica reads the key again. It returns
// [apikey.ErrNotFound], and a [*auth.ConflictError] if the key has a successor already
// or too many rotated ones work.
func (t *Table) RotateAPIKey(
	ctx context.Context, userID, id string, overlap time.Duration, successor func(old *apikey.Key) (*apikey.Key, error),
) error {
	const find = `SELECT ` + columns + ` FROM api_keys k WHERE k.id = $1 AND k.user_id = $2 AND ` + living
	const count = `SELECT count(*) FROM api_keys k WHERE k.user_id = $1 AND ` + living
	const end = `
		UPDATE api_keys
		SET generation = generation + 1, expires_at = least(expires_at, now() + make_interval(secs => $2))
		WHERE id = $1
		RETURNING generation`

	err := t.Transact(ctx, func(tx *changes.Tx) error {
		if err := lockOwner(ctx, tx, userID); err != nil {
			return err
		}
		var old row
		if err := postgres.Missing(tx.GetContext(ctx, &old, find, id, userID), apikey.ErrNotFound); err != nil {
			return err
		}
		var working int
		if err := tx.GetContext(ctx, &working, count, userID); err != nil {
			return err
		}
		switch {
		case old.Generation > 0:
			return &auth.ConflictError{Field: "id", Message: "Another key took this one's place already. Rotate that one."}
		case working >= 2*apikey.MaxPerUser:
			return &auth.ConflictError{Message: "Too many rotated keys still work. End some of them with revokeApiKey."}
		}
		next, err := successor(old.key())
		if err != nil {
			return err
		}
		if err := tx.GetContext(ctx, &old.Generation, end, id, overlap.Seconds()); err != nil {
			return err
		}
		if err := tx.Note(ctx, revocation.Change{Session: id, Generation: old.Generation}); err != nil {
			return err
		}
		return insert(ctx, tx, next)
	})
	if err != nil {
		return fmt.Errorf("rotate API key %q: %w", id, err)
	}
	return nil
}

// RevokeAPIKey ends a key of the account, or of any account if userID is "". If it has
// ended already, nothing happens. It returns [apikey.ErrNotFound].
func (t *Table) RevokeAPIKey(ctx context.Context, userID, id string) error {
	const end = `
		UPDATE api_keys
		SET ended_at = now()
		WHERE id = $1 AND user_id = coalesce(nullif($2, '')::uuid, user_id) AND ended_at IS NULL
		RETURNING id`
	const there = `SELECT EXISTS (SELECT FROM api_keys WHERE id = $1 AND user_id = coalesce(nullif($2, '')::uuid, user_id))`

	err := t.Transact(ctx, func(tx *changes.Tx) error {
		if err := ended(ctx, tx, end, id, userID); err != nil || len(tx.Made) > 0 {
			return err
		}
		var found bool
		if err := tx.GetContext(ctx, &found, there, id, userID); err != nil || found {
			return err
		}
		return apikey.ErrNotFound
	})
	if err != nil {
		return fmt.Errorf("revoke API key %q: %w", id, err)
	}
	return nil
}

// RevokeAPIKeys ends all keys of the account, and returns how many. It returns
// [auth.ErrUserNotFound].
func (t *Table) RevokeAPIKeys(ctx context.Context, userID string) (n int, err error) {
	err = t.Transact(ctx, func(tx *changes.Tx) error {
		var id string
		err := tx.GetContext(ctx, &id, `SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE`, userID)
		if err := postgres.Missing(err, auth.ErrUserNotFound); err != nil {
			return err
		}
		err = End(ctx, tx, userID)
		n = len(tx.Made)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("revoke the API keys of user %q: %w", userID, err)
	}
	return n, nil
}

// End ends all keys of the account, whose row is locked.
func End(ctx context.Context, tx *changes.Tx, userID string) error {
	const query = `
		UPDATE api_keys
		SET ended_at = now()
		WHERE user_id = $1 AND ended_at IS NULL AND (expires_at IS NULL OR expires_at > now())
		RETURNING id`

	return ended(ctx, tx, query, userID)
}

// ended runs a statement that ends keys and returns their ids, and records each as a
// change.
func ended(ctx context.Context, tx *changes.Tx, query string, args ...any) error {
	var ids []string
	if err := tx.SelectContext(ctx, &ids, query, args...); err != nil {
		return err
	}
	return tx.NoteEnded(ctx, ids)
}

// lockOwner locks an enabled account until the transaction ends.
func lockOwner(ctx context.Context, tx *changes.Tx, userID string) error {
	const query = `SELECT id FROM users WHERE id = $1 AND NOT disabled FOR NO KEY UPDATE`

	var id string
	return postgres.Missing(tx.GetContext(ctx, &id, query, userID), auth.ErrUserNotFound)
}

func insert(ctx context.Context, tx *changes.Tx, k *apikey.Key) error {
	const query = `
		INSERT INTO api_keys (id, user_id, name, hint, digest, scopes, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

	_, err := tx.ExecContext(ctx, query, k.ID, k.UserID, k.Name, k.Hint, k.Digest, pq.Array(k.Scopes), k.CreatedAt, k.ExpiresAt)
	return err
}
