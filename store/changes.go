package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"gatehouse/auth/revocation"
	"gatehouse/store/changes"
	"gatehouse/store/listen"
	"gatehouse/store/postgres"
)

// changesKept is how long a change is kept: longer than any access token may live.
const changesKept = 25 * time.Hour

// NoteClockBack tells every replica, now and at its next start, that the database's
// clock went back after it had shown that time. A change of nothing says so.
func (s *Store) NoteClockBack(ctx context.Context, shown time.Time) error {
	const query = `
		INSERT INTO changes (at)
		SELECT $1
		WHERE NOT EXISTS (
			SELECT FROM changes
			WHERE at >= $1 AND NOT keys AND session_id IS NULL AND user_id IS NULL AND role IS NULL)
		RETURNING ` + changes.Columns

	err := s.transact(ctx, func(t *tx) error {
		var rows []changes.Row
		if err := t.SelectContext(ctx, &rows, query, shown); err != nil {
			return err
		}
		for _, r := range rows {
			t.Made = append(t.Made, r.Change())
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("note that the clock went back: %w", err)
	}
	return nil
}

// Snapshot returns what each role grants, and the changes of the last while, as of one
// moment. position is the highest seq known: if the database has not come as far, it is
// an earlier state that was restored.
func (s *Store) Snapshot(ctx context.Context, window time.Duration, position int64) (snapshot revocation.Snapshot, err error) {
	err = postgres.Repeat(func() error {
		snapshot, err = s.snapshot(ctx, window, position)
		return err
	})
	if err != nil {
		return revocation.Snapshot{}, fmt.Errorf("snapshot: %w", known(ctx, err))
	}
	return snapshot, nil
}

// snapshot locks both tables before its snapshot begins: one that is rewritten between
// the two, as by a change of a column's type, would look empty.
func (s *Store) snapshot(ctx context.Context, window time.Duration, position int64) (revocation.Snapshot, error) {
	const query = `
		SELECT ` + changes.Columns + `
		FROM changes
		WHERE at > now() - make_interval(secs => $1)
		ORDER BY seq`

	t, err := s.db.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return revocation.Snapshot{}, err
	}
	defer func() { _ = t.Rollback() }()
	if _, err := t.ExecContext(ctx, `LOCK TABLE changes, roles IN ACCESS SHARE MODE`); err != nil {
		return revocation.Snapshot{}, err
	}
	var rows []changes.Row
	if err := t.SelectContext(ctx, &rows, query, window.Seconds()); err != nil {
		return revocation.Snapshot{}, fmt.Errorf("changes: %w", err)
	}
	var roles []roleRow
	if err := t.SelectContext(ctx, &roles, listRoles); err != nil {
		return revocation.Snapshot{}, fmt.Errorf("roles: %w", err)
	}
	snapshot := revocation.Snapshot{Grants: make(map[string][]string, len(roles))}
	if err := t.GetContext(ctx, &snapshot.Position, `SELECT last_value FROM changes_seq_seq`); err != nil {
		return revocation.Snapshot{}, fmt.Errorf("position: %w", err)
	}
	for _, r := range rows {
		snapshot.Changes = append(snapshot.Changes, r.Change())
	}
	for _, r := range roles {
		snapshot.Grants[r.Name] = r.Scopes
	}
	snapshot.Rewound = snapshot.Position < position
	return snapshot, nil
}

// Now returns the database's time.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	var now time.Time
	if err := s.db.GetContext(ctx, &now, `SELECT clock_timestamp()`); err != nil {
		return time.Time{}, fmt.Errorf("the database's time: %w", known(ctx, err))
	}
	return now, nil
}

// Listen notifies the subscriber of the changes that all replicas make until ctx
// ends. It returns an error if the first Reload or the connection fails, or if a
// pooler lets no notifications through.
func (s *Store) Listen(ctx context.Context, subscriber listen.Subscriber) (*listen.Listener, error) {
	var schema string
	if err := s.db.GetContext(ctx, &schema, `SELECT coalesce(current_schema(), '')`); err != nil {
		return nil, known(ctx, err)
	}
	source := listen.Source{DSN: s.dsn, Channel: changes.Channel, Schema: schema, Changes: s.between}
	l, err := listen.Start(ctx, source, subscriber)
	return l, known(ctx, err)
}

// between returns the changes whose seq is in the range.
func (s *Store) between(ctx context.Context, first, last int64) ([]revocation.Change, error) {
	const query = `
		SELECT ` + changes.Columns + `
		FROM changes
		WHERE seq BETWEEN $1 AND $2
		ORDER BY seq`

	rows, err := list[changes.Row](ctx, s, query, first, last)
	if err != nil {
		return nil, fmt.Errorf("changes: %w", known(ctx, err))
	}
	found := make([]revocation.Change, len(rows))
	for i, r := range rows {
		found[i] = r.Change()
	}
	return found, nil
}
