package main

import (
	"context"

	"gatehouse/auth"
)

// passwordHelp is what the help of a command that sets a password says beside its flags.
const passwordHelp = `At a terminal the password is asked for. Elsewhere it comes from --password-stdin, or one is made and printed.`

type userCreate struct {
	Email string   `arg:"" help:"The address to log in with."`
	Name  string   `help:"The name to show."`
	Role  []string `placeholder:"ROLE" help:"A role the account gets; may be given several times. Without one it gets: user."`
	passwordSource
}

// Help is what the command's own help says beside its flags.
func (userCreate) Help() string { return passwordHelp }

// Run makes an account. A wrong address is refused before a password is asked for, and no database waits for a person to think.
func (c *userCreate) Run(t *session) error {
	s, err := t.settings()
	if err != nil {
		return err
	}
	if _, err := auth.ParseEmail("email", c.Email); err != nil {
		return err
	}
	given, err := c.password(t, func(typed string) error { return s.rules().Check(typed, c.Email, c.Name) })
	if err != nil {
		return err
	}
	return t.onTables(func(ctx context.Context, d *deployment) error {
		operator := d.operator()
		password, made := orMade(given, operator)
		u, err := operator.Create(ctx, auth.NewUser{Email: c.Email, Name: &c.Name, Password: password, Roles: c.roles()})
		if err != nil {
			return err
		}
		if err := t.say("id        %s\ne-mail    %s\nroles     %s", u.ID, u.Email, listed(u.Roles)); err != nil {
			return err
		}
		return t.showMade(made)
	})
}

func (c *userCreate) roles() []string {
	if len(c.Role) == 0 {
		return []string{auth.RoleUser}
	}
	return c.Role
}

type userResetPassword struct {
	account
	passwordSource
}

// Help is what the command's own help says beside its flags.
func (userResetPassword) Help() string { return passwordHelp }

// Run gives the account another password.
func (c *userResetPassword) Run(t *session) error {
	s, err := t.settings()
	if err != nil {
		return err
	}
	given, err := c.password(t, func(typed string) error { return s.rules().Check(typed, c.Account, "") })
	if err != nil {
		return err
	}
	return t.onTables(func(ctx context.Context, d *deployment) error {
		u, err := c.find(ctx, d)
		if err != nil {
			return err
		}
		operator := d.operator()
		password, made := orMade(given, operator)
		if err := operator.ResetPassword(ctx, u, password); err != nil {
			return err
		}
		d.forgetAdminPassword(u)
		if err := t.say("%s has a new password", u.Email); err != nil {
			return err
		}
		return t.showMade(made)
	})
}
