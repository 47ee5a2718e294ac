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

// State returns what each role grants, and the changes of the last while, as of one
// moment.
func (s *Store) State(
	ctx context.Context, since time.Duration,
) (grants map[string][]string, changes []auth.Change, err error) {
	err = repeat(func() error {
		grants, changes, err = s.state(ctx, since)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("state: %w", known(ctx, err))
	}
	return grants, changes, nil
}

// state locks both tables before its snapshot begins: one that is rewritten between the
// two, as by a change of a column's type, would look empty.
func (s *Store) state(
	ctx context.Context, since time.Duration,
) (grants map[string][]string, changes []auth.Change, err error) {
	const query = `
		SELECT ` + changeColumns + `
		FROM changes
		WHERE at > now() - make_interval(secs => $1)
		ORDER BY seq`

	snapshot, err := s.db.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = snapshot.Rollback() }()
	if _, err := snapshot.ExecContext(ctx, `LOCK TABLE changes, roles IN ACCESS SHARE MODE`); err != nil {
		return nil, nil, err
	}
	var rows []changeRow
	if err := snapshot.SelectContext(ctx, &rows, query, since.Seconds()); err != nil {
		return nil, nil, fmt.Errorf("changes: %w", err)
	}
	for _, r := range rows {
		changes = append(changes, r.change())
	}
	var roles []roleRow
	if err := snapshot.SelectContext(ctx, &roles, listRoles); err != nil {
		return nil, nil, fmt.Errorf("roles: %w", err)
	}
	grants = make(map[string][]string, len(roles))
	for _, r := range roles {
		grants[r.Name] = r.Scopes
	}
	return grants, changes, nil
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
