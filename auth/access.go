package auth

import (
	"context"

	"gatehouse/auth/policy"
)

// SubjectAs returns whom an administrator asks about: anybody with the one role, or the one account. An *InputError unless exactly one is
// given, and for what is none; ErrNotFound.
func (a *Accounts) SubjectAs(ctx context.Context, role, userID *string) (*policy.Subject, error) {
	switch {
	case (role == nil) == (userID == nil):
		return nil, &InputError{Field: "role", Message: "Give either role or userId."}
	case role != nil:
		if !a.Live.HasRole(*role) {
			return nil, &InputError{Field: "role", Message: "There is no such role."}
		}
		roles := []string{*role}
		return &policy.Subject{Roles: roles, Scopes: a.Live.Grant(roles, nil)}, nil
	}
	id, err := parseID("userId", *userID)
	if err != nil {
		return nil, err
	}
	u, err := a.Store.User(ctx, id)
	if err != nil {
		return nil, err
	}
	return &policy.Subject{ID: u.ID, Roles: u.Roles, Scopes: a.Live.Grant(u.Roles, nil)}, nil
}
