package schema

import (
	"context"
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth"
	"gatehouse/auth/policy"
	"gatehouse/command/terminal"
)

type checkCommand struct {
	Strict bool `help:"Treat warnings as errors."`
	grantFlag
	terminal.JSONFlag
	Harmless []string `placeholder:"NAME" help:"A directive of your own that is not about access. Others that are not known are a warning."`
	Files    []string `arg:"" predictor:"file" optional:"" name:"file" help:"Schema files, folders, or patterns such as graph/**/*.graphqls; - is standard input. The default is the service's own schema."`
}

// Help is shown by policy check --help.
func (checkCommand) Help() string {
	return `Each finding is a line: the file, the line, the coordinate, what is wrong and how to fix it.
Faults come first; with one, the service doesn't start. A policy with warnings is enforced, but
may not be what you meant. With --grant, unknown roles and scopes that no role grants are reported too.

Examples:

    gatehouse policy check
    gatehouse policy check --strict graph/*.graphqls
    gatehouse policy check --grant support=read:users,read:orders --grant clerk= schema.graphqls`
}

// Run checks a schema. It asks no database which roles exist: without --grant
// it accepts any role.
func (c *checkCommand) Run(ctx context.Context, t *terminal.Terminal) error {
	s, err := load(ctx, t, c.Files)
	if err != nil {
		return err
	}
	compiled, findings := policy.Review(s.schema, policy.Config{Roles: c.roles(), Harmless: c.Harmless}, c.byRole(), auth.RoleAdmin)
	warnings := 0
	for _, f := range findings {
		if f.Warning {
			warnings++
		}
	}
	faults := len(findings) - warnings
	if err := c.Answer(t, findingsJSON(findings), func() error { return printFindings(t, s.schema, findings) }); err != nil {
		return err
	}
	if faults > 0 || c.Strict && warnings > 0 {
		return fmt.Errorf("%s: %s, %s", s.name, terminal.Count(faults, "fault"), terminal.Count(warnings, "warning"))
	}
	if c.JSON {
		return nil
	}
	return t.Printf("%s", summary(s.name, compiled))
}

// A findingJSON is a finding in the array that policy check --json prints.
type findingJSON struct {
	File       string `json:"file"`
	Line       int    `json:"line"`
	Coordinate string `json:"coordinate"`
	Message    string `json:"message"`
	Warning    bool   `json:"warning"`
}

func findingsJSON(findings policy.Findings) []findingJSON {
	list := make([]findingJSON, len(findings))
	for i, f := range findings {
		list[i] = findingJSON{f.File, f.Line, f.Coordinate, f.Message, f.Warning}
	}
	return list
}

// printFindings prints each finding and, if it has to do with that, the
// directives that the schema does not declare.
func printFindings(t *terminal.Terminal, schema *ast.Schema, findings policy.Findings) error {
	for _, f := range findings {
		if err := t.PrintText(f.String()); err != nil {
			return err
		}
	}
	if len(findings) == 0 || findings[0].Warning || policy.Declared(schema) {
		return nil
	}
	return t.Printf("\nThe schema does not declare the directives. Add this file:\n\n%s", policy.DirectivesSDL())
}

// roles returns the built-in roles and those with a --grant. Without --grant it
// returns nil, which stands for any role.
func (c *checkCommand) roles() []string {
	if len(c.Grant) == 0 {
		return nil
	}
	roles := []string{auth.RoleAdmin, auth.RoleUser}
	for _, g := range c.Grant {
		roles = append(roles, g.role)
	}
	return roles
}

// summary says how much of a schema is guarded.
func summary(name string, p *policy.Policy) string {
	guarded, public := 0, 0
	for _, row := range p.Matrix(nil).Rows {
		if len(row.Required) > 0 {
			guarded++
		} else {
			public++
		}
	}
	return fmt.Sprintf("%s: %s guarded, %d public", name, terminal.Count(guarded, "coordinate"), public)
}
