package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"

	"gatehouse/auth"
	"gatehouse/auth/email"
	"gatehouse/auth/revocation"
	"gatehouse/store/apikeys"
	"gatehouse/store/clients"
)

// adminLock is held while an enabled administrator is removed, so that two of them
// can't remove each other.
const adminLock = 0x6761746500000001

// ChangeUser locks the account, lets change modify its email, name, roles and whether it
// is disabled, and stores the result and what follows from it: the sessions and API keys
// of a disabled account end, and every replica learns of changed roles. It returns
// [auth.ErrUserNotFound], [auth.ErrLastAdmin], a [*auth.ConflictError] if the email is
// taken, and an [*auth.InputError] if a role does not exist.
func (s *Store) ChangeUser(ctx context.Context, id string, change func(*auth.User) error) (*auth.User, error) {
	var changed *auth.User
	err := s.transact(ctx, func(t *tx) (err error) {
		changed, err = t.changeUser(ctx, id, change)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("change user %q: %w", id, err)
	}
	return changed, nil
}

func (t *tx) changeUser(ctx context.Context, id string, change func(*auth.User) error) (*auth.User, error) {
	before, err := t.lockUser(ctx, id)
	if err != nil {
		return nil, err
	}
	after := *before
	if err := change(&after); err != nil {
		return nil, err
	}
	return t.replaceUser(ctx, before, &after)
}

// deleteBatch is how many ended sessions one transaction deletes with their account.
const deleteBatch = 10_000

// DeleteUser locks the account, asks allow, and deletes the account with all that
// belongs to it. It returns [auth.ErrUserNotFound] and [auth.ErrLastAdmin].
//
// The sessions that have ended go first, in batches, so that no transaction is long and
// a request that runs out of time can be sent again.
func (s *Store) DeleteUser(ctx context.Context, id string, allow func(*auth.User) error) error {
	for more := true; more; {
		err := s.transact(ctx, func(t *tx) (err error) {
			more, err = t.deleteUser(ctx, id, allow)
			return err
		})
		if err != nil {
			return fmt.Errorf("delete user %q: %w", id, err)
		}
	}
	return nil
}

// deleteUser deletes a batch of the account's ended sessions, or the account if there
// are no more of them.
func (t *tx) deleteUser(ctx context.Context, id string, allow func(*auth.User) error) (more bool, err error) {
	const past = `
		DELETE FROM sessions
		WHERE id = ANY (ARRAY(SELECT id FROM sessions WHERE user_id = $1 AND ended_at IS NOT NULL LIMIT $2))`

	user, err := t.lockUser(ctx, id)
	if err != nil {
		return false, err
	}
	if err := allow(user); err != nil {
		return false, err
	}
	if err := t.keepAnAdmin(ctx, user, nil); err != nil {
		return false, err
	}
	deleted, err := t.ExecContext(ctx, past, id, deleteBatch)
	if err != nil {
		return false, err
	}
	if n, err := deleted.RowsAffected(); err != nil || n == deleteBatch {
		return err == nil, err
	}
	if err := t.endSessions(ctx, id, "", "user_deleted"); err != nil {
		return false, err
	}
	if err := apikeys.End(ctx, &t.Tx, id); err != nil {
		return false, err
	}
	if err := clients.DeleteOf(ctx, &t.Tx, id); err != nil {
		return false, err
	}
	_, err = t.ExecContext(ctx, `DELETE FROM users WHERE id = $1`, id)
	return false, err
}

func (t *tx) lockUser(ctx context.Context, id string) (*auth.User, error) {
	const query = `SELECT ` + userColumns + ` FROM users u WHERE u.id = $1 FOR UPDATE`

	var row userRow
	if err := t.GetContext(ctx, &row, query, id); err != nil {
		return nil, known(ctx, missing(err, auth.ErrUserNotFound))
	}
	return row.user(), nil
}

// replaceUser stores an account that was changed, and what follows from the change. If
// nothing changed, it writes nothing.
func (t *tx) replaceUser(ctx context.Context, before, after *auth.User) (*auth.User, error) {
	roles := !slices.Equal(before.Roles, after.Roles)
	sameName := before.Name == after.Name || (before.Name != nil && after.Name != nil && *before.Name == *after.Name)
	if !roles && sameName && before.Email == after.Email && before.Disabled == after.Disabled && before.EmailVerified == after.EmailVerified {
		return before, nil
	}
	if err := t.keepAnAdmin(ctx, before, after); err != nil {
		return nil, err
	}
	if roles {
		if err := t.lockRoles(ctx, after.Roles); err != nil {
			return nil, err
		}
	}
	user, err := t.writeUser(ctx, after)
	if err != nil {
		return nil, err
	}
	if roles {
		if err := t.Note(ctx, revocation.Change{User: after.ID, Roles: after.Roles}); err != nil {
			return nil, err
		}
	}
	if after.Disabled && !before.Disabled {
		if err := apikeys.End(ctx, &t.Tx, after.ID); err != nil {
			return nil, err
		}
		return user, t.endSessions(ctx, after.ID, "", "user_disabled")
	}
	return user, nil
}

func (t *tx) writeUser(ctx context.Context, u *auth.User) (*auth.User, error) {
	const query = `
		UPDATE users u
		SET email = $2, email_key = $3, email_folded = $4, name = $5, name_folded = $6, roles = $7, email_verified = $8, disabled = $9,
			stamp = u.stamp + (u.disabled <> $9)::int, pending_email = CASE WHEN u.email_key = $3 THEN u.pending_email END,
			updated_at = greatest(now(), u.updated_at + interval '1 microsecond')
		WHERE u.id = $1
		RETURNING ` + userColumns

	address, err := email.Parse(u.Email)
	if err != nil {
		return nil, &auth.InputError{Field: "email", Message: err.Error()}
	}
	var row userRow
	err = t.GetContext(ctx, &row, query, u.ID, address.Shown, address.Canonical, email.Fold(address.Shown), u.Name, folded(u.Name),
		pq.Array(u.Roles), u.EmailVerified, u.Disabled)
	if err != nil {
		return nil, emailConflict(err)
	}
	return row.user(), nil
}

// keepAnAdmin returns [auth.ErrLastAdmin] if the change removes the last enabled
// administrator. after is nil if the account is deleted.
func (t *tx) keepAnAdmin(ctx context.Context, before, after *auth.User) error {
	if !before.IsActiveAdmin() || (after != nil && after.IsActiveAdmin()) {
		return nil
	}
	if _, err := t.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, adminLock); err != nil {
		return err
	}
	const query = `SELECT EXISTS (SELECT FROM users WHERE roles @> ARRAY[$1::text] AND NOT disabled AND kind = 'person' AND id <> $2)`

	var others bool
	if err := t.GetContext(ctx, &others, query, auth.RoleAdmin, before.ID); err != nil {
		return err
	}
	if !others {
		return auth.ErrLastAdmin
	}
	return nil
}

// lockRoles makes sure that the roles exist until the transaction ends. It returns an
// [*auth.InputError] if one does not exist.
func (t *tx) lockRoles(ctx context.Context, names []string) error {
	const query = `SELECT name FROM roles WHERE name = ANY($1) ORDER BY name FOR KEY SHARE`

	for _, name := range names {
		if strings.ContainsRune(name, 0) || len(name) > 256 {
			return &auth.InputError{Field: "roles", Message: "This role does not exist."}
		}
	}
	var exist []string
	if err := t.SelectContext(ctx, &exist, query, pq.Array(names)); err != nil {
		return err
	}
	for _, name := range names {
		if !slices.Contains(exist, name) {
			return &auth.InputError{Field: "roles", Message: fmt.Sprintf("The role %q does not exist.", name)}
		}
	}
	return nil
}

// emailConflict turns the violation of the emails' unique constraint into a
// [*auth.ConflictError]. Other errors are returned unchanged.
func emailConflict(err error) error {
	if taken(err, "users_email_key") {
		return &auth.ConflictError{Field: "email", Message: "An account with this email address already exists."}
	}
	return err
}

func folded(name *string) *string {
	if name == nil {
		return nil
	}
	f := email.Fold(*name)
	return &f
}
