// Package clients has the commands on clients, resources and grants of OAuth. A running
// service applies a change at once.
package clients

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/oauth/clients"
	"gatehouse/command/terminal"
	"gatehouse/command/work"
	"gatehouse/server"
)

// Commands manage clients.
type Commands struct {
	Create       create       `cmd:"" help:"Register a client and print its secret."`
	List         list         `cmd:"" help:"List the clients, oldest first."`
	Show         show         `cmd:"" help:"Print a client."`
	Update       update       `cmd:"" help:"Change a client. What is taken from it is taken from its tokens."`
	RotateSecret rotateSecret `cmd:"" help:"Give a client another secret and print it."`
	Disable      disable      `cmd:"" help:"Disable a client: end its tokens, and give it no more."`
	Enable       enable       `cmd:"" help:"Enable a disabled client."`
	Delete       remove       `cmd:"" help:"Delete a client for good, with what people allowed it."`
	Check        check        `cmd:"" help:"Judge a client. The exit status is 1 if something should be changed."`
}

// A clientJSON is a client as the commands print it with --json.
type clientJSON struct {
	ID                     string                    `json:"id"`
	Name                   string                    `json:"name"`
	Kind                   clients.Kind              `json:"kind"`
	URI                    *string                   `json:"uri"`
	RedirectURIs           []string                  `json:"redirectUris"`
	PostLogoutRedirectURIs []string                  `json:"postLogoutRedirectUris"`
	Grants                 []clients.GrantType       `json:"grants"`
	Scopes                 []string                  `json:"scopes"`
	Resources              []string                  `json:"resources"`
	JWKS                   json.RawMessage           `json:"jwks"`
	AssertionAudience      clients.AssertionAudience `json:"assertionAudience"`
	ServiceAccountID       *string                   `json:"serviceAccountId"`
	FirstParty             bool                      `json:"firstParty"`
	PKCE                   bool                      `json:"pkce"`
	PushedRequests         bool                      `json:"pushedRequests"`
	IDTokenAlgorithm       clients.IDTokenAlgorithm  `json:"idTokenAlgorithm"`
	Documents              []string                  `json:"documents"`
	Disabled               bool                      `json:"disabled"`
	CreatedAt              time.Time                 `json:"createdAt"`
	UpdatedAt              time.Time                 `json:"updatedAt"`
	SecretCreatedAt        *time.Time                `json:"secretCreatedAt"`
}

// A newClientJSON is a client with the secret that it just got.
type newClientJSON struct {
	clientJSON
	ClientSecret *string `json:"clientSecret"`
}

func newClient(c *clients.Client) clientJSON {
	return clientJSON{
		c.ID, c.Name, c.Kind, c.URI, c.RedirectURIs, c.PostLogoutRedirectURIs, c.Grants, c.Scopes, c.Resources, c.JWKS, c.AssertionAudience,
		c.ServiceAccountID, c.FirstParty, c.PKCE, c.PushedRequests, c.IDTokenAlgorithm, c.Documents, c.Disabled, c.CreatedAt, c.UpdatedAt,
		c.SecretCreatedAt,
	}
}

// A named is the argument that names a client.
type named struct {
	ID string `arg:"" help:"The client's id, as client list prints it."`
}

// on works on clients.
func on(ctx context.Context, open func(context.Context, work.Func) error, do func(context.Context, *clients.Clients) error) error {
	return open(ctx, func(ctx context.Context, d *server.Deployment) error {
		all, err := d.Clients(ctx)
		if err != nil {
			return err
		}
		return do(ctx, all)
	})
}

// known says which client does not exist.
func known(err error) error {
	if errors.Is(err, clients.ErrNotFound) {
		return errors.New("no client has this id; gatehouse client list prints those that exist")
	}
	return err
}

type list struct{ terminal.JSONFlag }

// Run lists clients.
func (c *list) Run(ctx context.Context, e *work.Env) error {
	return on(ctx, e.OnTables, func(_ context.Context, all *clients.Clients) error {
		found := all.Registry.Page("", clients.MaxClients)
		printed := make([]clientJSON, len(found))
		for i, client := range found {
			printed[i] = newClient(client)
		}
		return c.Answer(e.Terminal, printed, func() error {
			table := e.Terminal.Table("ID", "KIND", "STATE", "CREATED", "SCOPES", "NAME")
			for _, client := range found {
				table.Row(client.ID, string(client.Kind), state(client), client.CreatedAt.Format(time.RFC3339), terminal.List(client.Scopes), client.Name)
			}
			return table.Flush()
		})
	})
}

func state(c *clients.Client) string {
	if c.Disabled {
		return "disabled"
	}
	return "enabled"
}

type show struct {
	named
	terminal.JSONFlag
}

// Run prints a client.
func (c *show) Run(ctx context.Context, e *work.Env) error {
	return on(ctx, e.OnTables, func(_ context.Context, all *clients.Clients) error {
		client, err := all.Client(c.ID)
		if err != nil {
			return known(err)
		}
		return c.Answer(e.Terminal, newClient(client), func() error { return describe(e.Terminal, client, nil) })
	})
}

// describe prints a client for people, with its secret if it just got one.
func describe(t *terminal.Terminal, c *clients.Client, secret *string) error {
	grants := make([]string, len(c.Grants))
	for i, g := range c.Grants {
		grants[i] = string(g)
	}
	text := ""
	line := func(name, value string) { text += fmt.Sprintf("%-14s%s\n", name, value) }
	line("id", c.ID)
	line("name", c.Name)
	line("kind", string(c.Kind))
	line("state", state(c))
	line("grants", terminal.List(grants))
	line("scopes", terminal.List(c.Scopes))
	for _, uri := range c.RedirectURIs {
		line("redirect", uri)
	}
	for _, uri := range c.PostLogoutRedirectURIs {
		line("after logout", uri)
	}
	for _, identifier := range c.Resources {
		line("resource", identifier)
	}
	if c.Documents != nil {
		line("documents", fmt.Sprint(len(c.Documents)))
	}
	if c.ServiceAccountID != nil {
		line("account", *c.ServiceAccountID)
	}
	if c.FirstParty {
		line("first party", "yes")
	}
	if !c.PKCE {
		line("PKCE", "not needed")
	}
	if secret != nil {
		line("secret", *secret)
	}
	return t.PrintText(text)
}

type rotateSecret struct {
	named
	Overlap time.Duration `default:"24h" placeholder:"DURATION" help:"How long the present secret still works: 0s to 168h."`
	terminal.JSONFlag
}

// Run gives a client another secret.
func (c *rotateSecret) Run(ctx context.Context, e *work.Env) error {
	return on(ctx, e.ChangeTables, func(ctx context.Context, all *clients.Clients) error {
		made, err := all.RotateSecret(ctx, c.ID, c.Overlap.String())
		if err != nil {
			return known(err)
		}
		return c.Answer(e.Terminal, newClientJSON{newClient(made.Client), made.ClientSecret}, func() error {
			return e.Terminal.Printf("%s", *made.ClientSecret)
		})
	})
}

type disable struct{ named }

// Run disables a client.
func (c *disable) Run(ctx context.Context, e *work.Env) error {
	return setDisabled(ctx, e, c.ID, true)
}

type enable struct{ named }

// Run enables a client.
func (c *enable) Run(ctx context.Context, e *work.Env) error {
	return setDisabled(ctx, e, c.ID, false)
}

func setDisabled(ctx context.Context, e *work.Env, id string, disabled bool) error {
	return on(ctx, e.ChangeTables, func(ctx context.Context, all *clients.Clients) error {
		client, err := all.SetDisabled(ctx, id, disabled)
		if err != nil {
			return known(err)
		}
		return e.Terminal.Printf("%s (%s) is %s", client.Name, client.ID, state(client))
	})
}

type remove struct {
	named
	terminal.Confirmation
}

// Run deletes a client.
func (c *remove) Run(ctx context.Context, e *work.Env) error {
	return on(ctx, e.ChangeTables, func(ctx context.Context, all *clients.Clients) error {
		client, err := all.Client(c.ID)
		if err != nil {
			return known(err)
		}
		question := fmt.Sprintf("Delete %s (id %s), with what people allowed it, for good?", client.Name, client.ID)
		if err := c.Confirm(ctx, e.Terminal, question); err != nil {
			return err
		}
		if _, err := all.Delete(ctx, c.ID); err != nil {
			return known(err)
		}
		return e.Terminal.Printf("%s (%s) is deleted", client.Name, client.ID)
	})
}

type check struct {
	named
	terminal.JSONFlag
}

// errFindings is the error of a client that should be changed, which was printed.
var errFindings = &auth.InputError{Message: "the client should be changed"}

// Run judges a client.
func (c *check) Run(ctx context.Context, e *work.Env) error {
	return on(ctx, e.OnTables, func(ctx context.Context, all *clients.Clients) error {
		client, err := all.Client(c.ID)
		if err != nil {
			return known(err)
		}
		advice, err := all.Check(ctx, client)
		if err != nil {
			return err
		}
		err = c.Answer(e.Terminal, append([]string{}, advice...), func() error {
			for _, sentence := range advice {
				if err := e.Terminal.Printf("%s", sentence); err != nil {
					return err
				}
			}
			if len(advice) == 0 {
				return e.Terminal.Printf("%s (%s) is fine", client.Name, client.ID)
			}
			return nil
		})
		if err == nil && len(advice) > 0 {
			return errFindings
		}
		return err
	})
}
