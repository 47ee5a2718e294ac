package schema

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth/policy"
	"gatehouse/command/terminal"
)

type explainCommand struct {
	schemaFlag
	grantFlag
	terminal.JSONFlag
	Role      []string       `sep:"none" help:"A role of the caller, with what --grant says that it grants. Without it, --scope, --user and --delegated the caller is anonymous."`
	Scope     []string       `sep:"none" help:"A scope of the caller."`
	User      string         `placeholder:"ID" help:"The caller's id. Without it, what is open to owners is SELF."`
	Delegated bool           `help:"The caller is what acts for a person, such as an application or an API key. It has no role."`
	Proved    *time.Duration `placeholder:"AGO" help:"How long ago the caller proved who they are, such as 5m. Without it, too long for any @fresh."`
	Factors   int            `default:"1" help:"With how many factors they did."`
	Variables jsonObject     `placeholder:"JSON" help:"The values of the operation's variables. Without it, they are unknown."`
	Operation string         `placeholder:"NAME" help:"The operation to explain, if the file has several."`
	Require   string         `enum:"allow,deny," default:"" placeholder:"VERDICT" help:"allow: the exit status is 1 unless all of the operation is allowed. deny: unless a part of it is refused."`
	File      string         `arg:"" predictor:"file" help:"The operation; - is standard input."`
}

// A jsonObject is a flag whose value is a JSON object.
type jsonObject map[string]any

// UnmarshalText reads an object. Its error does not repeat the text, which may
// hold a password.
func (o *jsonObject) UnmarshalText(text []byte) error {
	if err := json.Unmarshal(text, (*map[string]any)(o)); err != nil || *o == nil {
		return errors.New(`write a JSON object, such as {"id": "1"}`)
	}
	return nil
}

// Help is shown by policy explain --help.
func (explainCommand) Help() string {
	return `There is a row for each guarded coordinate at each place in the operation. ALLOW and DENY are
certain; SELF depends on who owns the object, or on who has logged in by then. STEP_UP is allowed
after the caller has proved again who they are.

Examples:

    gatehouse policy explain --role user operation.graphql
    gatehouse policy explain --role support --grant support=read:users --require allow operation.graphql
    echo '{ user(id: "7") { email } }' | gatehouse policy explain --scope read:users --json -
    gatehouse policy explain --delegated --scope profile operation.graphql
    gatehouse policy explain --role admin --proved 1h --factors 2 operation.graphql
    gatehouse policy explain --user 7 --variables '{"id": "7"}' --operation Profile profile.graphql`
}

// Run explains an operation.
func (c *explainCommand) Run(ctx context.Context, t *terminal.Terminal) error {
	p, err := compile(ctx, t, c.Schema)
	if err != nil {
		return err
	}
	subject, err := c.subject(p)
	if err != nil {
		return err
	}
	files, err := operations(ctx, t, p.Schema(), []string{c.File})
	if err != nil {
		return err
	}
	op, err := files[0].operation(c.Operation)
	if err != nil {
		return err
	}
	vars, err := files[0].coerce(p.Schema(), op, c.Variables)
	if err != nil {
		return err
	}
	rows, complete := p.Plan(files[0].document, op).Explain(subject, vars)
	if !complete {
		return fmt.Errorf("%s: too large to explain", files[0].name)
	}
	if err := c.Answer(t, rows, func() error { return printDecisions(t, rows) }); err != nil {
		return err
	}
	return c.check(rows)
}

// subject returns the caller, nil if anonymous.
func (c *explainCommand) subject(p *policy.Policy) (*policy.Subject, error) {
	switch {
	case c.Delegated && len(c.Role) > 0:
		return nil, errors.New("what acts for a person has no role: give its scopes, with --delegated --scope SCOPE")
	case len(c.Role)+len(c.Scope) == 0 && c.User == "" && !c.Delegated:
		return nil, nil //nolint:nilnil // a nil Subject is an anonymous caller
	}
	s := &policy.Subject{ID: c.User, Roles: c.Role, Scopes: c.Scope, Delegated: c.Delegated, Factors: c.Factors}
	if c.Proved != nil {
		s.AuthTime = time.Unix(1, 0) // any time: only the difference matters
		s.Now = s.AuthTime.Add(*c.Proved)
	}
	for _, role := range c.Role {
		if err := c.checkRole(p, role); err != nil {
			return nil, err
		}
		s.Scopes = append(s.Scopes, subjectWithRole(role, p, c.byRole()).Scopes...)
	}
	return s, nil
}

// check compares the verdicts with --require. SELF is neither allowed nor
// refused for certain.
func (c *explainCommand) check(rows []policy.FieldDecision) error {
	count := map[policy.Verdict]int{}
	for _, row := range rows {
		count[row.Verdict]++
	}
	switch {
	case c.Require == "allow" && count[policy.Allow] < len(rows):
		return fmt.Errorf("not all of the operation is allowed: %d refused, %d depend on whose object it is",
			count[policy.Deny]+count[policy.StepUp], count[policy.Self])
	case c.Require == "deny" && count[policy.Deny]+count[policy.StepUp] == 0:
		return errors.New("nothing in the operation is refused")
	}
	return nil
}

// operation returns the operation with the name. Without a name it returns the
// only operation of the file.
func (f operationFile) operation(name string) (*ast.OperationDefinition, error) {
	all := f.document.Operations
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: this file has no operation", f.name)
	}
	if name == "" && len(all) == 1 {
		return all[0], nil
	}
	names := make([]string, len(all))
	for i, op := range all {
		if names[i] = op.Name; name != "" && op.Name == name {
			return op, nil
		}
	}
	if name == "" {
		return nil, fmt.Errorf("%s: choose an operation with --operation: %s", f.name, strings.Join(names, ", "))
	}
	return nil, fmt.Errorf("%s: this file has no operation %q; it has: %s", f.name, name, strings.Join(names, ", "))
}

func printDecisions(t *terminal.Terminal, all []policy.FieldDecision) error {
	if len(all) == 0 {
		return t.Printf("nothing in this operation is guarded")
	}
	table := t.Table("VERDICT", "COORDINATE", "PATH", "REQUIRES", "MISSING")
	for _, d := range all {
		missing := requirement(d.Missing)
		if d.Reason != nil {
			missing += " (" + string(*d.Reason) + ")"
		}
		table.Row(string(d.Verdict), d.Coordinate, strings.Join(d.Path, "."), requirement(d.Required), missing)
	}
	return table.Flush()
}
