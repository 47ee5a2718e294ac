package main

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"gatehouse/auth/policy"
)

// TestAccessMatrixIsCurrent: who may reach what is reviewed where it changes, in docs/access-matrix.md.
func TestAccessMatrixIsCurrent(t *testing.T) {
	committed, err := os.ReadFile("docs/access-matrix.md")
	if err != nil {
		t.Fatal(err)
	}
	if o := consoleWith(t).run(t, "", "policy", "matrix"); o.status != exitDone || o.stdout != string(committed) {
		t.Errorf("access has changed since docs/access-matrix.md was made; look at what changed, and renew it: go run . policy matrix > docs/access-matrix.md")
	}
}

func TestPolicyMatrixFormats(t *testing.T) {
	f := documentsOf(t, map[string]string{
		"a.graphqls":      `type Query { a(id: ID): Int @hasScope(scope: "read:a", orSelf: "id") b: Int @hasRole(role: ["admin", "boss"]) }`,
		"faults.graphqls": `type Query { a: Int }`,
	})
	for format, want := range map[string]string{
		"csv": "coordinate,anonymous,role:admin,role:boss,role:clerk,role:user,scope:read:a,owner,requires\n" +
			"Query.a,deny,allow,self,allow,self,allow,allow,scope read:a or self (id)\n" +
			"Query.b,deny,allow,allow,deny,deny,deny,deny,role admin or boss\n",
		"markdown": "| coordinate       | anonymous | role:admin | role:boss | role:clerk | role:user | scope:read:a | owner | requires |\n",
		"json":     `"verdicts": {`,
		"html":     "<!doctype html>\n",
	} {
		t.Run(format, func(t *testing.T) {
			o := f.run(t, "", "policy", "matrix", "--format", format, "--role", "clerk=read:a", "./a.graphqls")
			o.ends(t, exitDone, want)
		})
	}
	f.run(t, "", "policy", "matrix", "--format", "pdf", "./a.graphqls").ends(t, exitUsage, `"markdown","json","csv","html"`)
	f.run(t, "", "policy", "matrix", "./faults.graphqls").ends(t, exitRefused, "the schema is no policy:\nfaults.graphqls:7: Query.a: a root field")
}

// TestPolicyMatrixJSON is what a program reads.
func TestPolicyMatrixJSON(t *testing.T) {
	var m policy.Matrix
	o := consoleWith(t).run(t, "", "policy", "matrix", "--format", "json", "--role", "support=read:users")
	if err := json.Unmarshal([]byte(o.stdout), &m); err != nil {
		t.Fatal(err)
	}
	want := []string{"anonymous", "role:admin", "role:support", "role:user", "scope:delete:users", "scope:read:users", "scope:write:users", "owner"}
	if !slices.Equal(m.Classes, want) {
		t.Errorf("classes %q", m.Classes)
	}
	for _, row := range m.Rows {
		if row.Coordinate == "Query.user" {
			got := ""
			for _, class := range m.Classes {
				got += string(row.Verdicts[class]) + " "
			}
			if got != "DENY ALLOW ALLOW SELF SELF ALLOW SELF ALLOW " || row.Requirement != "scope read:users or self (id)" ||
				strings.Join(row.Required[0], " ") != "scope:read:users self" {
				t.Errorf("Query.user: %s, %+v", got, row)
			}
			return
		}
	}
	t.Error("no Query.user")
}
