package command

import (
	"context"

	"gatehouse/auth"
	"gatehouse/server"
)

type userResetFactors struct{ changedAccount }

// Help is shown by user reset-factors --help.
func (userResetFactors) Help() string {
	return `For someone who has lost their authenticator app or passkeys, and the recovery codes too. Make sure who asks for it: afterwards the password is enough. The owner is told by mail.`
}

// Run removes the account's second factors and ends its sessions.
func (c *userResetFactors) Run(ctx context.Context, e *Env) error {
	return e.ChangeTables(ctx, func(ctx context.Context, d *server.Deployment) error {
		op, err := d.Operator()
		if err != nil {
			return err
		}
		u, err := c.find(ctx, op)
		if err != nil {
			return err
		}
		factors, err := d.Factors(ctx)
		if err != nil {
			return err
		}
		if u, err = factors.Reset(ctx, u.ID); err != nil {
			return err
		}
		return c.print(e, u, func(*auth.User) string { return "has no second factors" })
	})
}
