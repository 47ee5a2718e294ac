package clients

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gatehouse/auth/oauth/clients"
	"gatehouse/command/terminal"
	"gatehouse/command/work"
	"gatehouse/server"
)

// ResourceCommands manage resources.
type ResourceCommands struct {
	Create resourceCreate `cmd:"" help:"Register a service that tokens can be made for."`
	List   resourceList   `cmd:"" help:"List the services that tokens can be made for."`
	Delete resourceDelete `cmd:"" help:"Delete a service for good, and end the tokens for it."`
}

// A resourceJSON is a resource as the commands print it with --json.
type resourceJSON struct {
	ID         string                  `json:"id"`
	Identifier string                  `json:"identifier"`
	Name       string                  `json:"name"`
	Scopes     []clients.ResourceScope `json:"scopes"`
	CreatedAt  time.Time               `json:"createdAt"`
}

func newResource(r *clients.Resource) resourceJSON {
	return resourceJSON{r.ID, r.Identifier, r.Name, r.Scopes, r.CreatedAt}
}

type resourceCreate struct {
	Identifier string   `arg:"" help:"An absolute URI: what clients ask for, and aud of the tokens, such as https://api.example.com/mcp."`
	Name       string   `arg:"" help:"The name that people see when they are asked to allow access to it."`
	Scope      []string `sep:"none" placeholder:"NAME=TITLE" help:"A scope that only it knows, with what the scope lets an application do; repeat it for several."`
	OwnScope   []string `sep:"none" placeholder:"NAME=TITLE" help:"Likewise, for what is the person's own there, so that no role has to grant it."`
	terminal.JSONFlag
}

// Run registers a resource.
func (c *resourceCreate) Run(ctx context.Context, e *work.Env) error {
	in := clients.ResourceInput{Identifier: c.Identifier, Name: c.Name}
	for i, text := range append(append([]string{}, c.Scope...), c.OwnScope...) {
		name, title, found := strings.Cut(text, "=")
		if !found {
			return fmt.Errorf("write a scope with its title, such as --scope %q", "read:orders=See all orders")
		}
		in.Scopes = append(in.Scopes, &clients.ResourceScope{Name: name, Title: title, Own: i >= len(c.Scope)})
	}
	return e.ChangeTables(ctx, func(ctx context.Context, d *server.Deployment) error {
		resources, err := d.Resources(ctx)
		if err != nil {
			return err
		}
		made, err := resources.Create(ctx, in)
		if err != nil {
			return err
		}
		return c.Answer(e.Terminal, newResource(made), func() error { return e.Terminal.Printf("%s", made.ID) })
	})
}

type resourceList struct{ terminal.JSONFlag }

// Run lists resources.
func (c *resourceList) Run(ctx context.Context, e *work.Env) error {
	return e.OnTables(ctx, func(ctx context.Context, d *server.Deployment) error {
		resources, err := d.Resources(ctx)
		if err != nil {
			return err
		}
		all := resources.Registry.Resources()
		printed := make([]resourceJSON, len(all))
		for i, r := range all {
			printed[i] = newResource(r)
		}
		return c.Answer(e.Terminal, printed, func() error {
			table := e.Terminal.Table("ID", "IDENTIFIER", "SCOPES", "NAME")
			for _, r := range all {
				names := make([]string, len(r.Scopes))
				for i, scope := range r.Scopes {
					names[i] = scope.Name
				}
				table.Row(r.ID, r.Identifier, terminal.List(names), r.Name)
			}
			return table.Flush()
		})
	})
}

type resourceDelete struct {
	ID string `arg:"" help:"The resource's id, as resource list prints it."`
	terminal.Confirmation
}

// Run deletes a resource.
func (c *resourceDelete) Run(ctx context.Context, e *work.Env) error {
	return e.ChangeTables(ctx, func(ctx context.Context, d *server.Deployment) error {
		resources, err := d.Resources(ctx)
		if err != nil {
			return err
		}
		if err := c.Confirm(ctx, e.Terminal, fmt.Sprintf("Delete the resource %s, and end the tokens for it, for good?", c.ID)); err != nil {
			return err
		}
		if _, err := resources.Delete(ctx, c.ID); errors.Is(err, clients.ErrResourceNotFound) {
			return errors.New("no resource has this id; gatehouse resource list prints those that exist")
		} else if err != nil {
			return err
		}
		return e.Terminal.Printf("the resource %s is deleted", c.ID)
	})
}
