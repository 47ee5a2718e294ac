package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth/policy"
)

type policyScopes struct {
	schemaChoice
	JSON  bool     `name:"json" help:"Print JSON."`
	Files []string `arg:"" name:"operations" help:"Files of operations; - is standard input. Fragments may stand in any of them."`
}

// Help is what the command's own help says beside its flags.
func (policyScopes) Help() string {
	return `For each operation: whether somebody without a credential may run it whole, and what it asks for. Then the least scopes with which all of them
run, such as a client may ask for at login. "for one's own" is enough where each caller asks for nothing but their own.

Example:

    gatehouse policy scopes src/operations/*.graphql`
}

// An operationNeeds is what one operation of a client asks for.
type operationNeeds struct {
	File string        `json:"file"`
	Name string        `json:"name"` // "" for one without
	Type ast.Operation `json:"type"`
	policy.Needs
}

// A clientNeeds is what all operations of a client ask for together.
type clientNeeds struct {
	Operations []operationNeeds `json:"operations"`
	enough
	Own enough `json:"own"` // for callers who ask for nothing but their own
}

// An enough is the fewest scopes and roles that do.
type enough struct {
	Scopes []string `json:"scopes"`
	Roles  []string `json:"roles"`
}

// Run prints what a client's operations need.
func (c *policyScopes) Run(t *session) error {
	p, err := t.policyOf(c.Schema)
	if err != nil {
		return err
	}
	files, err := t.operations(p.Schema(), c.Files)
	if err != nil {
		return err
	}
	client, err := needsOf(p, files)
	if err != nil {
		return err
	}
	if c.JSON {
		return t.json(client)
	}
	return client.print(t)
}

func needsOf(p *policy.Policy, files []operationFile) (*clientNeeds, error) {
	client := &clientNeeds{}
	var all []policy.Needs
	for _, f := range files {
		for _, op := range f.document.Operations {
			needs, ok := p.Plan(f.document, op).Needs()
			if !ok {
				return nil, fmt.Errorf("%s:%d: this operation is too large", f.name, op.Position.Line)
			}
			all = append(all, needs)
			client.Operations = append(client.Operations, operationNeeds{File: f.name, Name: op.Name, Type: op.Operation, Needs: needs})
		}
	}
	if len(all) == 0 {
		return nil, errors.New("there is no operation in these files")
	}
	client.Scopes, client.Roles = policy.Least(all, false)
	client.Own.Scopes, client.Own.Roles = policy.Least(all, true)
	return client, nil
}

func (c *clientNeeds) print(t *session) error {
	rows := columns(t.stdout)
	_, _ = fmt.Fprintln(rows, "OPERATION\tANONYMOUS\tREQUIRES\tFILE")
	for _, op := range c.Operations {
		anonymous, name := "no", op.Name
		if op.Anonymous {
			anonymous = "yes"
		}
		if name == "" {
			name = "(" + string(op.Type) + ")"
		}
		_, _ = fmt.Fprintf(rows, "%s\t%s\t%s\t%s\n", name, anonymous, printable(required(op.Required)), printable(op.File))
	}
	if err := rows.Flush(); err != nil {
		return err
	}
	text := "\nleast scopes: " + words(c.Scopes) + "\n"
	if !slices.Equal(c.Scopes, c.Own.Scopes) {
		text += "least scopes for one's own: " + words(c.Own.Scopes) + "\n"
	}
	if len(c.Roles) > 0 {
		text += "roles: " + words(c.Roles) + "\n"
	}
	if !slices.Equal(c.Roles, c.Own.Roles) {
		text += "roles for one's own: " + words(c.Own.Roles) + "\n"
	}
	for _, perhaps := range c.perhaps() {
		text += "where a variable holds " + perhaps.Coordinate + ": " + required(perhaps.Required) + " too\n"
	}
	return t.lines(text)
}

// perhaps are the input fields that a variable may hold, each once.
func (c *clientNeeds) perhaps() []policy.Condition {
	var all []policy.Condition
	for _, op := range c.Operations {
		all = append(all, op.Perhaps...)
	}
	slices.SortFunc(all, func(a, b policy.Condition) int { return strings.Compare(a.Coordinate, b.Coordinate) })
	return slices.CompactFunc(all, func(a, b policy.Condition) bool { return a.Coordinate == b.Coordinate })
}

// words lists names.
func words(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, " ")
}
