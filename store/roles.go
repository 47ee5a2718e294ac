package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"gatehouse/auth"
	"gatehouse/auth/operator"
	"gatehouse/auth/revocation"
)

const listRoles = `SELECT name, scopes FROM roles ORDER BY name`

type roleRow struct {
	Name   string         `db:"name"`
	Scopes pq.StringArray `db:"scopes"`
}

// Roles returns all roles, sorted by name.
func (s *Store) Roles(ctx context.Context) ([]operator.Role, error) {
	rows, err := list[roleRow](ctx, s, listRoles)
	if err != nil {
		return nil, fmt.Errorf("roles: %w", known(ctx, err))
	}
	roles := make([]operator.Role, len(rows))
	for i, r := range rows {
		roles[i] = operator.Role{Name: r.Name, Scopes: r.Scopes}
	}
	return roles, nil
}

// CreateRole stores a new role. It returns a [*auth.ConflictError] if the name is taken.
func (s *Store) CreateRole(ctx context.Context, r operator.Role) error {
	err := s.transact(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, `INSERT INTO roles (name, scopes) VALUES ($1, $2)`, r.Name, pq.Array(r.Scopes))
		if pq.As(err, pqerror.UniqueViolation) != nil {
			return &auth.ConflictError{Field: "name", Message: fmt.Sprintf("The role %q already exists.", r.Name)}
		}
		if err != nil {
			return err
		}
		return t.Note(ctx, revocation.Change{Role: r.Name, Scopes: r.Scopes})
	})
	if err != nil {
		return fmt.Errorf("create role %q: %w", r.Name, err)
	}
	return nil
}

// ChangeRole locks the role and lets change modify what it grants. It returns
// [auth.ErrRoleNotFound].
func (s *Store) ChangeRole(ctx context.Context, name string, change func(scopes []string) []string) (*operator.Role, error) {
	var after []string
	err := s.transact(ctx, func(t *tx) error {
		var row roleRow
		err := t.GetContext(ctx, &row, `SELECT name, scopes FROM roles WHERE name = $1 FOR NO KEY UPDATE`, name)
		if err := missing(err, auth.ErrRoleNotFound); err != nil {
			return err
		}
		after = change(slices.Clone(row.Scopes))
		if slices.Equal(after, row.Scopes) {
			return nil
		}
		if _, err := t.ExecContext(ctx, `UPDATE roles SET scopes = $2 WHERE name = $1`, name, pq.Array(after)); err != nil {
			return err
		}
		return t.Note(ctx, revocation.Change{Role: name, Scopes: after})
	})
	if err != nil {
		return nil, fmt.Errorf("change role %q: %w", name, err)
	}
	return &operator.Role{Name: name, Scopes: after}, nil
}

// DeleteRole deletes a role that no account has. It returns [auth.ErrRoleNotFound], and a
// [*auth.ConflictError] that says how many accounts have the role.
func (s *Store) DeleteRole(ctx context.Context, name string) error {
	err := s.transact(ctx, func(t *tx) error {
		var locked string
		err := t.GetContext(ctx, &locked, `SELECT name FROM roles WHERE name = $1 FOR UPDATE`, name)
		if err := missing(err, auth.ErrRoleNotFound); err != nil {
			return err
		}
		var holders int
		if err := t.GetContext(ctx, &holders, `SELECT count(*) FROM users WHERE roles @> ARRAY[$1::text]`, name); err != nil {
			return err
		}
		if holders > 0 {
			return &auth.ConflictError{Field: "name", Message: fmt.Sprintf(
				"%d accounts have the role %q: give them other roles first.", holders, name)}
		}
		if _, err := t.ExecContext(ctx, `DELETE FROM roles WHERE name = $1`, name); err != nil {
			return err
		}
		return t.Note(ctx, revocation.Change{Role: name, Gone: true})
	})
	if err != nil {
		return fmt.Errorf("delete role %q: %w", name, err)
	}
	return nil
}
