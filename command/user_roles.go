package command

import (
	"context"

	"gatehouse/auth"
	"gatehouse/auth/operator"
	"gatehouse/command/terminal"
	"gatehouse/server"
)

// hasRoles says which roles an account has after a change.
func hasRoles(u *auth.User) string { return "has the roles: " + terminal.List(u.Roles) }

type userGrant struct {
	changedAccount
	Role []string `arg:"" help:"The roles to add."`
}

// Run gives the account roles.
func (c *userGrant) Run(ctx context.Context, e *Env) error {
	grant := func(ctx context.Context, accounts *auth.Accounts, id string) (*auth.User, error) {
		return accounts.GrantRoles(ctx, id, c.Role)
	}
	return c.change(ctx, e, grant, hasRoles)
}

type userRevoke struct {
	changedAccount
	Role []string `arg:"" help:"The roles to remove."`
}

// Run takes roles from the account. One that it doesn't have is done already,
// but one that does not exist is a mistake.
func (c *userRevoke) Run(ctx context.Context, e *Env) error {
	return changeUsers(ctx, e, func(ctx context.Context, d *server.Deployment, op *operator.Operator) error {
		if err := (&operator.Roles{Store: d.Store}).Check(ctx, c.Role); err != nil {
			return err
		}
		u, err := c.find(ctx, op)
		if err != nil {
			return err
		}
		if u, err = op.Accounts.RevokeRoles(ctx, u.ID, c.Role); err != nil {
			return err
		}
		return c.print(e, u, hasRoles)
	})
}

type userSetRoles struct {
	changedAccount
	Role []string `arg:"" help:"The account's new roles."`
}

// Run replaces the account's roles.
func (c *userSetRoles) Run(ctx context.Context, e *Env) error {
	set := func(ctx context.Context, accounts *auth.Accounts, id string) (*auth.User, error) {
		return accounts.SetRoles(ctx, id, c.Role)
	}
	return c.change(ctx, e, set, hasRoles)
}
