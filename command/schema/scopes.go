package schema

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth/policy"
	"gatehouse/command/terminal"
)

type scopesCommand struct {
	schemaFlag
	terminal.JSONFlag
	Files []string `arg:"" predictor:"file" name:"operations" help:"Files of operations; - is standard input. A fragment may be in any of them."`
}

// Help is shown by policy scopes --help.
func (scopesCommand) Help() string {
	return `For each operation it prints whether a caller without a credential may run all of it, and what it
requires. Then it prints the fewest scopes that allow all operations, which a client may ask for
at login. The scopes "for one's own" are enough if each caller asks only for what is theirs.

Example:

    gatehouse policy scopes src/operations/*.graphql`
}

// operationNeeds is what one operation requires.
type operationNeeds struct {
	File string        `json:"file"`
	Name string        `json:"name"` // "" if anonymous
	Type ast.Operation `json:"type"`
	policy.Needs
}

// clientNeeds is what all operations of a client require together.
type clientNeeds struct {
	Operations []operationNeeds `json:"operations"`
	fewest
	Own fewest `json:"own"` // for callers who ask only for what is theirs
}

// fewest is the smallest set of scopes and roles that is enough.
type fewest struct {
	Scopes []string `json:"scopes"`
	Roles  []string `json:"roles"`
}

// Run prints what a client's operations require.
func (c *scopesCommand) Run(ctx context.Context, t *terminal.Terminal) error {
	p, err := compile(ctx, t, c.Schema)
	if err != nil {
		return err
	}
	files, err := operations(ctx, t, p.Schema(), c.Files)
	if err != nil {
		return err
	}
	client, err := needsOf(p, files)
	if err != nil {
		return err
	}
	return c.Answer(t, client, func() error { return client.print(t) })
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
		return nil, errors.New("these files have no operation")
	}
	client.Scopes, client.Roles = policy.Least(all, false)
	client.Own.Scopes, client.Own.Roles = policy.Least(all, true)
	return client, nil
}

func (c *clientNeeds) print(t *terminal.Terminal) error {
	table := t.Table("OPERATION", "ANONYMOUS", "REQUIRES", "FILE")
	for _, op := range c.Operations {
		anonymous, name := "no", op.Name
		if op.Anonymous {
			anonymous = "yes"
		}
		if name == "" {
			name = "(" + string(op.Type) + ")"
		}
		table.Row(name, anonymous, requirement(op.Required), op.File)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	text := "\nfewest scopes: " + words(c.Scopes) + "\n"
	if !slices.Equal(c.Scopes, c.Own.Scopes) {
		text += "fewest scopes for one's own: " + words(c.Own.Scopes) + "\n"
	}
	if len(c.Roles) > 0 {
		text += "roles: " + words(c.Roles) + "\n"
	}
	if !slices.Equal(c.Roles, c.Own.Roles) {
		text += "roles for one's own: " + words(c.Own.Roles) + "\n"
	}
	for _, condition := range c.conditions() {
		text += "if a variable has " + condition.Coordinate + ": " + requirement(condition.Required) + " too\n"
	}
	return t.PrintText(text)
}

// conditions returns the guarded input fields that a variable may hold, each
// once.
func (c *clientNeeds) conditions() []policy.Condition {
	var all []policy.Condition
	for _, op := range c.Operations {
		all = append(all, op.Perhaps...)
	}
	slices.SortFunc(all, func(a, b policy.Condition) int { return strings.Compare(a.Coordinate, b.Coordinate) })
	return slices.CompactFunc(all, func(a, b policy.Condition) bool { return a.Coordinate == b.Coordinate })
}

// words joins names by spaces, so that they can be copied into a request.
func words(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, " ")
}
