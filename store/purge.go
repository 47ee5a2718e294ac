package store

import (
	"context"
	"fmt"
	"time"

	"gatehouse/auth"
)

// purgeLock is held by the replica that purges.
const purgeLock = 0x6761746500000003

// purgeBatch is how many sessions are deleted at once, so that nobody waits for long.
const purgeBatch = 1000

// endedKept is for how long a session that has ended is kept, for whoever looks into why it did.
const endedKept = 30 * 24 * time.Hour

// Purge deletes the sessions that ended long ago or can't go on whatever happens, in batches, and the changes that no living token can contradict.
// It does nothing while another replica does it. It returns how many sessions those were.
func (s *Store) Purge(ctx context.Context, life auth.Lifetimes) (int, error) {
	total := 0
	for {
		n, err := s.purge(ctx, life)
		total += n
		if err != nil {
			return total, fmt.Errorf("purge: %w", known(err))
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
	// The beginning of a session's id is when it was opened, in milliseconds since 1970 (RFC 9562, 5.7), so that no index of its own is needed.
	// Where sessions last for longer than there are such ids, none is too old.
	const expired = `
		DELETE FROM sessions
		WHERE id IN (
			SELECT id
			FROM sessions
			WHERE id < (lpad(to_hex(greatest(0, 1000 * extract(epoch FROM now() - make_interval(secs => $1)))::bigint), 12, '0') || repeat('0', 20))::uuid
			LIMIT $2
			FOR UPDATE SKIP LOCKED)`

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
		age   float64 // in seconds, for the longest durations added to each other are none
	}{{ended, endedKept.Seconds()}, {expired, life.Absolute.Seconds() + endedKept.Seconds()}} {
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
