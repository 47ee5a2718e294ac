package auth

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"gatehouse/auth/policy"
)

// UserStore persists accounts.
type UserStore interface {
	// User returns the account with the id, or [ErrUserNotFound].
	User(ctx context.Context, id string) (*User, error)
	// Users returns the accounts of a page, in the order of their ids. It takes
	// any First.
	Users(ctx context.Context, page UserPage) ([]*User, error)
	// CountUsers counts the accounts that match the filter.
	CountUsers(ctx context.Context, filter UserFilter) (int, error)
	// ChangeUser locks the account, lets change modify it, and stores the result
	// and what follows from it: the sessions of a disabled account end, and every
	// replica learns of changed roles. If change returns an error, nothing changes.
	// It returns [ErrUserNotFound], [ErrLastAdmin], a [*ConflictError] if the email
	// is taken, and an [*InputError] if a role does not exist.
	ChangeUser(ctx context.Context, id string, change func(*User) error) (*User, error)
	// DeleteUser locks the account, asks allow, and deletes the account with all
	// that belongs to it. It returns [ErrUserNotFound] and [ErrLastAdmin].
	DeleteUser(ctx context.Context, id string, allow func(*User) error) error
}

// Accounts reads and changes accounts.
type Accounts struct {
	Store       UserStore
	Passwords   *Passwords
	Revocations *RevocationCache
}

// ChangeEmailInput changes the caller's own email.
type ChangeEmailInput struct {
	Email           string
	CurrentPassword *string // not needed for as long as [Recent] says
}

// Me returns the caller's own account.
func (a *Accounts) Me(ctx context.Context) (*User, error) {
	p, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	return a.Store.User(ctx, p.ID)
}

// User returns the account with the id. It returns [ErrUserNotFound], and an
// [*InputError] if the id is not a UUID.
func (a *Accounts) User(ctx context.Context, id string) (*User, error) {
	id, err := parseID("id", id)
	if err != nil {
		return nil, err
	}
	return a.Store.User(ctx, id)
}

// Users returns the accounts of a page, and whether more follow. It returns an
// [*InputError] if the page is too large or the filter can't match anything.
func (a *Accounts) Users(ctx context.Context, page UserPage) (users []*User, more bool, err error) {
	if page.First < 0 || page.First > MaxUserPage {
		return nil, false, &InputError{Field: "first", Message: "A page holds 0 to 100 accounts."}
	}
	if err := page.Filter.check(); err != nil {
		return nil, false, err
	}
	first := page.First
	page.First++ // one more tells whether more follow
	if users, err = a.Store.Users(ctx, page); err != nil {
		return nil, false, err
	}
	if more = len(users) > first; more {
		users = users[:first]
	}
	return users, more, nil
}

// Count counts the accounts that match the filter.
func (a *Accounts) Count(ctx context.Context, filter UserFilter) (int, error) {
	return a.Store.CountUsers(ctx, filter)
}

// Update changes the caller's own name, or an account that the caller outranks.
// It returns [ErrRank], [ErrUserNotFound], an [*InputError], or a
// [*ConflictError] if the email is taken.
func (a *Accounts) Update(ctx context.Context, id string, in UserUpdate) (*User, error) {
	p, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if id, err = parseID("id", id); err != nil {
		return nil, err
	}
	return a.Store.ChangeUser(ctx, id, func(u *User) error {
		if id != p.ID || in.Email != nil {
			if err := a.checkRank(p, u); err != nil {
				return err
			}
		}
		return in.apply(u)
	})
}

// ChangeEmail changes the caller's own email. It returns [ErrInvalidCredentials]
// if the password is wrong, [ErrStepUp] if it is missing, an [*InputError], or a
// [*ConflictError] if the email is taken.
func (a *Accounts) ChangeEmail(ctx context.Context, in ChangeEmailInput) (*User, error) {
	p, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.Passwords.Approve(ctx, p, in.CurrentPassword); err != nil {
		return nil, err
	}
	return a.Store.ChangeUser(ctx, p.ID, func(u *User) error { return u.setEmail(in.Email) })
}

// SetRoles gives the account exactly these roles. It returns [ErrRank],
// [ErrUserNotFound], [ErrLastAdmin], or an [*InputError] if a role does not
// exist or there are too many.
func (a *Accounts) SetRoles(ctx context.Context, id string, roles []string) (*User, error) {
	roles = set(roles)
	return a.changeOutranked(ctx, id, func(u *User) { u.Roles = roles })
}

// GrantRoles gives the account roles besides those it has. It returns the
// errors of SetRoles.
func (a *Accounts) GrantRoles(ctx context.Context, id string, roles []string) (*User, error) {
	return a.changeOutranked(ctx, id, func(u *User) { u.Roles = WithRoles(u.Roles, roles) })
}

// RevokeRoles takes roles from the account, of those that it has. It returns the
// errors of SetRoles.
func (a *Accounts) RevokeRoles(ctx context.Context, id string, roles []string) (*User, error) {
	return a.changeOutranked(ctx, id, func(u *User) {
		u.Roles = slices.DeleteFunc(set(u.Roles), func(role string) bool { return slices.Contains(roles, role) })
	})
}

// Disable ends the account's sessions and refuses its logins. It returns
// [ErrRank], [ErrUserNotFound] and [ErrLastAdmin].
func (a *Accounts) Disable(ctx context.Context, id string) (*User, error) {
	return a.changeOutranked(ctx, id, func(u *User) { u.Disabled = true })
}

// Enable lets the account log in again. It returns [ErrRank] and
// [ErrUserNotFound].
func (a *Accounts) Enable(ctx context.Context, id string) (*User, error) {
	return a.changeOutranked(ctx, id, func(u *User) { u.Disabled = false })
}

// Delete deletes the account and returns its id. It returns [ErrRank],
// [ErrUserNotFound] and [ErrLastAdmin].
func (a *Accounts) Delete(ctx context.Context, id string) (string, error) {
	p, err := caller(ctx)
	if err != nil {
		return "", err
	}
	if id, err = parseID("id", id); err != nil {
		return "", err
	}
	return id, a.Store.DeleteUser(ctx, id, func(u *User) error { return a.checkRank(p, u) })
}

// DeleteMe deletes the caller's own account and returns its id. It returns
// [ErrInvalidCredentials] if the password is wrong, [ErrStepUp] if it is missing, and
// [ErrLastAdmin].
func (a *Accounts) DeleteMe(ctx context.Context, currentPassword *string) (string, error) {
	p, err := caller(ctx)
	if err != nil {
		return "", err
	}
	if err := a.Passwords.Approve(ctx, p, currentPassword); err != nil {
		return "", err
	}
	return p.ID, a.Store.DeleteUser(ctx, p.ID, func(*User) error { return nil })
}

// SubjectAs returns the subject of a permission check on behalf of others: any
// account with the role, or the one account. It returns an [*InputError] unless
// exactly one of role and userID is set, or if it is malformed or the role does
// not exist, and [ErrUserNotFound] if the account does not exist.
func (a *Accounts) SubjectAs(ctx context.Context, role, userID *string) (*policy.Subject, error) {
	switch {
	case (role == nil) == (userID == nil):
		return nil, &InputError{Field: "role", Message: "Give either role or userId."}
	case role != nil:
		if !a.Revocations.HasRole(*role) {
			return nil, &InputError{Field: "role", Message: "This role does not exist."}
		}
		roles := []string{*role}
		return &policy.Subject{Roles: roles, Scopes: a.Revocations.Grant(roles, nil)}, nil
	}
	id, err := parseID("userId", *userID)
	if err != nil {
		return nil, err
	}
	u, err := a.Store.User(ctx, id)
	if err != nil {
		return nil, err
	}
	return &policy.Subject{ID: u.ID, Roles: u.Roles, Scopes: a.Revocations.Grant(u.Roles, nil)}, nil
}

// changeOutranked changes an account that the caller outranks.
func (a *Accounts) changeOutranked(ctx context.Context, id string, change func(*User)) (*User, error) {
	p, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if id, err = parseID("id", id); err != nil {
		return nil, err
	}
	return a.Store.ChangeUser(ctx, id, func(u *User) error {
		if err := a.checkRank(p, u); err != nil {
			return err
		}
		had := len(u.Roles)
		change(u)
		return checkRoles(u.Roles, had)
	})
}

// CheckRank returns [ErrRank] unless the caller has every scope that the account's
// roles grant.
func (a *Accounts) CheckRank(ctx context.Context, u *User) error {
	p, err := caller(ctx)
	if err != nil {
		return err
	}
	return a.checkRank(p, u)
}

// CheckGiver returns [ErrRank] unless the account, as it is now, could give others these
// roles, and may change accounts at all.
func (a *Accounts) CheckGiver(giver *User, roles []string) error {
	p := &Principal{ID: giver.ID, Roles: giver.Roles, Scopes: a.Revocations.Grant(giver.Roles, nil)}
	if giver.Disabled || !p.Covers([]string{"write:users"}) {
		return fmt.Errorf("%w: %q", ErrRank, giver.ID)
	}
	return a.checkRank(p, &User{Roles: roles})
}

// checkRank is the one rule outside of the schema, because it compares two
// accounts: to change, disable or delete an account, the caller needs every scope
// that the account's roles grant. So only an administrator changes an
// administrator. It returns [ErrRank].
func (a *Accounts) checkRank(p *Principal, u *User) error {
	if slices.Contains(u.Roles, RoleAdmin) && !p.Administers() {
		return fmt.Errorf("%w: %q is an administrator", ErrRank, u.ID)
	}
	known := authority(a.Revocations)
	if p.state != nil { // it is newer
		known = p.state
	}
	if !p.Covers(known.Grant(u.Roles, nil)) {
		return fmt.Errorf("%w: %q", ErrRank, u.ID)
	}
	return nil
}

// parseID returns a UUID in its canonical form, as the database has it, or an
// [*InputError] for the field.
func parseID(field, id string) (string, error) {
	parsed, err := uuid.Parse(id)
	if err != nil || len(id) != 36 {
		return "", &InputError{Field: field, Message: "An id is a UUID, such as 0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63."}
	}
	return parsed.String(), nil
}
