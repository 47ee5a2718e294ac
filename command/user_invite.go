package command

import (
	"context"
	"time"

	"gatehouse/auth/bymail"
	"gatehouse/command/terminal"
	"gatehouse/server"
)

type userInvite struct {
	Email    string   `arg:"" help:"The email address to invite."`
	Role     []string `placeholder:"ROLE" help:"A role that the account gets; repeat it for several. Without any, it is user."`
	Language *string  `placeholder:"LANGUAGE" help:"The language of the mail, such as de."`
	terminal.JSONFlag
}

// Help is shown by user invite --help.
func (userInvite) Help() string {
	return `A running service sends the mail. If an invitation to the address is open, the same link is sent again, with these roles.`
}

// An invitationJSON is what user invite --json prints.
type invitationJSON struct {
	ID        string    `json:"id"`
	Email     string    `json:"email"`
	Roles     []string  `json:"roles"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// Run queues an invitation.
func (c *userInvite) Run(ctx context.Context, e *Env) error {
	return e.ChangeTables(ctx, func(ctx context.Context, d *server.Deployment) error {
		desk, err := d.Desk(ctx)
		if err != nil {
			return err
		}
		in, err := desk.InviteAsOperator(ctx, bymail.InviteInput{Email: c.Email, Roles: c.Role, Locale: c.Language})
		if err != nil {
			return err
		}
		return c.Answer(e.Terminal, invitationJSON{in.ID, in.Email, in.Roles, in.ExpiresAt}, func() error {
			return e.Terminal.Printf("invited %s until %s", in.Email, in.ExpiresAt.Format(time.DateTime))
		})
	})
}
