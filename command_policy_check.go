package main

import (
	"fmt"

	"gatehouse/auth"
	"gatehouse/auth/policy"
)

type policyCheck struct {
	Strict bool     `help:"Take warnings for faults."`
	Grant  []grant  `placeholder:"ROLE=SCOPE,SCOPE" sep:"none" help:"What a role grants. With it roles that nobody has and scopes that no role grants are found too."`
	Files  []string `arg:"" optional:"" name:"file" help:"The files or folders of the schema; - is standard input. Without them it is the service's own."`
}

// Help is what the command's own help says beside its flags.
func (policyCheck) Help() string {
	return `Each finding is a line: file, line, coordinate, what is wrong and how to mend it. Faults come first: they stop the service.
Warnings can be enforced, and may not be meant.

Examples:

    gatehouse policy check
    gatehouse policy check --strict graph/*.graphqls
    gatehouse policy check --grant support=read:users,read:orders --grant clerk= schema.graphqls`
}

// Run checks a schema. No database is asked which roles there are: that is known here from --grant only, or else not looked at.
func (c *policyCheck) Run(t *session) error {
	s, err := t.schemaOf(c.Files)
	if err != nil {
		return err
	}
	compiled, findings := policy.Review(s.schema, s.config(c.roles()), granted(c.Grant), auth.RoleAdmin)
	faults, warnings := 0, 0
	for _, f := range findings {
		if err := t.lines(f.String()); err != nil {
			return err
		}
		if f.Warning {
			warnings++
		} else {
			faults++
		}
	}
	if faults > 0 && !policy.Declared(s.schema) {
		if err := t.say("\nThe schema declares none of the directives yet. They are:\n\n%s", policy.DirectivesSDL()); err != nil {
			return err
		}
	}
	if faults > 0 || c.Strict && warnings > 0 {
		return fmt.Errorf("%s: %s, %s", s.name, count(faults, "fault"), count(warnings, "warning"))
	}
	return t.say("%s", summary(s.name, compiled))
}

// roles are those there are: those that were granted something, and those that every service has. Nil without any grant.
func (c *policyCheck) roles() []string {
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
	return fmt.Sprintf("%s: %s guarded, %d public", name, count(guarded, "coordinate"), public)
}

// count says how many there are of something.
func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
