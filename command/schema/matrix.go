package schema

import (
	"context"

	"gatehouse/auth/policy"
	"gatehouse/command/terminal"
)

type matrixCommand struct {
	Format string `enum:"markdown,json,csv,html" default:"markdown" help:"markdown, json, csv (for a spreadsheet) or html (a page to search and print)."`
	grantFlag
	terminal.JSONFlag
	Role  []grant  `hidden:"" sep:"none"` // as --grant was spelt here
	Files []string `arg:"" predictor:"file" optional:"" name:"file" help:"Schema files or folders; - is standard input. The default is the service's own schema."`
}

// Help is shown by policy matrix --help.
func (matrixCommand) Help() string {
	return `There is a row for each coordinate with a rule, and a column for each kind of caller: anonymous,
each role, a caller with one scope and no role, and an owner, who has no role and no scope and
asks for what is theirs. The role admin has all scopes, other roles what --grant says. A role with
a grant gets a column even if it is not in the schema. If the schema has @delegable, there are
columns for what acts for a person: without a scope, and with each scope.

Examples:

    gatehouse policy matrix > docs/access-matrix.md
    gatehouse policy matrix --format html --grant support=read:users schema.graphqls > matrix.html`
}

// Run prints the matrix.
func (c *matrixCommand) Run(ctx context.Context, t *terminal.Terminal) error {
	s, err := load(ctx, t, c.Files)
	if err != nil {
		return err
	}
	p, err := s.compile()
	if err != nil {
		return err
	}
	c.Grant = append(c.Grant, c.Role...)
	m := p.Matrix(classes(p, c.byRole()))
	switch {
	case c.JSON, c.Format == "json":
		return t.JSON(m)
	case c.Format == "csv":
		return m.CSV(t.Stdout)
	case c.Format == "html":
		return m.HTML(t.Stdout, s.name)
	default:
		return m.Markdown(t.Stdout, s.name)
	}
}

// classes returns the columns of a matrix.
func classes(p *policy.Policy, grants map[string][]string) []policy.Class {
	all := []policy.Class{{Name: "anonymous"}}
	for _, role := range knownRoles(p, grants) {
		all = append(all, policy.Class{Name: "role:" + role, Subject: subjectWithRole(role, p, grants)})
	}
	for _, scope := range p.Scopes() {
		all = append(all, policy.Class{Name: "scope:" + scope, Subject: &policy.Subject{Scopes: []string{scope}}})
	}
	all = append(all, policy.Class{Name: "owner", Subject: &policy.Subject{}, Owner: true})
	if !p.Delegates() {
		return all
	}
	all = append(all, policy.Class{Name: "app", Subject: &policy.Subject{Delegated: true}})
	for _, scope := range p.ScopeList() {
		all = append(all, policy.Class{Name: "app:" + scope.Name, Subject: &policy.Subject{Scopes: []string{scope.Name}, Delegated: true}})
	}
	return all
}
