package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// wares is a schema to explain operations of.
const wares = `type Query {
  ware(id: ID!): Ware @hasScope(scope: "read:wares", orSelf: "id")
  find(by: Filter, all: Boolean @hasRole(role: "boss")): [Ware] @public
}
type Mutation { drop(id: ID!): Int @hasRole(role: "boss") }
type Ware { id: ID! price: Int @authenticated cost: Int @hasScope(scope: "read:costs") }
input Filter { name: String cost: Int @hasScope(scope: "read:costs") ids: [ID!] limit: Int = 3 or: [Filter!] }
`

func TestPolicyExplain(t *testing.T) {
	f := documentsOf(t, map[string]string{
		"wares.graphqls": wares,
		"ware.graphql":   `query Ware($id: ID!) { it: ware(id: $id) { price } }`,
		"two.graphql":    `query A { find { id } } query B { find { cost } }`,
		"find.graphql":   `query($by: Filter, $all: Boolean = true) { find(by: $by, all: $all) { id } }`,
		"none.graphql":   `fragment F on Ware { id }`,
	})
	const head = "VERDICT  COORDINATE  PATH      REQUIRES"
	tests := []struct {
		args   []string
		stdout []string // the lines of the table
	}{
		{[]string{"./ware.graphql"}, []string{
			"VERDICT  COORDINATE  PATH      REQUIRES                   MISSING",
			"DENY     Query.ware  it        scope:read:wares or self   scope:read:wares or self (no_credential)",
			"DENY     Ware.price  it.price  authenticated              authenticated (no_credential)"}},
		{[]string{"--role", "clerk", "./ware.graphql"}, []string{
			"SELF     Query.ware  it        scope:read:wares or self   scope:read:wares or self",
			"ALLOW    Ware.price  it.price  authenticated              -"}},
		{[]string{"--role", "admin", "./ware.graphql"}, []string{"ALLOW    Query.ware  it        scope:read:wares or self   -"}},
		{[]string{"--scope", "read:wares", "./ware.graphql"}, []string{"ALLOW    Query.ware  it        scope:read:wares or self   -"}},
		{[]string{"--user", "7", "./ware.graphql"}, []string{"SELF     Query.ware  it        scope:read:wares or self   scope:read:wares or self"}},
		{[]string{"--user", "7", "--variables", `{"id": "7"}`, "./ware.graphql"}, []string{"ALLOW    Query.ware  it        scope:read:wares or self   -"}},
		{[]string{"--user", "7", "--variables", `{"id": 7}`, "./ware.graphql"}, []string{"ALLOW    Query.ware  it        scope:read:wares or self   -"}},
		{[]string{"--user", "7", "--variables", `{"id": "8"}`, "./ware.graphql"}, []string{"DENY     Query.ware  it        scope:read:wares or self   scope:read:wares or self (not_self)"}},
		{[]string{"--operation", "A", "./two.graphql"}, []string{"nothing in this operation is guarded"}},
		{[]string{"--operation", "B", "--user", "7", "./two.graphql"}, []string{"DENY Ware.cost find.cost scope:read:costs scope:read:costs (missing_scope)"}},
		{[]string{"--user", "7", "./find.graphql"}, []string{"DENY Query.find(all:) find role:boss role:boss (missing_role)"}},
		{[]string{"--user", "7", "--variables", `{"by": {"cost": 1, "ids": "x"}}`, "./find.graphql"}, []string{
			"DENY Filter.cost find scope:read:costs scope:read:costs (missing_scope)", "DENY Query.find(all:) find role:boss"}},
		{[]string{"--user", "7", "--variables", `{"by": {"or": {"cost": 1}}}`, "./find.graphql"}, []string{
			"DENY Filter.cost find scope:read:costs scope:read:costs (missing_scope)"}},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			o := f.run(t, "", append([]string{"policy", "explain", "--schema", "./wares.graphqls"}, tt.args...)...)
			table := spaced(o.stdout)
			for _, line := range tt.stdout {
				if o.status != exitDone || !strings.Contains(table, spaced(line)) {
					t.Errorf("status %d, no %q in\n%s%s", o.status, line, o.stdout, o.stderr)
				}
			}
		})
	}
	if o := f.run(t, "", "policy", "explain", "--schema", "./wares.graphqls", "./ware.graphql"); !strings.HasPrefix(o.stdout, head) {
		t.Errorf("the table is not aligned:\n%s", o.stdout)
	}
}

// spaced makes each run of blanks one.
func spaced(text string) string { return strings.Join(strings.Fields(text), " ") }

func TestPolicyExplainRefuses(t *testing.T) {
	f := documentsOf(t, map[string]string{
		"wares.graphqls": wares,
		"broken.graphql": "{ find {\n  id ",
		"bad.graphql":    "{\n  find { weight }\n  lost\n}",
		"two.graphql":    `query A { find { id } } query B { find { cost } }`,
		"none.graphql":   `fragment F on Ware { id }`,
		"ware.graphql":   `query Ware($id: ID!, $by: Filter) { ware(id: $id) { price } find(by: $by) { id } }`,
		"large.graphql":  "{" + strings.Repeat(" find { id }", 20000) + "}",
		"nested.graphql": "{ find { ...A } } fragment A on Ware { ...B }",
	})
	tests := []struct {
		args   []string
		status int
		stderr string
	}{
		{[]string{"./nope.graphql"}, exitRefused, "gatehouse: nope.graphql: no such file or directory\n"},
		{[]string{"./broken.graphql"}, exitRefused, "gatehouse: broken.graphql:2:6: Expected Name, found <EOF>\n"},
		{[]string{"./bad.graphql"}, exitRefused, "gatehouse: bad.graphql:2:10: Cannot query field \"weight\" on type \"Ware\".\nbad.graphql:3:3: Cannot query field \"lost\" on type \"Query\".\n"},
		{[]string{"./nested.graphql"}, exitRefused, "gatehouse: nested.graphql:1:43: Unknown fragment \"B\".\n"},
		{[]string{"./two.graphql"}, exitRefused, "gatehouse: two.graphql: choose one of its operations with --operation: A, B\n"},
		{[]string{"--operation", "C", "./two.graphql"}, exitRefused, "gatehouse: two.graphql: there is no operation \"C\" in it; there are: A, B\n"},
		{[]string{"./large.graphql"}, exitRefused, "gatehouse: large.graphql: too large: more than 20000 names, values and signs\n"},
		{[]string{"--variables", "{}", "./ware.graphql"}, exitRefused, "gatehouse: ware.graphql: $id: must be defined\n"},
		{[]string{"--variables", `{"id": "1", "other": 1}`, "./ware.graphql"}, exitRefused, "gatehouse: ware.graphql: the operation has no variable $other\n"},
		{[]string{"--variables", `{"id": "1", "by": {"nome": 1}}`, "./ware.graphql"}, exitRefused, "gatehouse: ware.graphql: $by.nome: unknown field\n"},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			f.run(t, "", append([]string{"policy", "explain", "--schema", "./wares.graphqls"}, tt.args...)...).wrote(t, tt.status, "", tt.stderr)
		})
	}
	f.run(t, "", "policy", "explain", "--schema", "./wares.graphqls", "./none.graphql").ends(t, exitRefused, "none.graphql")
	for _, variables := range []string{"secret", "[]", "null", `"secret"`} {
		o := f.run(t, "", "policy", "explain", "--variables", variables, "./ware.graphql")
		o.ends(t, exitUsage, `--variables: write a JSON object, such as {"id": "1"}`)
		if strings.Contains(o.stderr, "secret") {
			t.Errorf("it repeats what it could not read: %s", o.stderr)
		}
	}
	f.run(t, "", "policy", "explain", "--schema", "./wares.graphqls", "--variables", `{"id": "1", "by": {"name": "x"}}`, "./ware.graphql").ends(t, exitDone)
}

// TestPolicyExplainOurs reads an operation of our own schema from standard input, for a program.
func TestPolicyExplainOurs(t *testing.T) {
	o := consoleWith(t).run(t, `{ me { name email } }`, "policy", "explain", "--role", "user", "--json", "-")
	var all []struct {
		Coordinate, Verdict string
		Path                []string
		Reason              *string
		Required, Missing   [][]string
	}
	if err := json.Unmarshal([]byte(o.stdout), &all); err != nil || o.status != exitDone || len(all) != 2 {
		t.Fatalf("%v, status %d: %s%s", err, o.status, o.stdout, o.stderr)
	}
	email := all[1]
	if email.Coordinate != "User.email" || email.Verdict != "SELF" || strings.Join(email.Path, ".") != "me.email" || email.Reason != nil ||
		strings.Join(email.Required[0], " ") != "scope:read:users self" || len(email.Missing) != 1 {
		t.Errorf("%+v", email)
	}
}
