package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth"
	"gatehouse/auth/policy"
)

type policyExplain struct {
	schemaChoice
	Role      []string   `sep:"none" help:"A role the caller has; admin has all scopes too. Without --role, --scope and --user nobody is logged in."`
	Scope     []string   `sep:"none" help:"A scope the caller has."`
	User      string     `placeholder:"ID" help:"The caller's id. Without it what is open to owners is SELF."`
	Variables jsonObject `placeholder:"JSON" help:"The values of the operation's variables. Without any, required ones are taken for not known yet."`
	Operation string     `placeholder:"NAME" help:"Which operation is meant, where the file has several."`
	JSON      bool       `name:"json" help:"Print a JSON array."`
	File      string     `arg:"" help:"The operation; - is standard input."`
}

// A jsonObject is read from the command line.
type jsonObject map[string]any

// UnmarshalText reads an object, and does not repeat what it can't read.
func (o *jsonObject) UnmarshalText(text []byte) error {
	if err := json.Unmarshal(text, (*map[string]any)(o)); err != nil || *o == nil {
		return errors.New(`write a JSON object, such as {"id": "1"}`)
	}
	return nil
}

// Help is what the command's own help says beside its flags.
func (policyExplain) Help() string {
	return `A row for each guarded coordinate at each place of the operation. ALLOW and DENY are certain; SELF depends on whose object it is, or on who
will have logged in.

Examples:

    gatehouse policy explain --role user operation.graphql
    echo '{ user(id: "7") { email } }' | gatehouse policy explain --scope read:users --json -
    gatehouse policy explain --user 7 --variables '{"id": "7"}' --operation Profile profile.graphql`
}

// Run explains an operation.
func (c *policyExplain) Run(t *session) error {
	p, err := t.policyOf(c.Schema)
	if err != nil {
		return err
	}
	files, err := t.operations(p.Schema(), []string{c.File})
	if err != nil {
		return err
	}
	op, err := files[0].operation(c.Operation)
	if err != nil {
		return err
	}
	vars, err := values(p.Schema(), op, c.Variables)
	if err != nil {
		return fmt.Errorf("%s: %w", files[0].name, err)
	}
	rows, whole := p.Plan(files[0].document, op).Explain(c.subject(p), vars)
	if !whole {
		return fmt.Errorf("%s: too large to be explained", files[0].name)
	}
	if c.JSON {
		return t.json(rows)
	}
	return explained(t, rows)
}

// subject is the caller; nil for nobody.
func (c *policyExplain) subject(p *policy.Policy) *policy.Subject {
	if len(c.Role)+len(c.Scope) == 0 && c.User == "" {
		return nil
	}
	s := &policy.Subject{ID: c.User, Roles: c.Role, Scopes: c.Scope}
	for _, role := range c.Role {
		if role == auth.RoleAdmin {
			s.Scopes = p.Scopes()
		}
	}
	return s
}

// operation returns the one of the name, or without a name the only one.
func (f operationFile) operation(name string) (*ast.OperationDefinition, error) {
	all := f.document.Operations
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: there is no operation in it", f.name)
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
		return nil, fmt.Errorf("%s: choose one of its operations with --operation: %s", f.name, strings.Join(names, ", "))
	}
	return nil, fmt.Errorf("%s: there is no operation %q in it; there are: %s", f.name, name, strings.Join(names, ", "))
}

// explained prints a table of decisions.
func explained(t *session, all []policy.FieldDecision) error {
	if len(all) == 0 {
		return t.say("nothing in this operation is guarded")
	}
	rows := columns(t.stdout)
	_, _ = fmt.Fprintln(rows, "VERDICT\tCOORDINATE\tPATH\tREQUIRES\tMISSING")
	for _, d := range all {
		missing := required(d.Missing)
		if d.Reason != nil {
			missing += " (" + string(*d.Reason) + ")"
		}
		_, _ = fmt.Fprintf(rows, "%s\t%s\t%s\t%s\t%s\n", d.Verdict, d.Coordinate, strings.Join(d.Path, "."),
			printable(required(d.Required)), printable(missing))
	}
	return rows.Flush()
}
