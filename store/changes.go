package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"gatehouse/auth"
	"gatehouse/store/listen"
	"gatehouse/store/postgres"
)

// changesKept is how long a change is kept: longer than any access token may live.
const changesKept = 25 * time.Hour

// channel is where replicas notify each other of changes. The payload is an array of
// the first and the last seq of a transaction, and the schema: all services in one
// database share the channel.
const channel = "gatehouse_changes"

// A tx is a transaction that collects the changes which invalidate claims of tokens.
type tx struct {
	*sqlx.Tx
	changes []auth.Change
}

// changeRow is a row of changes.
type changeRow struct {
	Seq        int64          `db:"seq"`
	At         utc            `db:"at"`
	SessionID  sql.NullString `db:"session_id"`
	Generation int            `db:"generation"`
	UserID     sql.NullString `db:"user_id"`
	Roles      pq.StringArray `db:"roles"`
	Role       sql.NullString `db:"role"`
	Scopes     pq.StringArray `db:"scopes"`
	Gone       bool           `db:"gone"`
	Keys       bool           `db:"keys"`
}

// changeColumns are the columns of changeRow.
const changeColumns = `seq, at, session_id, generation, user_id, roles, role, scopes, gone, keys`

func (r changeRow) change() auth.Change {
	return auth.Change{
		Seq: r.Seq, At: r.At.Time, Session: r.SessionID.String, Generation: r.Generation, User: r.UserID.String, Roles: r.Roles,
		Role: r.Role.String, Scopes: r.Scopes, Gone: r.Gone, Keys: r.Keys,
		ClockBack: !r.Keys && !r.SessionID.Valid && !r.UserID.Valid && !r.Role.Valid,
	}
}

// note records a change. Replicas learn of it when the transaction commits.
func (t *tx) note(ctx context.Context, c auth.Change) error {
	const query = `
		INSERT INTO changes (session_id, generation, user_id, roles, role, scopes, gone, keys)
		VALUES (nullif($1, '')::uuid, $2, nullif($3, '')::uuid, $4, nullif($5, ''), $6, $7, $8)
		RETURNING seq, at`

	row := struct {
		Seq int64 `db:"seq"`
		At  utc   `db:"at"`
	}{}
	err := t.GetContext(ctx, &row, query, c.Session, c.Generation, c.User, pq.Array(c.Roles), c.Role, pq.Array(c.Scopes), c.Gone, c.Keys)
	if err != nil {
		return fmt.Errorf("note a change: %w", err)
	}
	c.Seq, c.At = row.Seq, row.At.Time
	t.changes = append(t.changes, c)
	return nil
}

// NoteClockBack tells every replica, now and at its next start, that the database's
// clock went back after it had shown that time. A change of nothing says so.
func (s *Store) NoteClockBack(ctx context.Context, shown time.Time) error {
	const query = `
		INSERT INTO changes (at)
		SELECT $1
		WHERE NOT EXISTS (
			SELECT FROM changes
			WHERE at >= $1 AND NOT keys AND session_id IS NULL AND user_id IS NULL AND role IS NULL)
		RETURNING ` + changeColumns

	err := s.transact(ctx, func(t *tx) error {
		var rows []changeRow
		if err := t.SelectContext(ctx, &rows, query, shown); err != nil {
			return err
		}
		for _, r := range rows {
			t.changes = append(t.changes, r.change())
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("note that the clock went back: %w", err)
	}
	return nil
}

// noteEnded records that sessions ended.
func (t *tx) noteEnded(ctx context.Context, ids []string) error {
	const query = `
		INSERT INTO changes (session_id)
		SELECT unnest($1::uuid[])
		RETURNING ` + changeColumns

	if len(ids) == 0 {
		return nil
	}
	var rows []changeRow
	if err := t.SelectContext(ctx, &rows, query, pq.Array(ids)); err != nil {
		return fmt.Errorf("note ended sessions: %w", err)
	}
	for _, r := range rows {
		t.changes = append(t.changes, r.change())
	}
	return nil
}

// announce notifies every replica, including this one, of the transaction's changes when
// it commits.
func (t *tx) announce(ctx context.Context) error {
	if len(t.changes) == 0 {
		return nil
	}
	const query = `SELECT pg_notify($1, json_build_array($2::bigint, $3::bigint, current_schema())::text)`

	first, last := t.changes[0].Seq, t.changes[len(t.changes)-1].Seq
	if _, err := t.ExecContext(ctx, query, channel, first, last); err != nil {
		return fmt.Errorf("announce changes: %w", err)
	}
	return nil
}

// Snapshot returns what each role grants, and the changes of the last while, as of one
// moment. position is the highest seq known: if the database has not come as far, it is
// an earlier state that was restored.
func (s *Store) Snapshot(ctx context.Context, window time.Duration, position int64) (snapshot auth.Snapshot, err error) {
	err = postgres.Repeat(func() error {
		snapshot, err = s.snapshot(ctx, window, position)
		return err
	})
	if err != nil {
		return auth.Snapshot{}, fmt.Errorf("snapshot: %w", known(ctx, err))
	}
	return snapshot, nil
}

// snapshot locks both tables before its snapshot begins: one that is rewritten between
// the two, as by a change of a column's type, would look empty.
func (s *Store) snapshot(ctx context.Context, window time.Duration, position int64) (auth.Snapshot, error) {
	const query = `
		SELECT ` + changeColumns + `
		FROM changes
		WHERE at > now() - make_interval(secs => $1)
		ORDER BY seq`

	t, err := s.db.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return auth.Snapshot{}, err
	}
	defer func() { _ = t.Rollback() }()
	if _, err := t.ExecContext(ctx, `LOCK TABLE changes, roles IN ACCESS SHARE MODE`); err != nil {
		return auth.Snapshot{}, err
	}
	var rows []changeRow
	if err := t.SelectContext(ctx, &rows, query, window.Seconds()); err != nil {
		return auth.Snapshot{}, fmt.Errorf("changes: %w", err)
	}
	var roles []roleRow
	if err := t.SelectContext(ctx, &roles, listRoles); err != nil {
		return auth.Snapshot{}, fmt.Errorf("roles: %w", err)
	}
	snapshot := auth.Snapshot{Grants: make(map[string][]string, len(roles))}
	if err := t.GetContext(ctx, &snapshot.Position, `SELECT last_value FROM changes_seq_seq`); err != nil {
		return auth.Snapshot{}, fmt.Errorf("position: %w", err)
	}
	for _, r := range rows {
		snapshot.Changes = append(snapshot.Changes, r.change())
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
	source := listen.Source{DSN: s.dsn, Channel: channel, Schema: schema, Changes: s.between}
	l, err := listen.Start(ctx, source, subscriber)
	return l, known(ctx, err)
}

// between returns the changes whose seq is in the range.
func (s *Store) between(ctx context.Context, first, last int64) ([]auth.Change, error) {
	const query = `
		SELECT ` + changeColumns + `
		FROM changes
		WHERE seq BETWEEN $1 AND $2
		ORDER BY seq`

	rows, err := list[changeRow](ctx, s, query, first, last)
	if err != nil {
		return nil, fmt.Errorf("changes: %w", known(ctx, err))
	}
	changes := make([]auth.Change, len(rows))
	for i, r := range rows {
		changes[i] = r.change()
	}
	return changes, nil
}
