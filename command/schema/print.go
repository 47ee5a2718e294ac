package main

import (
	"fmt"
	"slices"

	"gatehouse/auth"
	"gatehouse/auth/policy"
)

// schemaCommands look at the schema.
type schemaCommands struct {
	Print schemaPrint `cmd:"" help:"Print the schema with its directives, for people and code generators."`
}

type schemaPrint struct {
	schemaChoice
	As         string  `placeholder:"ROLE" xor:"caller" help:"Print what a caller with the role may reach, and no more."`
	Anonymous  bool    `xor:"caller" help:"Print what somebody without a credential may reach, and no more."`
	Grant      []grant `placeholder:"ROLE=SCOPE,SCOPE" sep:"none" help:"What the role grants; admin has all scopes."`
	Federation bool    `help:"Print it for a router of Apollo Federation, with @authenticated and @requiresScopes in place of our directives."`
}

// Help is what the command's own help says beside its flags.
func (schemaPrint) Help() string {
	return `In the schema for a router a role is a scope named role:NAME, for routers know only scopes: have the router add one for each role of a token.
A field with orSelf, which routers don't know, is @authenticated only, and guards on arguments and input fields are left out; comments at the
head list them. The service itself refuses what it always does.

Examples:

    gatehouse schema print > api.graphqls
    gatehouse schema print --as support --grant support=read:users
    gatehouse schema print --federation`
}

// Run prints the schema as it is served at /schema.graphqls, or what is left or made of it.
func (c *schemaPrint) Run(t *session) error {
	if len(c.Schema) == 0 && c.As == "" && !c.Anonymous && !c.Federation {
		_, err := t.stdout.Write(schemaSDL)
		return err
	}
	p, err := t.policyOf(c.Schema)
	if err != nil {
		return err
	}
	if p, err = c.view(p); err != nil {
		return err
	}
	text := p.SDL()
	if c.Federation {
		text = p.Federation()
	}
	_, err = t.stdout.WriteString(text)
	return err
}

// view cuts the policy down to what the caller may reach.
func (c *schemaPrint) view(p *policy.Policy) (*policy.Policy, error) {
	grants := granted(c.Grant)
	switch {
	case c.Anonymous:
		return p.View(nil), nil
	case c.As == "":
		return p, nil
	case c.As != auth.RoleAdmin && !slices.Contains(knownRoles(p, grants), c.As):
		return nil, fmt.Errorf("the schema names no role %q: say what it grants, with --grant %[1]s=SCOPE,SCOPE", c.As)
	}
	return p.View(holder(c.As, p, grants)), nil
}
