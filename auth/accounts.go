package auth

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
)

// UserStore is what the care of accounts needs remembered.
type UserStore interface {
	// User returns the account with the id, or ErrNotFound.
	User(ctx context.Context, id string) (*User, error)
	// Users returns the accounts of a page, in the order of their ids.
	Users(ctx context.Context, page UserPage) ([]*User, error)
	// CountUsers counts the accounts that the filter meets.
	CountUsers(ctx context.Context, filter UserFilter) (int, error)
	// ChangeUser locks the account, has change look at it and alter it, and keeps what it altered, together with what follows from it:
	// a disabled account's sessions end, changed roles are told to every replica. What change returns as an error undoes all.
	// ErrNotFound; ErrLastAdmin; a *ConflictError for a taken address; an *InputError for a role there is none of.
	ChangeUser(ctx context.Context, id string, change func(*User) error) (*User, error)
	// DeleteUser locks the account, asks allow, and deletes it with all that belongs to it. ErrNotFound; ErrLastAdmin.
	DeleteUser(ctx context.Context, id string, allow func(*User) error) error
}

// Accounts looks after accounts.
type Accounts struct {
	Store     UserStore
	Passwords *Passwords
	Live      *Live
}

// ChangeEmailInput is what it takes to change one's own e-mail address.
type ChangeEmailInput struct {
	Email           string
	CurrentPassword string
}

// A UserUpdate is what shall change of an account. What is nil stays; a pointer to nil takes the value away.
type UserUpdate struct {
	Name  **string
	Email **string // an account can't be without
}

// Me returns the caller's own account.
func (a *Accounts) Me(ctx context.Context) (*User, error) {
	p, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	return a.Store.User(ctx, p.ID)
}

// User returns the account with the id. ErrNotFound; an *InputError for an id that is no UUID.
func (a *Accounts) User(ctx context.Context, id string) (*User, error) {
	id, err := parseID("id", id)
	if err != nil {
		return nil, err
	}
	return a.Store.User(ctx, id)
}

// Users returns a page of accounts. An *InputError for a page size out of range, a forged cursor, or a filter that can't be one.
func (a *Accounts) Users(ctx context.Context, first *int, after *string, filter *UserFilter) (*UserConnection, error) {
	page := UserPage{Limit: 20}
	if first != nil {
		page.Limit = *first
	}
	if page.Limit < 0 || page.Limit > pageLimit {
		return nil, &InputError{Field: "first", Message: "A page holds 0 to 100 accounts."}
	}
	if after != nil {
		id, ok := position(*after)
		if !ok {
			return nil, &InputError{Field: "after", Message: "This is no cursor of this list. Use endCursor of the page before."}
		}
		page.After = id
	}
	if filter != nil {
		if err := filter.check(); err != nil {
			return nil, err
		}
		page.Filter = *filter
	}
	more := page
	more.Limit++
	users, err := a.Store.Users(ctx, more)
	if err != nil {
		return nil, err
	}
	return connection(users, page), nil
}

// check refuses what no address, name or role can hold, and what the database could not compare.
func (f *UserFilter) check() error {
	for field, value := range map[string]*string{"filter.email": f.Email, "filter.name": f.Name, "filter.role": f.Role} {
		if value != nil && (len(*value) > 1024 || strings.ContainsRune(*value, 0) || !utf8.ValidString(*value)) {
			return &InputError{Field: field, Message: "This can't be the beginning of anything: it is too long or holds a NUL."}
		}
	}
	return nil
}

// Count counts the accounts that the filter meets.
func (a *Accounts) Count(ctx context.Context, filter UserFilter) (int, error) {
	return a.Store.CountUsers(ctx, filter)
}

// Update changes an account: the caller's own, or one that the caller outranks. ErrRank; ErrNotFound; an *InputError; a *ConflictError.
func (a *Accounts) Update(ctx context.Context, id string, in UserUpdate) (*User, error) {
	p, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	return a.change(ctx, id, func(u *User) error {
		if id != p.ID || in.Email != nil {
			if err := a.rank(p, u); err != nil {
				return err
			}
		}
		return in.apply(u)
	})
}

// apply puts the change into u.
func (in UserUpdate) apply(u *User) error {
	if in.Name != nil {
		name, err := parseName(*in.Name)
		if err != nil {
			return err
		}
		u.Name = name
	}
	if in.Email == nil {
		return nil
	}
	if *in.Email == nil {
		return &InputError{Field: "input.email", Message: "An account can't be without an e-mail address."}
	}
	return u.move("input.email", **in.Email)
}

// move gives the account another address, which is unverified unless it is the same one.
func (u *User) move(field, typed string) error {
	address, err := ParseEmail(field, typed)
	if err != nil {
		return err
	}
	old, err := ParseEmail(field, u.Email)
	u.EmailVerified = u.EmailVerified && err == nil && old.Key == address.Key
	u.Email = address.Shown
	return nil
}

// ChangeEmail changes the caller's own address. ErrInvalidCredentials for a wrong password; an *InputError; a *ConflictError.
func (a *Accounts) ChangeEmail(ctx context.Context, in ChangeEmailInput) (*User, error) {
	p, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := a.Passwords.confirm(ctx, p.ID, in.CurrentPassword); err != nil {
		return nil, err
	}
	return a.Store.ChangeUser(ctx, p.ID, func(u *User) error { return u.move("input.email", in.Email) })
}

// SetRoles gives the account exactly these roles. ErrRank; ErrNotFound; ErrLastAdmin; an *InputError for a role there is none of.
func (a *Accounts) SetRoles(ctx context.Context, id string, roles []string) (*User, error) {
	roles = set(roles)
	return a.ranked(ctx, id, func(u *User) error {
		u.Roles = roles
		return nil
	})
}

// Disable keeps the account from logging in, and ends its sessions. ErrRank; ErrNotFound; ErrLastAdmin.
func (a *Accounts) Disable(ctx context.Context, id string) (*User, error) {
	return a.ranked(ctx, id, func(u *User) error {
		u.Disabled = true
		return nil
	})
}

// Enable lets the account log in again. ErrRank; ErrNotFound.
func (a *Accounts) Enable(ctx context.Context, id string) (*User, error) {
	return a.ranked(ctx, id, func(u *User) error {
		u.Disabled = false
		return nil
	})
}

// Delete deletes the account for good. ErrRank; ErrNotFound; ErrLastAdmin.
func (a *Accounts) Delete(ctx context.Context, id string) (string, error) {
	p, err := caller(ctx)
	if err != nil {
		return "", err
	}
	id, err = parseID("id", id)
	if err != nil {
		return "", err
	}
	return id, a.Store.DeleteUser(ctx, id, func(u *User) error { return a.rank(p, u) })
}

// DeleteMe deletes the caller's own account for good. ErrInvalidCredentials for a wrong password; ErrLastAdmin.
func (a *Accounts) DeleteMe(ctx context.Context, currentPassword string) (string, error) {
	p, err := caller(ctx)
	if err != nil {
		return "", err
	}
	if _, err := a.Passwords.confirm(ctx, p.ID, currentPassword); err != nil {
		return "", err
	}
	return p.ID, a.Store.DeleteUser(ctx, p.ID, func(*User) error { return nil })
}

// ranked changes an account that the caller outranks.
func (a *Accounts) ranked(ctx context.Context, id string, change func(*User) error) (*User, error) {
	p, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	return a.change(ctx, id, func(u *User) error {
		if err := a.rank(p, u); err != nil {
			return err
		}
		return change(u)
	})
}

func (a *Accounts) change(ctx context.Context, id string, change func(*User) error) (*User, error) {
	id, err := parseID("id", id)
	if err != nil {
		return nil, err
	}
	return a.Store.ChangeUser(ctx, id, change)
}

// rank is the one rule that stands outside the schema, because it compares two accounts: whoever changes, disables or deletes an account
// has every scope that its roles grant, so that only an administrator changes an administrator.
func (a *Accounts) rank(p *Principal, u *User) error {
	if slices.Contains(u.Roles, RoleAdmin) && !p.operator && !slices.Contains(p.Roles, RoleAdmin) {
		return fmt.Errorf("%w: %q is an administrator", ErrRank, u.ID)
	}
	known := knowledge(a.Live)
	if p.standing != nil { // which is newer
		known = p.standing
	}
	if !p.covers(known.Grant(u.Roles, nil)) {
		return fmt.Errorf("%w: %q", ErrRank, u.ID)
	}
	return nil
}

// parseID returns the id in its canonical form, the one the database has. An *InputError names the field.
func parseID(field, id string) (string, error) {
	parsed, err := uuid.Parse(id)
	if err != nil || len(id) != 36 {
		return "", &InputError{Field: field, Message: "An id is a UUID, such as 0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63."}
	}
	return parsed.String(), nil
}
