package main

import (
	"encoding/json"
	"slices"
	"testing"
)

func TestPolicyScopes(t *testing.T) {
	f := documentsOf(t, map[string]string{
		"wares.graphqls":      wares,
		"find.graphql":        `query Find($by: Filter) { find(by: $by) { ...Short } }`,
		"ware.graphql":        `query Ware($id: ID!) { ware(id: $id) { ...Long } } mutation Drop { drop(id: 1) }`,
		"short.graphql":       `fragment Short on Ware { id }`,
		"long.graphql":        `fragment Long on Ware { ...Short cost }`,
		"short-again.graphql": `fragment Short on Ware { id price }`,
		"nameless.graphql":    `{ find { id } }`,
		"broken.graphql":      `query {`,
	})
	tests := []struct {
		name   string
		files  []string
		status int
		stdout string
		stderr string
	}{
		{"one", []string{"./nameless.graphql"}, exitDone, "OPERATION  ANONYMOUS  REQUIRES  FILE\n" +
			"(query)    yes        -         nameless.graphql\n\nleast scopes: none\n", ""},
		{"several, with fragments of others", []string{"./find.graphql", "./ware.graphql", "./short.graphql", "./long.graphql"}, exitDone,
			"OPERATION  ANONYMOUS  REQUIRES                                       FILE\n" +
				"Find       yes        -                                              find.graphql\n" +
				"Ware       no         scope:read:costs, and scope:read:wares or self  ware.graphql\n" +
				"Drop       no         role:boss                                      ware.graphql\n" +
				"\nleast scopes: read:costs read:wares\nleast scopes for one's own: read:costs\nroles: boss\n" +
				"where a variable holds Filter.cost: scope:read:costs too\n", ""},
		{"a fragment that is nowhere", []string{"./find.graphql"}, exitRefused, "", "gatehouse: find.graphql:1:46: Unknown fragment \"Short\".\n"},
		{"a fragment that is in two files", []string{"./find.graphql", "./short.graphql", "./short-again.graphql"}, exitRefused, "",
			"gatehouse: find.graphql:1:46: the fragment Short is not in this file, and in several of the others: short.graphql and short-again.graphql\n"},
		{"fragments only", []string{"./short.graphql", "./short-again.graphql"}, exitRefused, "", "gatehouse: there is no operation in these files\n"},
		{"broken", []string{"./nameless.graphql", "./broken.graphql"}, exitRefused, "", "gatehouse: broken.graphql:1:8: Expected Name, found <EOF>\n"},
		{"not there", []string{"./nope.graphql"}, exitRefused, "", "gatehouse: nope.graphql: no such file or directory\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := f.run(t, "", append([]string{"policy", "scopes", "--schema", "./wares.graphqls"}, tt.files...)...)
			if tt.status != exitDone {
				o.wrote(t, tt.status, tt.stdout, tt.stderr)
			} else if o.status != exitDone || spaced(o.stdout) != spaced(tt.stdout) {
				t.Errorf("status %d\n%s%s\nwant\n%s", o.status, o.stdout, o.stderr, tt.stdout)
			}
		})
	}
	f.run(t, "", "policy", "scopes").ends(t, exitUsage, "<operations>")
}

// TestPolicyScopesOurs reads operations of our own schema, for a program.
func TestPolicyScopesOurs(t *testing.T) {
	const operations = `query Users { users { nodes { email } } } query One { user(id: "7") { name } } mutation In { logout }`
	o := consoleWith(t).run(t, operations, "policy", "scopes", "--json", "-")
	var client clientNeeds
	if err := json.Unmarshal([]byte(o.stdout), &client); err != nil || o.status != exitDone || len(client.Operations) != 3 {
		t.Fatalf("%v, status %d: %s%s", err, o.status, o.stdout, o.stderr)
	}
	if in := client.Operations[2]; in.Name != "In" || in.Type != "mutation" || in.File != "standard input" || !in.Anonymous {
		t.Errorf("%+v", in)
	}
	if users := client.Operations[0]; users.Anonymous || !slices.Equal(users.Required[0], []string{"scope:read:users"}) {
		t.Errorf("%+v", users)
	}
	if want := []string{"read:users"}; !slices.Equal(client.Scopes, want) || !slices.Equal(client.Own.Scopes, want) || len(client.Roles) != 0 {
		t.Errorf("%+v", client)
	}
}
