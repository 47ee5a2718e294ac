package command

import (
	"context"
	"errors"
	"fmt"

	"gatehouse/auth"
	"gatehouse/auth/operator"
	"gatehouse/command/terminal"
	"gatehouse/server"
)

// userCommands manage accounts. A running service applies a change at once.
type userCommands struct {
	Create        userCreate        `cmd:"" help:"Create an account."`
	Invite        userInvite        `cmd:"" help:"Invite the reader of an email address to make an account, by mail."`
	List          userList          `cmd:"" help:"List all accounts."`
	Grant         userGrant         `cmd:"" help:"Give an account roles, besides those it has."`
	Revoke        userRevoke        `cmd:"" help:"Take roles from an account."`
	SetRoles      userSetRoles      `cmd:"" help:"Replace all roles of an account."`
	Disable       userDisable       `cmd:"" help:"Disable an account: end its sessions and API keys, and refuse new ones."`
	Enable        userEnable        `cmd:"" help:"Enable a disabled account."`
	Delete        userDelete        `cmd:"" help:"Delete an account for good."`
	ResetPassword userResetPassword `cmd:"" help:"Give an account a new password and end its sessions."`
	ResetFactors  userResetFactors  `cmd:"" help:"Remove all second factors of an account and end its sessions."`
}

// An account is the argument that names an account.
type account struct {
	Account string `arg:"" name:"email-or-id" help:"The account's email address or id."`
}

// find returns the account.
func (a account) find(ctx context.Context, op *operator.Operator) (*auth.User, error) {
	u, err := op.Find(ctx, a.Account)
	if errors.Is(err, auth.ErrNotFound) {
		return nil, errors.New("no account has this email address or id")
	}
	return u, err
}

// changeUsers works on accounts.
func changeUsers(ctx context.Context, e *Env, do func(context.Context, *server.Deployment, *operator.Operator) error) error {
	return e.ChangeTables(ctx, func(ctx context.Context, d *server.Deployment) error {
		op, err := d.Operator()
		if err != nil {
			return err
		}
		return do(ctx, d, op)
	})
}

// A userChange changes the account with the id.
type userChange func(ctx context.Context, accounts *auth.Accounts, id string) (*auth.User, error)

// A changedAccount is an account that a command changes and prints.
type changedAccount struct {
	account
	terminal.JSONFlag
}

// change finds the account, changes it and prints its address with the result.
func (a changedAccount) change(ctx context.Context, e *Env, change userChange, result func(*auth.User) string) error {
	return changeUsers(ctx, e, func(ctx context.Context, _ *server.Deployment, op *operator.Operator) error {
		u, err := a.find(ctx, op)
		if err != nil {
			return err
		}
		if u, err = change(ctx, op.Accounts, u.ID); err != nil {
			return err
		}
		return a.print(e, u, result)
	})
}

func (a changedAccount) print(e *Env, u *auth.User, result func(*auth.User) string) error {
	return a.Answer(e.Terminal, newUserJSON(u), func() error { return e.Terminal.Printf("%s %s", u.Label(), result(u)) })
}

type userDisable struct{ changedAccount }

// Run disables the account.
func (c *userDisable) Run(ctx context.Context, e *Env) error {
	disable := func(ctx context.Context, accounts *auth.Accounts, id string) (*auth.User, error) {
		return accounts.Disable(ctx, id)
	}
	return c.change(ctx, e, disable, func(*auth.User) string { return "is disabled" })
}

type userEnable struct{ changedAccount }

// Run enables the account.
func (c *userEnable) Run(ctx context.Context, e *Env) error {
	enable := func(ctx context.Context, accounts *auth.Accounts, id string) (*auth.User, error) {
		return accounts.Enable(ctx, id)
	}
	return c.change(ctx, e, enable, func(*auth.User) string { return "is enabled" })
}

type userDelete struct {
	changedAccount
	terminal.Confirmation
}

// Run deletes the account.
func (c *userDelete) Run(ctx context.Context, e *Env) error {
	return changeUsers(ctx, e, func(ctx context.Context, _ *server.Deployment, op *operator.Operator) error {
		u, err := c.find(ctx, op)
		if err != nil {
			return err
		}
		question := fmt.Sprintf("Delete %s (id %s, roles: %s) for good?", u.Label(), u.ID, terminal.List(u.Roles))
		if err := c.Confirm(ctx, e.Terminal, question); err != nil {
			return err
		}
		if _, err := op.Accounts.Delete(ctx, u.ID); err != nil {
			return err
		}
		return c.Answer(e.Terminal, newUserJSON(u), func() error { return e.Terminal.Printf("%s is deleted", u.Label()) })
	})
}
