package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gatehouse/auth"
)

// userCommands look after accounts. What they change takes effect in a running service at once.
type userCommands struct {
	Create        userCreate        `cmd:"" help:"Make an account."`
	List          userList          `cmd:"" help:"List all accounts."`
	SetRoles      userSetRoles      `cmd:"" help:"Give an account exactly these roles."`
	Disable       userDisable       `cmd:"" help:"Keep an account from logging in, and end its sessions."`
	Enable        userEnable        `cmd:"" help:"Let an account log in again."`
	Delete        userDelete        `cmd:"" help:"Delete an account for good."`
	ResetPassword userResetPassword `cmd:"" help:"Give an account a new password, and end its sessions."`
}

// An account is named by its address or its id.
type account struct {
	Account string `arg:"" name:"email-or-id" help:"The account's e-mail address or id."`
}

// find returns the account that is meant.
func (a account) find(ctx context.Context, d *deployment) (*auth.User, error) {
	u, err := d.operator().Find(ctx, a.Account)
	if errors.Is(err, auth.ErrNotFound) {
		return nil, errors.New("no account has this e-mail address or id")
	}
	return u, err
}

// A userChange changes the account with the id.
type userChange func(ctx context.Context, accounts *auth.Accounts, id string) (*auth.User, error)

// change finds the account, changes it, and says in a line what became of it.
func (a account) change(t *session, change userChange, became func(*auth.User) string) error {
	return t.onTables(func(ctx context.Context, d *deployment) error {
		u, err := a.find(ctx, d)
		if err != nil {
			return err
		}
		if u, err = change(ctx, d.operator().Accounts, u.ID); err != nil {
			return err
		}
		return t.say("%s %s", u.Email, became(u))
	})
}

type userSetRoles struct {
	account
	Role []string `arg:"" help:"The roles it has from now on."`
}

// Run replaces the account's roles.
func (c *userSetRoles) Run(t *session) error {
	set := func(ctx context.Context, accounts *auth.Accounts, id string) (*auth.User, error) {
		return accounts.SetRoles(ctx, id, c.Role)
	}
	return c.change(t, set, func(u *auth.User) string { return "has the roles: " + listed(u.Roles) })
}

type userDisable struct{ account }

// Run disables the account.
func (c *userDisable) Run(t *session) error {
	disable := func(ctx context.Context, accounts *auth.Accounts, id string) (*auth.User, error) {
		return accounts.Disable(ctx, id)
	}
	return c.change(t, disable, func(*auth.User) string { return "is disabled" })
}

type userEnable struct{ account }

// Run enables the account.
func (c *userEnable) Run(t *session) error {
	enable := func(ctx context.Context, accounts *auth.Accounts, id string) (*auth.User, error) {
		return accounts.Enable(ctx, id)
	}
	return c.change(t, enable, func(*auth.User) string { return "is enabled" })
}

type userDelete struct {
	account
	confirmation
}

// Run deletes the account.
func (c *userDelete) Run(t *session) error {
	return t.onTables(func(ctx context.Context, d *deployment) error {
		u, err := c.find(ctx, d)
		if err != nil {
			return err
		}
		question := fmt.Sprintf("Delete %s (id %s, roles: %s) for good?", u.Email, u.ID, listed(u.Roles))
		if err := c.confirm(t, question); err != nil {
			return err
		}
		if _, err := d.operator().Accounts.Delete(ctx, u.ID); err != nil {
			return err
		}
		return t.say("%s is deleted", u.Email)
	})
}

// listed is how a list of names is shown to a person.
func listed(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
