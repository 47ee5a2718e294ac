package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/policy"
)

type roleList struct {
	JSON bool `name:"json" help:"Print a JSON array."`
}

// A listedRole is a role with all that it grants.
type listedRole struct {
	Name   string   `json:"name"`
	Scopes []string `json:"scopes"`
}

// Run lists the roles with all that each grants, which for admin is all scopes there are.
func (c *roleList) Run(t *session) error {
	return t.onRoles(func(ctx context.Context, roles *auth.Roles, schema *policy.Policy) error {
		all, err := roles.List(ctx)
		if err != nil {
			return err
		}
		list := granting(all, schema.Scopes(), t.now)
		if c.JSON {
			out := json.NewEncoder(t.stdout)
			out.SetIndent("", "  ")
			return out.Encode(list)
		}
		rows := columns(t.stdout)
		_, _ = fmt.Fprintln(rows, "ROLE\tSCOPES")
		for _, r := range list {
			_, _ = fmt.Fprintf(rows, "%s\t%s\n", r.Name, listed(r.Scopes))
		}
		return rows.Flush()
	})
}

// granting returns what each of the roles grants, as the service works it out. named are the scopes that the schema names.
func granting(roles []auth.Role, named []string, now func() time.Time) []listedRole {
	kept := make(map[string][]string, len(roles))
	for _, r := range roles {
		kept[r.Name] = r.Scopes
	}
	live := auth.NewLive(named, 0, now)
	live.Load(kept, nil)
	list := make([]listedRole, len(roles))
	for i, r := range roles {
		list[i] = listedRole{Name: r.Name, Scopes: live.Grant([]string{r.Name}, nil)}
	}
	return list
}
