package main

import (
	"context"
	"errors"
	"fmt"

	"gatehouse/auth"
	"gatehouse/auth/policy"
	"gatehouse/graph"
)

// roleCommands look after roles. What they change takes effect in a running service at once.
type roleCommands struct {
	List   roleList   `cmd:"" help:"List the roles and what they grant."`
	Create roleCreate `cmd:"" help:"Make a role."`
	Grant  roleGrant  `cmd:"" help:"Add scopes to what a role grants."`
	Revoke roleRevoke `cmd:"" help:"Take scopes from what a role grants."`
	Delete roleDelete `cmd:"" help:"Delete a role that no account has."`
}

// onRoles works on the roles, with the policy that names some of them.
func (t *session) onRoles(work func(context.Context, *auth.Roles, *policy.Policy) error) error {
	return t.onTables(func(ctx context.Context, d *deployment) error {
		named, err := policy.Compile(graph.Schema(), policy.Config{Sibling: graph.Sibling})
		if err != nil {
			return err
		}
		return work(ctx, &auth.Roles{Store: d.store, Named: named.Roles()}, named)
	})
}

type roleCreate struct {
	Name  string   `arg:"" help:"The role's name: lower-case letters, digits, - and _."`
	Scope []string `arg:"" optional:"" help:"What it grants, such as read:users."`
}

// Run makes a role.
func (c *roleCreate) Run(t *session) error {
	return t.onRoles(func(ctx context.Context, roles *auth.Roles, _ *policy.Policy) error {
		if err := roles.Create(ctx, c.Name, c.Scope); err != nil {
			return err
		}
		return t.say("made the role %s", c.Name)
	})
}

type roleGrant struct {
	Name  string   `arg:"" help:"The role."`
	Scope []string `arg:"" help:"What it grants from now on too, such as read:users."`
}

// Run adds to what the role grants.
func (c *roleGrant) Run(t *session) error {
	return t.onRoles(func(ctx context.Context, roles *auth.Roles, _ *policy.Policy) error {
		r, err := roles.Grant(ctx, c.Name, c.Scope)
		return t.granted(c.Name, r, err)
	})
}

type roleRevoke struct {
	Name  string   `arg:"" help:"The role."`
	Scope []string `arg:"" help:"What it does not grant any more."`
}

// Run takes from what the role grants.
func (c *roleRevoke) Run(t *session) error {
	return t.onRoles(func(ctx context.Context, roles *auth.Roles, _ *policy.Policy) error {
		r, err := roles.Revoke(ctx, c.Name, c.Scope)
		return t.granted(c.Name, r, err)
	})
}

// granted says what a role grants after a change.
func (t *session) granted(name string, r *auth.Role, err error) error {
	if err != nil {
		return aboutRole(name, err)
	}
	return t.say("%s grants: %s", r.Name, listed(r.Scopes))
}

type roleDelete struct {
	Name string `arg:"" help:"The role."`
}

// Run deletes a role. It needs no confirmation: nobody has the role, and it can be made again.
func (c *roleDelete) Run(t *session) error {
	return t.onRoles(func(ctx context.Context, roles *auth.Roles, _ *policy.Policy) error {
		if err := roles.Delete(ctx, c.Name); err != nil {
			return aboutRole(c.Name, err)
		}
		return t.say("deleted the role %s", c.Name)
	})
}

// aboutRole puts it right that what was not found is a role.
func aboutRole(name string, err error) error {
	if errors.Is(err, auth.ErrNotFound) {
		return fmt.Errorf("there is no role %q", name)
	}
	return err
}
