package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"gatehouse/auth"
	"gatehouse/auth/email"
	"gatehouse/store/postgres"
	"gatehouse/store/sessions"
)

// userColumns are the columns of userRow, untimedColumns those without the times.
const (
	untimedColumns = `u.id, u.kind = 'service' AS service, u.email, u.name, u.roles, u.email_verified, u.disabled, u.has_password, u.pending_email,
		u.factors > 0 AS second_factor`
	userColumns = untimedColumns + `, u.created_at, u.updated_at, u.last_login_at`
)

type userRow struct {
	ID            string         `db:"id"`
	Service       bool           `db:"service"`
	Email         string         `db:"email"`
	Name          *string        `db:"name"`
	Roles         pq.StringArray `db:"roles"`
	EmailVerified bool           `db:"email_verified"`
	Disabled      bool           `db:"disabled"`
	HasPassword   bool           `db:"has_password"`
	PendingEmail  *string        `db:"pending_email"`
	SecondFactor  bool           `db:"second_factor"`
	CreatedAt     postgres.UTC   `db:"created_at"`
	UpdatedAt     postgres.UTC   `db:"updated_at"`
	LastLoginAt   *postgres.UTC  `db:"last_login_at"`
}

// fields are where userColumns, or as many of them, go, in their order.
func (r *userRow) fields() []any {
	return []any{
		&r.ID, &r.Service, &r.Email, &r.Name, &r.Roles, &r.EmailVerified, &r.Disabled, &r.HasPassword, &r.PendingEmail, &r.SecondFactor,
		&r.CreatedAt, &r.UpdatedAt, &r.LastLoginAt,
	}
}

func (r *userRow) user() *auth.User {
	u := &auth.User{
		ID: r.ID, Kind: auth.KindOf(r.Service), Email: r.Email, Name: r.Name, Roles: r.Roles, EmailVerified: r.EmailVerified, Disabled: r.Disabled,
		HasPassword: r.HasPassword && !r.Service, PendingEmail: r.PendingEmail, SecondFactor: r.SecondFactor,
		CreatedAt: r.CreatedAt.Time, UpdatedAt: r.UpdatedAt.Time, LastLoginAt: r.LastLoginAt.Pointer(),
	}
	if u.Roles == nil {
		u.Roles = []string{}
	}
	return u
}

// User returns the account with the id, a UUID, or [auth.ErrUserNotFound].
func (s *Store) User(ctx context.Context, id string) (*auth.User, error) {
	const query = `SELECT ` + userColumns + ` FROM users u WHERE u.id = $1`

	var row userRow
	if err := s.scan(ctx, row.fields(), query, id); err != nil {
		return nil, fmt.Errorf("user %q: %w", id, known(ctx, missing(err, auth.ErrUserNotFound)))
	}
	return row.user(), nil
}

// UserByEmail returns the account with the canonical email, or
// [auth.ErrUserNotFound].
func (s *Store) UserByEmail(ctx context.Context, canonicalEmail string) (*auth.User, error) {
	const query = `SELECT ` + userColumns + ` FROM users u WHERE u.email_key = $1`

	var row userRow
	if err := s.get(ctx, &row, query, canonicalEmail); err != nil {
		return nil, fmt.Errorf("user by email: %w", known(ctx, missing(err, auth.ErrUserNotFound)))
	}
	return row.user(), nil
}

// Users returns the accounts of a page, in the order of their ids.
func (s *Store) Users(ctx context.Context, page auth.UserPage) ([]*auth.User, error) {
	where, args := filtered(page.Filter)
	if page.After != "" {
		args = append(args, page.After)
		where = append(where, fmt.Sprintf("u.id > $%d", len(args)))
	}
	args = append(args, page.First)
	columns := userColumns
	if page.Untimed {
		columns = untimedColumns
	}
	query := `SELECT ` + columns + ` FROM users u` + conditions(where) + fmt.Sprintf(` ORDER BY u.id LIMIT $%d`, len(args))

	users, err := s.userRows(ctx, query, len(where) > 0, args)
	if err != nil {
		return nil, fmt.Errorf("users: %w", known(ctx, err))
	}
	return users, nil
}

// userRows runs a query of accounts. A filtered one is planned for its values: a plan
// for any prefix can't use the index of prefixes.
func (s *Store) userRows(ctx context.Context, query string, filtered bool, args []any) (users []*auth.User, err error) {
	if filtered {
		err = postgres.Repeat(func() error {
			users, err = scanUsers(s.db.QueryContext(ctx, query, args...))
			return err
		})
		return users, err
	}
	err = s.statements.Run(ctx, query, func(stmt *sqlx.Stmt) error {
		users, err = scanUsers(stmt.QueryContext(ctx, args...))
		return err
	})
	return users, err
}

// scanUsers reads the rows of a query of userColumns or untimedColumns, and closes it.
func scanUsers(rows *sql.Rows, err error) ([]*auth.User, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	users := []*auth.User{}
	var row userRow
	fields := row.fields()[:len(columns)]
	for rows.Next() {
		if err := rows.Scan(fields...); err != nil {
			return nil, err
		}
		users = append(users, row.user())
	}
	return users, rows.Err()
}

// CreateUser stores a new account, and its first session if session is not nil. It
// returns a [*auth.ConflictError] if the email is taken, and an [*auth.InputError] if
// a role does not exist.
func (s *Store) CreateUser(ctx context.Context, c *auth.Credential, canonicalEmail string, session *auth.Session) error {
	err := s.transact(ctx, func(t *tx) error { return t.insertUser(ctx, c, canonicalEmail, session) })
	if err != nil {
		return fmt.Errorf("create user: %w", err)
	}
	return nil
}

// insertUser stores a new account, and its first session if session is not nil.
func (t *tx) insertUser(ctx context.Context, c *auth.Credential, canonicalEmail string, session *auth.Session) error {
	const query = `
		INSERT INTO users (id, kind, email, email_key, email_folded, name, name_folded, password_hash, roles, created_at, updated_at, last_login_at,
			email_verified, has_password)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12, $13)`

	u := c.User
	if err := t.lockRoles(ctx, u.Roles); err != nil {
		return err
	}
	var login *time.Time
	if session != nil {
		login = &u.CreatedAt
	}
	_, err := t.ExecContext(ctx, query, u.ID, kindName(u.Kind), u.Email, canonicalEmail, email.Fold(u.Email), u.Name, folded(u.Name), c.Hash,
		pq.Array(u.Roles), u.CreatedAt, login, u.EmailVerified, u.HasPassword)
	if err != nil {
		return emailConflict(err)
	}
	if session == nil {
		return nil
	}
	return sessions.Insert(ctx, &t.Tx, session)
}

// kindName returns how the database names the kind of an account.
func kindName(k auth.Kind) string {
	if k == auth.Service {
		return "service"
	}
	return "person"
}

// HasAdmin reports whether a person's account, enabled or not, has the role admin.
func (s *Store) HasAdmin(ctx context.Context) (bool, error) {
	const query = `SELECT EXISTS (SELECT FROM users WHERE roles @> ARRAY[$1::text] AND kind = 'person')`

	var exists bool
	if err := s.get(ctx, &exists, query, auth.RoleAdmin); err != nil {
		return false, fmt.Errorf("look for an administrator: %w", known(ctx, err))
	}
	return exists, nil
}

// CountUsers counts the accounts that match the filter.
func (s *Store) CountUsers(ctx context.Context, filter auth.UserFilter) (int, error) {
	where, args := filtered(filter)
	var count int
	err := postgres.Repeat(func() error {
		return s.db.GetContext(ctx, &count, `SELECT count(*) FROM users u`+conditions(where), args...)
	})
	if err != nil {
		return 0, fmt.Errorf("count users: %w", known(ctx, err))
	}
	return count, nil
}

// filtered returns the conditions of a filter. They are constant fragments, so that
// there are few statements and each can use its index.
func filtered(f auth.UserFilter) (where []string, args []any) {
	add := func(fragment string, arg any) {
		args = append(args, arg)
		where = append(where, fmt.Sprintf(fragment, len(args)))
	}
	if f.Email != nil {
		add("u.kind = 'person' AND u.email_folded LIKE $%d", likePrefix(*f.Email))
	}
	if f.Name != nil {
		add("u.name_folded LIKE $%d", likePrefix(*f.Name))
	}
	if f.Role != nil {
		add("u.roles @> ARRAY[$%d::text]", *f.Role)
	}
	if f.Disabled != nil {
		add("u.disabled = $%d", *f.Disabled)
	}
	if f.Kind != nil {
		add("u.kind = $%d", kindName(*f.Kind))
	}
	return where, args
}

func conditions(where []string) string {
	if len(where) == 0 {
		return ""
	}
	return ` WHERE ` + strings.Join(where, ` AND `)
}

// likePrefix returns the LIKE pattern of texts that begin with s.
func likePrefix(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(email.Fold(s)) + "%"
}
