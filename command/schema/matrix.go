package main

import (
	"gatehouse/auth/policy"
)

type policyMatrix struct {
	Format string   `enum:"markdown,json,csv,html" default:"markdown" help:"markdown, json, csv (for a spreadsheet) or html (a page to search and print)."`
	Role   []grant  `placeholder:"NAME=SCOPE,SCOPE" sep:"none" help:"What a role grants; one that the schema does not name gets a column."`
	Files  []string `arg:"" optional:"" name:"file" help:"The files or folders of the schema; - is standard input. Without them it is the service's own."`
}

// Help is what the command's own help says beside its flags.
func (policyMatrix) Help() string {
	return `A row for each coordinate that says who may reach it, a column for each kind of caller: anonymous, each role, somebody with one scope and no
role, and an owner, who has neither and asks for their own. The role admin has all scopes, the others what --role says.

Examples:

    gatehouse policy matrix > docs/access-matrix.md
    gatehouse policy matrix --format html --role support=read:users schema.graphqls > matrix.html`
}

// Run prints the matrix.
func (c *policyMatrix) Run(t *session) error {
	s, err := t.schemaOf(c.Files)
	if err != nil {
		return err
	}
	p, err := s.compile()
	if err != nil {
		return err
	}
	m := p.Matrix(classes(p, granted(c.Role)))
	switch c.Format {
	case "json":
		return m.JSON(t.stdout)
	case "csv":
		return m.CSV(t.stdout)
	case "html":
		return m.HTML(t.stdout, s.name)
	default:
		return m.Markdown(t.stdout, s.name)
	}
}

// classes are the kinds of callers that a matrix has a column for.
func classes(p *policy.Policy, grants map[string][]string) []policy.Class {
	all := []policy.Class{{Name: "anonymous"}}
	for _, role := range knownRoles(p, grants) {
		all = append(all, policy.Class{Name: "role:" + role, Subject: holder(role, p, grants)})
	}
	for _, scope := range p.Scopes() {
		all = append(all, policy.Class{Name: "scope:" + scope, Subject: &policy.Subject{Scopes: []string{scope}}})
	}
	return append(all, policy.Class{Name: "owner", Subject: &policy.Subject{}, Owner: true})
}
