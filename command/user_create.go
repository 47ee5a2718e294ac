package command

import (
	"context"
	"errors"

	"gatehouse/auth"
	"gatehouse/auth/email"
	"gatehouse/auth/operator"
	"gatehouse/auth/services"
	"gatehouse/command/terminal"
	"gatehouse/server"
	"gatehouse/settings"
)

type userCreate struct {
	Email   string   `arg:"" help:"The address to log in with, or the name of the program with --service."`
	Service bool     `help:"Create an account for a program, to which no one can log in: it acts with API keys."`
	Name    string   `help:"The name to show, of a person."`
	Role    []string `placeholder:"ROLE" help:"A role of the account; repeat it for several. The default is user, and none for a program."`
	passwordFlag
	terminal.JSONFlag
}

// A newPasswordJSON is an account that was given a password.
type newPasswordJSON struct {
	userJSON
	Password *string `json:"password"` // null if the command did not make it
}

// Help is shown by user create --help.
func (userCreate) Help() string { return passwordHelp }

// Run creates an account. It checks the address before it asks for a password,
// and asks before it opens the database.
func (c *userCreate) Run(ctx context.Context, e *Env) error {
	if c.Service {
		return c.createService(ctx, e)
	}
	s, err := settings.Read(e.Environ, e.Dotenv)
	if err != nil {
		return err
	}
	if _, err := email.Parse(c.Email); err != nil {
		return err
	}
	given, err := c.read(ctx, e.Terminal, func(typed string) error { return s.PasswordRules().Check(typed, c.Email, c.Name) })
	if err != nil {
		return err
	}
	return changeUsers(ctx, e, func(ctx context.Context, _ *server.Deployment, op *operator.Operator) error {
		password, made := orMade(given, op)
		u, err := op.Create(ctx, auth.NewUser{Email: c.Email, Name: &c.Name, Password: password, Roles: c.roles()})
		if err != nil {
			return err
		}
		return c.Answer(e.Terminal, newPasswordJSON{newUserJSON(u), optional(made)}, func() error {
			err := e.Terminal.Printf("id        %s\nemail     %s\nroles     %s", u.ID, u.Email, terminal.List(u.Roles))
			if err != nil {
				return err
			}
			return printMade(e.Terminal, made)
		})
	})
}

// createService creates an account for a program.
func (c *userCreate) createService(ctx context.Context, e *Env) error {
	if c.Name != "" || c.PasswordStdin {
		return errors.New("a program has one name and no password: gatehouse user create --service billing")
	}
	return changeUsers(ctx, e, func(ctx context.Context, d *server.Deployment, op *operator.Operator) error {
		programs := &services.Accounts{Store: d.Store, Accounts: op.Accounts, Now: op.Now}
		u, err := programs.Create(ctx, services.Input{Name: c.Email, Roles: c.Role})
		if err != nil {
			return err
		}
		return c.Answer(e.Terminal, newUserJSON(u), func() error {
			return e.Terminal.Printf("id        %s\nname      %s\nroles     %s", u.ID, u.Label(), terminal.List(u.Roles))
		})
	})
}

func (c *userCreate) roles() []string {
	if len(c.Role) == 0 {
		return []string{auth.RoleUser}
	}
	return c.Role
}

type userResetPassword struct {
	changedAccount
	passwordFlag
}

// Help is shown by user reset-password --help.
func (userResetPassword) Help() string { return passwordHelp }

// Run gives the account a new password.
func (c *userResetPassword) Run(ctx context.Context, e *Env) error {
	s, err := settings.Read(e.Environ, e.Dotenv)
	if err != nil {
		return err
	}
	given, err := c.read(ctx, e.Terminal, func(typed string) error { return s.PasswordRules().Check(typed, c.Account, "") })
	if err != nil {
		return err
	}
	return changeUsers(ctx, e, func(ctx context.Context, d *server.Deployment, op *operator.Operator) error {
		u, err := c.find(ctx, op)
		if err != nil {
			return err
		}
		password, made := orMade(given, op)
		if err := op.ResetPassword(ctx, u, password); err != nil {
			return err
		}
		d.ForgetAdminPassword(u)
		return c.Answer(e.Terminal, newPasswordJSON{newUserJSON(u), optional(made)}, func() error {
			if err := e.Terminal.Printf("%s has a new password", u.Email); err != nil {
				return err
			}
			return printMade(e.Terminal, made)
		})
	})
}
