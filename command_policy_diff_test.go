package main

import (
	"encoding/json"
	"strings"
	"testing"

	"gatehouse/auth/policy"
)

func TestPolicyDiff(t *testing.T) {
	f := documentsOf(t, map[string]string{
		"old.graphqls": `type Query { a: Int @authenticated b: Int @public c: Int @hasRole(role: "x") old: Int @public } type User { id: ID name: String }`,
		"new.graphqls": `type Query { a: Int @public b: Int @authenticated c: Int @hasRole(role: "y") users: [User] @hasRole(role: "x") } type User { id: ID name: String }`,
		"less.graphqls": `type Query { a: Int @authenticated b: Int @authenticated c: Int @hasRole(role: "x") users: [User] @public }
			type User { id: ID name: String }`,
		"faults.graphqls":  `type Query { a: Int }`,
		"parts/a.graphqls": `type Query { a: Int @authenticated b: Int @public c: Int @hasRole(role: "x") old: Int @public }`,
		"parts/b.graphql":  `type User { id: ID name: String }`,
	})
	tests := []struct {
		args   string
		stdin  string
		status int
		stdout string
		stderr string
	}{
		{"./old.graphqls ./new.graphqls", "", exitRefused, "widened   Query.a      authentication -> public\n" +
			"moved     Query.c      role x -> role y\n" +
			"new       Query.users  role x; a new way to User\n" +
			"narrowed  Query.b      public -> authentication\n" +
			"gone      Query.old    public\n", "gatehouse: access widened at 2 coordinates\n"},
		{"./old.graphqls ./less.graphqls", "", exitDone, "new       Query.users  public; a new way to User\n" +
			"narrowed  Query.b      public -> authentication\n" +
			"gone      Query.old    public\n", ""},
		{"./old.graphqls ./old.graphqls", "", exitDone, "nobody's access changed\n", ""},
		{"./old.graphqls ./parts", "", exitDone, "nobody's access changed\n", ""},
		{"- ./old.graphqls", policy.DirectivesSDL() + `type Query { a: Int @authenticated b: Int @public c: Int @hasRole(role: "z") old: Int @public }`, exitRefused,
			"moved  Query.c    role z -> role x\nnew    User.id    open\nnew    User.name  open\n", "gatehouse: access widened at 1 coordinate\n"},
		{"./faults.graphqls ./old.graphqls", "", exitRefused, "", "gatehouse: the old schema: the schema is no policy:\n" +
			"faults.graphqls:7: Query.a: a root field says who may reach it: add @public, @authenticated, @hasRole or @hasScope\n"},
		{"./old.graphqls ./nope.graphqls", "", exitRefused, "", "gatehouse: the new schema: nope.graphqls: no such file or directory\n"},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			f.run(t, tt.stdin, append([]string{"policy", "diff"}, strings.Fields(tt.args)...)...).wrote(t, tt.status, tt.stdout, tt.stderr)
		})
	}
	f.run(t, "", "policy", "diff", "./old.graphqls").ends(t, exitUsage, `expected "<new>"`)
}

func TestPolicyDiffJSON(t *testing.T) {
	f := documentsOf(t, map[string]string{
		"old.graphqls": `type Query { a: Int @authenticated }`,
		"new.graphqls": `type Query { a: Int @public user: User @public } type User { id: ID }`,
	})
	o := f.run(t, "", "policy", "diff", "--format", "json", "./old.graphqls", "./new.graphqls")
	var all []map[string]any
	if err := json.Unmarshal([]byte(o.stdout), &all); err != nil || o.status != exitRefused || len(all) != 3 {
		t.Fatalf("%v, status %d: %s", err, o.status, o.stdout)
	}
	if d := all[0]; d["coordinate"] != "Query.a" || d["movement"] != "widened" || d["old"] != "authentication" || d["new"] != "public" {
		t.Errorf("first %v", d)
	}
	f.run(t, "", "policy", "diff", "--format", "json", "./old.graphqls", "./old.graphqls").wrote(t, exitDone, "[]\n", "")
}
