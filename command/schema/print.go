package schema

import (
	"context"

	"gatehouse/auth/policy"
	"gatehouse/command/terminal"
	"gatehouse/graph"
)

// Commands print the schema.
type Commands struct {
	Print      printCommand      `cmd:"" help:"Print the schema with its directives, for people and code generators."`
	Directives directivesCommand `cmd:"" help:"Print the file that declares the directives, to add to a schema of your own."`
}

type directivesCommand struct{}

// Help is shown by schema directives --help.
func (directivesCommand) Help() string {
	return `A comment in the file says what gqlgen.yml needs, so that the generated code leaves the directives
to the policy. docs/embedding.md is the guide for a service of your own.

Example:

    gatehouse schema directives > directives.graphqls`
}

// Run prints the file.
func (directivesCommand) Run(t *terminal.Terminal) error {
	_, err := t.Stdout.WriteString(policy.DirectivesSDL())
	return err
}

type printCommand struct {
	schemaFlag
	grantFlag
	As         string `placeholder:"ROLE" xor:"caller" help:"Print only what a caller with the role may reach."`
	Anonymous  bool   `xor:"caller" help:"Print only what a caller without a credential may reach."`
	Federation bool   `help:"Print it for an Apollo Federation router, with @authenticated and @requiresScopes in place of our directives."`
}

// Help is shown by schema print --help.
func (printCommand) Help() string {
	return `A router knows scopes only, so a role becomes a scope named role:NAME: have the router add one for
each role of a token. A router doesn't know orSelf, so a field with it is @authenticated only.
Directives on arguments and input fields are left out; comments at the top list them. The service
itself enforces all of them.

Examples:

    gatehouse schema print > api.graphqls
    gatehouse schema print --as support --grant support=read:users
    gatehouse schema print --federation`
}

// Run prints the schema. Without flags that is the text that the service
// serves at /schema.graphqls.
func (c *printCommand) Run(ctx context.Context, t *terminal.Terminal) error {
	if len(c.Schema) == 0 && c.As == "" && !c.Anonymous && !c.Federation {
		_, err := t.Stdout.WriteString(graph.SDL())
		return err
	}
	p, err := compile(ctx, t, c.Schema)
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
	_, err = t.Stdout.WriteString(text)
	return err
}

// view returns the policy as the caller sees it.
func (c *printCommand) view(p *policy.Policy) (*policy.Policy, error) {
	switch {
	case c.Anonymous:
		return p.View(nil), nil
	case c.As == "":
		return p, nil
	}
	if err := c.checkRole(p, c.As); err != nil {
		return nil, err
	}
	return p.View(subjectWithRole(c.As, p, c.byRole())), nil
}
