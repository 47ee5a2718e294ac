package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"

	"gatehouse/auth"
)

// adminLock is held while the set of enabled administrators shrinks, so that two of them can't remove each other.
const adminLock = 0x6761746500000001

// ChangeUser locks the account, has change look at it and alter it, and keeps what it altered: address, name, roles, whether it is
// disabled. With it goes what follows: a disabled account's sessions end, changed roles are told to every replica.
// auth.ErrNotFound; auth.ErrLastAdmin; a *auth.ConflictError for a taken address; a *auth.InputError for a role there is none of.
func (s *Store) ChangeUser(ctx context.Context, id string, change func(*auth.User) error) (*auth.User, error) {
	var changed *auth.User
	err := s.transact(ctx, func(t *tx) error {
		before, err := t.lockUser(ctx, id)
		if err != nil {
			return err
		}
		after := *before
		if err := change(&after); err != nil {
			return err
		}
		changed, err = t.replaceUser(ctx, before, &after)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("change user %q: %w", id, err)
	}
	return changed, nil
}

// DeleteUser locks the account, asks allow, and deletes it with all that belongs to it. auth.ErrNotFound; auth.ErrLastAdmin.
func (s *Store) DeleteUser(ctx context.Context, id string, allow func(*auth.User) error) error {
	err := s.transact(ctx, func(t *tx) error {
		user, err := t.lockUser(ctx, id)
		if err != nil {
			return err
		}
		if err := allow(user); err != nil {
			return err
		}
		if err := t.keepAnAdmin(ctx, user, nil); err != nil {
			return err
		}
		if err := t.endSessions(ctx, id, "", "user_deleted"); err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, `DELETE FROM users WHERE id = $1`, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("delete user %q: %w", id, err)
	}
	return nil
}

func (t *tx) lockUser(ctx context.Context, id string) (*auth.User, error) {
	const query = `SELECT ` + userColumns + ` FROM users u WHERE u.id = $1 FOR UPDATE`

	var row userRow
	if err := t.GetContext(ctx, &row, query, id); err != nil {
		return nil, known(err)
	}
	return row.user(), nil
}

// replaceUser writes what changed between two states of an account, and what follows from it. Nothing changed is nothing written.
func (t *tx) replaceUser(ctx context.Context, before, after *auth.User) (*auth.User, error) {
	roles := !slices.Equal(before.Roles, after.Roles)
	sameName := before.Name == after.Name || (before.Name != nil && after.Name != nil && *before.Name == *after.Name)
	if !roles && sameName && before.Email == after.Email && before.Disabled == after.Disabled {
		return before, nil
	}
	if err := t.keepAnAdmin(ctx, before, after); err != nil {
		return nil, err
	}
	if roles {
		if err := t.haveRoles(ctx, after.Roles); err != nil {
			return nil, err
		}
	}
	user, err := t.writeUser(ctx, after)
	if err != nil {
		return nil, err
	}
	if roles {
		if err := t.note(ctx, auth.Change{User: after.ID, Roles: after.Roles}); err != nil {
			return nil, err
		}
	}
	if after.Disabled && !before.Disabled {
		return user, t.endSessions(ctx, after.ID, "", "user_disabled")
	}
	return user, nil
}

func (t *tx) writeUser(ctx context.Context, u *auth.User) (*auth.User, error) {
	const query = `
		UPDATE users u
		SET email = $2, email_key = $3, email_folded = $4, name = $5, name_folded = $6, roles = $7, email_verified = $8, disabled = $9,
			updated_at = greatest(now(), u.updated_at + interval '1 microsecond')
		WHERE u.id = $1
		RETURNING ` + userColumns

	address, err := auth.ParseEmail("input.email", u.Email)
	if err != nil {
		return nil, err
	}
	var row userRow
	err = t.GetContext(ctx, &row, query, u.ID, address.Shown, address.Key, auth.Fold(address.Shown), u.Name, folded(u.Name),
		pq.Array(u.Roles), u.EmailVerified, u.Disabled)
	if err != nil {
		return nil, conflict(err)
	}
	return row.user(), nil
}

// keepAnAdmin refuses to take away the last enabled administrator; after is nil where the account goes.
func (t *tx) keepAnAdmin(ctx context.Context, before, after *auth.User) error {
	if !before.Administers() || (after != nil && after.Administers()) {
		return nil
	}
	if _, err := t.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, adminLock); err != nil {
		return err
	}
	const query = `SELECT EXISTS (SELECT FROM users WHERE roles @> ARRAY[$1::text] AND NOT disabled AND id <> $2)`

	var others bool
	if err := t.GetContext(ctx, &others, query, auth.RoleAdmin, before.ID); err != nil {
		return err
	}
	if !others {
		return auth.ErrLastAdmin
	}
	return nil
}

// haveRoles makes sure that there are roles of these names, and that they stay until the transaction ends.
func (t *tx) haveRoles(ctx context.Context, names []string) error {
	const query = `SELECT name FROM roles WHERE name = ANY($1) ORDER BY name FOR KEY SHARE`

	for _, name := range names {
		if strings.ContainsRune(name, 0) || len(name) > 256 {
			return &auth.InputError{Field: "roles", Message: "There is no such role."}
		}
	}
	var there []string
	if err := t.SelectContext(ctx, &there, query, pq.Array(names)); err != nil {
		return err
	}
	for _, name := range names {
		if !slices.Contains(there, name) {
			return &auth.InputError{Field: "roles", Message: fmt.Sprintf("There is no role %q.", name)}
		}
	}
	return nil
}

// conflict turns the violation of an address's uniqueness into what a client is told.
func conflict(err error) error {
	if taken(err, "users_email_key") {
		return &auth.ConflictError{Field: "input.email", Message: "This e-mail address has an account already."}
	}
	return err
}

func folded(name *string) *string {
	if name == nil {
		return nil
	}
	f := auth.Fold(*name)
	return &f
}
