package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/clock"
	"gatehouse/auth/operator"
	"gatehouse/auth/revocation"
	"gatehouse/command/terminal"
	"gatehouse/graph"
	"gatehouse/server"
)

// roleCommands manage roles. A running service applies a change at once.
type roleCommands struct {
	List   roleList   `cmd:"" help:"List the roles and what they grant."`
	Create roleCreate `cmd:"" help:"Create a role."`
	Grant  roleGrant  `cmd:"" help:"Add scopes to a role."`
	Revoke roleRevoke `cmd:"" help:"Remove scopes from a role."`
	Delete roleDelete `cmd:"" help:"Delete a role that no account has."`
}

// changeRoles works on the roles.
func changeRoles(ctx context.Context, e *Env, do func(context.Context, *operator.Roles) error) error {
	return e.ChangeTables(ctx, func(ctx context.Context, d *server.Deployment) error {
		schema, err := graph.Policy(nil)
		if err != nil {
			return err
		}
		return do(ctx, &operator.Roles{Store: d.Store, Named: schema.Roles()})
	})
}

type roleList struct{ terminal.JSONFlag }

// A roleJSON is a role with all that it grants.
type roleJSON struct {
	Name   string   `json:"name"`
	Scopes []string `json:"scopes"`
}

// Run lists the roles with what each grants. The role admin grants all scopes.
func (c *roleList) Run(ctx context.Context, e *Env) error {
	return e.OnTables(ctx, func(ctx context.Context, d *server.Deployment) error {
		schema, err := graph.Policy(nil)
		if err != nil {
			return err
		}
		roles, err := (&operator.Roles{Store: d.Store, Named: schema.Roles()}).List(ctx)
		if err != nil {
			return err
		}
		list := grants(roles, schema.Scopes(), e.Now)
		return c.Answer(e.Terminal, list, func() error {
			table := e.Terminal.Table("ROLE", "SCOPES")
			for _, r := range list {
				table.Row(r.Name, terminal.List(r.Scopes))
			}
			return table.Flush()
		})
	})
}

// grants returns what each role grants, computed as the service does. named
// are the scopes in the schema.
func grants(roles []operator.Role, named []string, now func() time.Time) []roleJSON {
	scopes := make(map[string][]string, len(roles))
	for _, r := range roles {
		scopes[r.Name] = r.Scopes
	}
	revocations := auth.NewRevocationCache(named, nil, 0, clock.New(now))
	revocations.Load(revocation.Snapshot{Grants: scopes})
	list := make([]roleJSON, len(roles))
	for i, r := range roles {
		list[i] = roleJSON{Name: r.Name, Scopes: revocations.Grant([]string{r.Name}, nil)}
	}
	return list
}

type roleCreate struct {
	Name  string   `arg:"" help:"The role's name: lower-case letters, digits, - and _."`
	Scope []string `arg:"" optional:"" help:"The scopes it grants, such as read:users."`
}

// Run creates a role.
func (c *roleCreate) Run(ctx context.Context, e *Env) error {
	return changeRoles(ctx, e, func(ctx context.Context, roles *operator.Roles) error {
		if err := roles.Create(ctx, c.Name, c.Scope); err != nil {
			return err
		}
		return e.Terminal.Printf("created the role %s", c.Name)
	})
}

type roleGrant struct {
	terminal.JSONFlag
	Name  string   `arg:"" help:"The role."`
	Scope []string `arg:"" help:"The scopes to add, such as read:users."`
}

// Run adds scopes to a role.
func (c *roleGrant) Run(ctx context.Context, e *Env) error {
	return changeRoles(ctx, e, func(ctx context.Context, roles *operator.Roles) error {
		r, err := roles.Grant(ctx, c.Name, c.Scope)
		if err != nil {
			return roleError(c.Name, err)
		}
		return printGrants(e.Terminal, c.JSONFlag, r)
	})
}

type roleRevoke struct {
	terminal.JSONFlag
	Name  string   `arg:"" help:"The role."`
	Scope []string `arg:"" help:"The scopes to remove."`
}

// Run removes scopes from a role.
func (c *roleRevoke) Run(ctx context.Context, e *Env) error {
	return changeRoles(ctx, e, func(ctx context.Context, roles *operator.Roles) error {
		r, err := roles.Revoke(ctx, c.Name, c.Scope)
		if err != nil {
			return roleError(c.Name, err)
		}
		return printGrants(e.Terminal, c.JSONFlag, r)
	})
}

// printGrants prints what a role grants after a change.
func printGrants(t *terminal.Terminal, as terminal.JSONFlag, r *operator.Role) error {
	return as.Answer(t, roleJSON{r.Name, r.Scopes}, func() error {
		return t.Printf("%s grants: %s", r.Name, terminal.List(r.Scopes))
	})
}

type roleDelete struct {
	Name string `arg:"" help:"The role."`
}

// Run deletes a role. It asks for no confirmation: no account has the role, and
// it can be created again.
func (c *roleDelete) Run(ctx context.Context, e *Env) error {
	return changeRoles(ctx, e, func(ctx context.Context, roles *operator.Roles) error {
		if err := roles.Delete(ctx, c.Name); err != nil {
			return roleError(c.Name, err)
		}
		return e.Terminal.Printf("deleted the role %s", c.Name)
	})
}

// roleError names the role that was not found.
func roleError(name string, err error) error {
	if errors.Is(err, auth.ErrNotFound) {
		return fmt.Errorf("role %q does not exist", name)
	}
	return err
}
