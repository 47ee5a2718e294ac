package main

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"gatehouse/auth"
	"gatehouse/auth/policy"
)

// policyCommands look at access policies: at our own, or at that of any schema with the same directives. None needs settings or a database.
type policyCommands struct {
	Check   policyCheck   `cmd:"" help:"Look for faults and doubtful places in a schema's policy. The exit status is 1 if there are faults."`
	Matrix  policyMatrix  `cmd:"" help:"Print who may reach what."`
	Diff    policyDiff    `cmd:"" help:"Compare two policies. The exit status is 1 if somebody gained access."`
	Explain policyExplain `cmd:"" help:"Say what would become of an operation, without running it."`
	Scopes  policyScopes  `cmd:"" help:"Print the least scopes that a client's operations need."`
}

// A schemaChoice is the schema that operations are for.
type schemaChoice struct {
	Schema []string `placeholder:"FILE" sep:"none" help:"A file or folder of the schema; several are one schema. Without it the schema is the service's own."`
}

// A grant is a role with scopes, on the command line ROLE=SCOPE,SCOPE.
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

// granted puts grants together, by role; nil if there are none.
func granted(all []grant) map[string][]string {
	if len(all) == 0 {
		return nil
	}
	scopes := map[string][]string{}
	for _, g := range all {
		scopes[g.role] = append(scopes[g.role], g.scopes...)
	}
	return scopes
}

// holder is a caller with a role: an administrator has all scopes that the schema names, others have what grants say.
func holder(role string, p *policy.Policy, grants map[string][]string) *policy.Subject {
	s := &policy.Subject{Roles: []string{role}, Scopes: grants[role]}
	if role == auth.RoleAdmin {
		s.Scopes = p.Scopes()
	}
	return s
}

// known are the roles that the service has from the beginning, those that the schema names and those that were granted something, sorted.
func knownRoles(p *policy.Policy, grants map[string][]string) []string {
	roles := append([]string{auth.RoleUser}, p.Roles()...)
	for role := range grants {
		roles = append(roles, role)
	}
	slices.Sort(roles)
	return slices.Compact(roles)
}

// json prints a value for programs.
func (t *session) json(value any) error {
	out := json.NewEncoder(t.stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(value)
}

// required says what is needed in words: scope:read:users or self, and role:admin.
func required(all [][]string) string {
	if len(all) == 0 {
		return "-"
	}
	parts := make([]string, len(all))
	for i, any := range all {
		parts[i] = strings.Join(any, " or ")
	}
	return strings.Join(parts, ", and ")
}
