package clients

import (
	"context"
	"errors"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/oauth/clients"
	"gatehouse/command/terminal"
	"gatehouse/command/work"
	"gatehouse/server"
)

// GrantCommands manage what people allowed applications.
type GrantCommands struct {
	List   grantList   `cmd:"" help:"List what people allowed applications, the newest first."`
	Revoke grantRevoke `cmd:"" help:"Take back what an account allowed a client, and end its tokens."`
}

// grantLimit is the maximum number of grants in a list.
const grantLimit = 1000

// A grantJSON is a grant in the array that grant list --json prints.
type grantJSON struct {
	UserID     string    `json:"userId"`
	ClientID   string    `json:"clientId"`
	Scopes     []string  `json:"scopes"`
	Resources  []string  `json:"resources"`
	CreatedAt  time.Time `json:"createdAt"`
	ChangedAt  time.Time `json:"changedAt"`
	LastUsedAt time.Time `json:"lastUsedAt"`
}

type grantList struct {
	Account *string `arg:"" optional:"" name:"email-or-id" help:"The account's email address or id. The default is all accounts."`
	terminal.JSONFlag
}

// Run lists grants.
func (c *grantList) Run(ctx context.Context, e *work.Env) error {
	return e.OnTables(ctx, func(ctx context.Context, d *server.Deployment) error {
		userID := ""
		if c.Account != nil {
			u, err := find(ctx, d, *c.Account)
			if err != nil {
				return err
			}
			userID = u.ID
		}
		grants, err := d.Store.Grants(ctx, userID, grantLimit)
		if err != nil {
			return err
		}
		if len(grants) == grantLimit {
			e.Terminal.Warnf("these are the %d newest grants; there may be more", grantLimit)
		}
		list := make([]grantJSON, len(grants))
		for i, g := range grants {
			list[i] = grantJSON{g.UserID, g.ClientID, g.Scopes, g.Resources, g.CreatedAt, g.ChangedAt, g.LastUsedAt}
		}
		return c.Answer(e.Terminal, list, func() error {
			table := e.Terminal.Table("ACCOUNT", "CLIENT", "CREATED", "LAST USED", "SCOPES")
			for _, g := range grants {
				table.Row(g.UserID, g.ClientID, g.CreatedAt.Format(time.RFC3339), g.LastUsedAt.Format(time.RFC3339), terminal.List(g.Scopes))
			}
			return table.Flush()
		})
	})
}

type grantRevoke struct {
	Account string `arg:"" name:"email-or-id" help:"The account's email address or id."`
	Client  string `arg:"" name:"client-id" help:"The client's id, as grant list prints it."`
}

// Run takes back a grant.
func (c *grantRevoke) Run(ctx context.Context, e *work.Env) error {
	return e.ChangeTables(ctx, func(ctx context.Context, d *server.Deployment) error {
		u, err := find(ctx, d, c.Account)
		if err != nil {
			return err
		}
		err = d.Store.RevokeGrant(ctx, u.ID, c.Client)
		if errors.Is(err, clients.ErrGrantNotFound) {
			return errors.New("this account has allowed the client nothing; gatehouse grant list prints what it allowed")
		}
		if err != nil {
			return err
		}
		return e.Terminal.Printf("the grant of %s to %s is revoked", u.Label(), c.Client)
	})
}

// find returns an account.
func find(ctx context.Context, d *server.Deployment, account string) (*auth.User, error) {
	op, err := d.Operator()
	if err != nil {
		return nil, err
	}
	u, err := op.Find(ctx, account)
	if errors.Is(err, auth.ErrNotFound) {
		return nil, errors.New("no account has this email address or id")
	}
	return u, err
}
