package store

import (
	"context"
	"fmt"
	"time"

	"gatehouse/auth"
	"gatehouse/store/postgres"
)

// purgeLock is held by the replica that purges.
const purgeLock = 0x6761746500000003

// purgeBatch is how many sessions and keys one transaction deletes, so that no request waits for
// long.
const purgeBatch = 1000

// endedKept is how long an ended session or key is kept, for those who look into why it ended.
const endedKept = 30 * 24 * time.Hour

// Purge deletes, in batches, the sessions and API keys that ended or expired long ago,
// and the changes that no living token can contradict. It returns how many it deleted.
// While another replica purges, it does nothing.
func (s *Store) Purge(ctx context.Context, life auth.Lifetimes) (int, error) {
	total := 0
	for {
		n := 0
		err := postgres.Repeat(func() (err error) {
			n, err = s.purge(ctx, life)
			return err
		})
		total += n
		if err != nil {
			return total, fmt.Errorf("purge: %w", known(ctx, err))
		}
		if n < purgeBatch {
			return total, nil
		}
	}
}

// purge deletes one batch.
func (s *Store) purge(ctx context.Context, life auth.Lifetimes) (int, error) {
	const ended = `
		DELETE FROM sessions
		WHERE id IN (
			SELECT id FROM sessions WHERE ended_at < now() - make_interval(secs => $1) LIMIT $2 FOR UPDATE SKIP LOCKED)`
	// A session's id begins with when it was opened, in milliseconds since 1970 (RFC
	// 9562, 5.7), so that this needs no index of its own. If sessions last longer than
	// since 1970, none is too old. The id's time is a replica's, which may have been off.
	const expired = `
		DELETE FROM sessions
		WHERE id IN (
			SELECT id
			FROM sessions
			WHERE created_at < now() - make_interval(secs => $1)
				AND id < (lpad(to_hex(greatest(0, 1000 * extract(epoch FROM now() - make_interval(secs => $1)))::bigint), 12, '0') || repeat('0', 20))::uuid
			LIMIT $2
			FOR UPDATE SKIP LOCKED)`

	const keys = `
		DELETE FROM api_keys
		WHERE id IN (
			SELECT id FROM api_keys WHERE least(ended_at, expires_at) < now() - make_interval(secs => $1) LIMIT $2 FOR UPDATE SKIP LOCKED)`

	t, err := s.db.BeginTxx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = t.Rollback() }()
	var mine bool
	if err := t.GetContext(ctx, &mine, `SELECT pg_try_advisory_xact_lock($1)`, purgeLock); err != nil || !mine {
		return 0, err
	}
	deleted := 0
	for _, batch := range []struct {
		query string
		age   float64 // in seconds: the sum of the longest durations overflows a Duration
	}{{ended, endedKept.Seconds()}, {expired, life.Absolute.Seconds() + endedKept.Seconds()}, {keys, endedKept.Seconds()}} {
		result, err := t.ExecContext(ctx, batch.query, batch.age, purgeBatch-deleted)
		if err != nil {
			return 0, err
		}
		n, err := result.RowsAffected()
		if err != nil {
			return 0, err
		}
		deleted += int(n)
	}
	if _, err := t.ExecContext(ctx, `DELETE FROM changes WHERE at < now() - make_interval(secs => $1)`, changesKept.Seconds()); err != nil {
		return 0, err
	}
	return deleted, t.Commit()
}
