package main

import (
	"os"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
)

// TestSchemaPrint prints the file that the service is built from, to the byte.
func TestSchemaPrint(t *testing.T) {
	want, err := os.ReadFile("schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	if o := consoleWith(t).run(t, "", "schema", "print"); o.status != exitDone || o.stdout != string(want) {
		t.Errorf("status %d, %d bytes of %d", o.status, len(o.stdout), len(want))
	}
}

// TestSchemaPrintAs prints a valid schema with what the caller may reach, and without the rest.
func TestSchemaPrintAs(t *testing.T) {
	tests := []struct {
		args     string
		has, not string // coordinates
	}{
		{"--anonymous", "Mutation.login AuthPayload.user User.email", "Query.me Query.users Mutation.updateUser Mutation.deleteMe"},
		{"--as user", "Query.me Query.user Mutation.updateUser User.email", "Query.users Mutation.setUserRoles Mutation.disableUser UpdateUserInput.email"},
		{"--as support --grant support=read:users", "Query.me Query.users UserFilter.role", "Mutation.setUserRoles Mutation.disableUser"},
		{"--as support --grant support=write:users", "Mutation.disableUser UpdateUserInput.email", "Query.users UserFilter.role Mutation.setUserRoles"},
		{"--as admin", "Query.users Mutation.setUserRoles Mutation.disableUser UpdateUserInput.email", ""},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			o := consoleWith(t).run(t, "", append([]string{"schema", "print"}, strings.Fields(tt.args)...)...)
			o.ends(t, exitDone, "directive @hasScope(")
			schema, err := validator.LoadSchema(validator.Prelude, &ast.Source{Input: o.stdout})
			if err != nil {
				t.Fatalf("%v in\n%s", err, o.stdout)
			}
			for _, coordinate := range strings.Fields(tt.has) {
				if !holds(schema, coordinate) {
					t.Errorf("no %s", coordinate)
				}
			}
			for _, coordinate := range strings.Fields(tt.not) {
				if holds(schema, coordinate) {
					t.Errorf("%s is in it", coordinate)
				}
			}
		})
	}
}

// holds reports whether a schema has a field.
func holds(schema *ast.Schema, coordinate string) bool {
	typename, field, _ := strings.Cut(coordinate, ".")
	def := schema.Types[typename]
	return def != nil && def.Fields.ForName(field) != nil
}

func TestSchemaPrintRefuses(t *testing.T) {
	consoleWith(t).run(t, "", "schema", "print", "--as", "clerk").ends(t, exitRefused,
		`gatehouse: the schema names no role "clerk": say what it grants, with --grant clerk=SCOPE,SCOPE`)
	consoleWith(t).run(t, "", "schema", "print", "--as", "user", "--anonymous").ends(t, exitUsage, "--as and --anonymous can't be used together")
}

// TestSchemaPrintOfAnother prints what is left of another schema; one of which nothing is left has no types.
func TestSchemaPrintOfAnother(t *testing.T) {
	f := documentsOf(t, map[string]string{
		"a.graphqls": `type Query { a: Int @hasRole(role: "boss") b: B @authenticated } type B { c: Int }`,
	})
	boss := f.run(t, "", "schema", "print", "--schema", "./a.graphqls", "--as", "boss")
	if boss.ends(t, exitDone); !strings.HasSuffix(boss.stdout, "type B {\n  c: Int\n}\ntype Query {\n  a: Int @hasRole(role: \"boss\")\n  b: B @authenticated\n}\n") || boss.stderr != "" {
		t.Errorf("%s%s", boss.stdout, boss.stderr)
	}
	nobody := f.run(t, "", "schema", "print", "--schema", "./a.graphqls", "--anonymous")
	if nobody.ends(t, exitDone); strings.Contains(nobody.stdout, "type ") {
		t.Errorf("%s%s", nobody.stdout, nobody.stderr)
	}
}

func TestSchemaPrintFederation(t *testing.T) {
	o := consoleWith(t).run(t, "", "schema", "print", "--federation")
	o.ends(t, exitDone, "\nextend schema @link(url: \"https://specs.apollo.dev/federation/v2.9\", import: [\"@authenticated\", \"@requiresScopes\"])\n",
		"\n  viewer: Viewer @authenticated\n", "): UserConnection @requiresScopes(scopes: [[\"read:users\"]])\n", "  email: String @authenticated\n",
		"@requiresScopes(scopes: [[\"role:admin\"]])", "User.email")
	for _, ours := range []string{"@public", "@hasRole", "@hasScope", "@authenticates", "@sensitive", "directive @authenticated"} {
		for line := range strings.Lines(o.stdout) {
			if strings.Contains(line, ours) && !strings.Contains(line, "meets no `@hasRole`") && !strings.Contains(line, "meets no @hasRole") {
				t.Errorf("it has %s: %s", ours, line)
			}
		}
	}
	user := consoleWith(t).run(t, "", "schema", "print", "--federation", "--as", "user")
	if user.ends(t, exitDone, "@authenticated"); strings.Contains(user.stdout, "@requiresScopes(") {
		t.Errorf("a user's has %s", user.stdout)
	}
}
