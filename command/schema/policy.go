// Package schema holds the commands that need a GraphQL schema and nothing
// else: no settings, no database, no running service.
package schema

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"gatehouse/auth"
	"gatehouse/auth/policy"
)

// PolicyCommands inspect the access policy of our schema, or of any schema
// with the same directives.
type PolicyCommands struct {
	Check   checkCommand   `cmd:"" help:"Report faults and warnings in a schema's policy. The exit status is 1 if there are faults."`
	Matrix  matrixCommand  `cmd:"" help:"Print who may reach what."`
	Diff    diffCommand    `cmd:"" help:"Compare two policies. The exit status is 1 if access widened."`
	Explain explainCommand `cmd:"" help:"Explain what an operation would be allowed, without running it."`
	Scopes  scopesCommand  `cmd:"" help:"Print the fewest scopes that a client's operations need."`
}

// A schemaFlag names the schema that operations are for.
type schemaFlag struct {
	Schema []string `placeholder:"FILE" predictor:"file" sep:"none" help:"A schema file, or a folder of them; repeat it to combine several. The default is the service's own schema."`
}

// A grantFlag says what roles grant, because no database is asked.
type grantFlag struct {
	Grant []grant `placeholder:"ROLE=SCOPE,SCOPE" sep:"none" help:"What a role grants; repeat it for several. admin has all scopes."`
}

// byRole returns the scopes of each role, or nil if no grant is given.
func (f grantFlag) byRole() map[string][]string {
	if len(f.Grant) == 0 {
		return nil
	}
	scopes := map[string][]string{}
	for _, g := range f.Grant {
		scopes[g.role] = append(scopes[g.role], g.scopes...)
	}
	return scopes
}

// checkRole returns an error for a role that is neither in the schema nor has a
// grant. It is probably misspelled, and nothing would depend on it.
func (f grantFlag) checkRole(p *policy.Policy, role string) error {
	known := append(knownRoles(p, f.byRole()), auth.RoleAdmin)
	if slices.Contains(known, role) {
		return nil
	}
	near := ""
	for _, other := range known {
		if levenshtein.ComputeDistance(role, other) <= 2 {
			near = fmt.Sprintf("did you mean %s? Otherwise ", other)
			break
		}
	}
	return fmt.Errorf("the schema has no role %q: %ssay what it grants, with --grant %[1]s=SCOPE,SCOPE", role, near)
}

// A grant is a role with scopes, written ROLE=SCOPE,SCOPE.
type grant struct {
	role   string
	scopes []string
}

// UnmarshalText reads a grant.
func (g *grant) UnmarshalText(text []byte) error {
	role, scopes, found := strings.Cut(string(text), "=")
	g.role, g.scopes = strings.TrimSpace(role), strings.FieldsFunc(scopes, func(r rune) bool { return r == ',' || r == ' ' })
	if !found || g.role == "" || strings.ContainsAny(g.role, ", ") {
		return errors.New("write ROLE=SCOPE,SCOPE, such as support=read:users, or ROLE= for a role without scopes")
	}
	return nil
}

// subjectWithRole returns a caller with one role. The role admin has all scopes
// of the schema, any other role those that are granted to it.
func subjectWithRole(role string, p *policy.Policy, grants map[string][]string) *policy.Subject {
	s := &policy.Subject{Roles: []string{role}, Scopes: grants[role]}
	if role == auth.RoleAdmin {
		s.Scopes = p.Scopes()
	}
	return s
}

// knownRoles returns the role user, the roles in the schema and the roles with
// grants, sorted.
func knownRoles(p *policy.Policy, grants map[string][]string) []string {
	roles := append([]string{auth.RoleUser}, p.Roles()...)
	for role := range grants {
		roles = append(roles, role)
	}
	slices.Sort(roles)
	return slices.Compact(roles)
}

// requirement puts a requirement in words: all of the outer list, any of each
// inner one.
func requirement(all [][]string) string {
	if len(all) == 0 {
		return "-"
	}
	parts := make([]string, len(all))
	for i, alternatives := range all {
		parts[i] = strings.Join(alternatives, " or ")
	}
	return strings.Join(parts, ", and ")
}
