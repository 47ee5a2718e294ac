package main

import (
	"slices"
	"strings"
	"testing"
)

// TestPolicyCheckOurs: our own policy has no faults, and nothing doubtful.
func TestPolicyCheckOurs(t *testing.T) {
	o := consoleWith(t).run(t, "", "policy", "check", "--strict", "--grant", "support=read:users,write:users,delete:users")
	o.ends(t, exitDone, "schema.graphqls: ", " guarded, ")
	if strings.Count(o.stdout, "\n") != 1 {
		t.Errorf("it says more: %s", o.stdout)
	}
}

func TestPolicyCheck(t *testing.T) {
	f := documentsOf(t, map[string]string{
		"faults.graphqls": "type Query {\n  a: Int! @authenticated\n  b: Int\n  c: Int @hasRole(role: [])\n}",
		"doubt.graphqls":  "type Query {\n  a: Int! @authenticated\n  b: Int @hasScope(scope: \"read:b\")\n}",
		"roles.graphqls":  "type Query {\n  a: Int @hasRole(role: \"support\")\n}",
		"bare.graphqls":   "#\ntype Query {\n  a: Int\n}",
		"others.graphqls": "#\ndirective @hasRole(name: String) on FIELD_DEFINITION\ntype Query { a: Int @hasRole(name: \"boss\") }",
		"self.graphqls":   "type Query { a: A @public }\ntype A { owner: String x: Int @hasScope(scope: \"read:x\", orSelf: \"owner\") }",
		"escape.graphqls": "type Query { a: Int @hasRole(role: \"\\u001b[2J\") }",
	})
	tests := []struct {
		args   string
		status int
		stdout string
		stderr string
	}{
		{"./faults.graphqls", exitRefused, "faults.graphqls:9: Query.b: a root field says who may reach it: add @public, @authenticated, @hasRole or @hasScope\n" +
			"faults.graphqls:10: Query.c: @hasRole names no role, or one that can't be: list at least one, each a word\n" +
			"faults.graphqls:10: Query.c: a root field says who may reach it: add @public, @authenticated, @hasRole or @hasScope\n" +
			"faults.graphqls:8: warning: Query.a: a refusal of this non-null field blanks the whole answer: make it Int\n",
			"gatehouse: faults.graphqls: 3 faults, 1 warning\n"},
		{"./doubt.graphqls", exitDone, "doubt.graphqls:8: warning: Query.a: a refusal of this non-null field blanks the whole answer: make it Int\n" +
			"doubt.graphqls: 2 coordinates guarded, 0 public\n", ""},
		{"--strict ./doubt.graphqls", exitRefused, "doubt.graphqls:8: warning: Query.a: a refusal of this non-null field blanks the whole answer: make it Int\n",
			"gatehouse: doubt.graphqls: 0 faults, 1 warning\n"},
		{"--grant support=read:a ./doubt.graphqls", exitDone, "doubt.graphqls:8: warning: Query.a: a refusal of this non-null field blanks the whole answer: make it Int\n" +
			"doubt.graphqls:9: warning: Query.b: no role but admin grants the scope read:b: grant it to one (role grant ROLE read:b)\n" +
			"doubt.graphqls: 2 coordinates guarded, 0 public\n", ""},
		{"./roles.graphqls", exitDone, "roles.graphqls: 1 coordinate guarded, 0 public\n", ""},
		{"--grant support= ./roles.graphqls", exitDone, "roles.graphqls: 1 coordinate guarded, 0 public\n", ""},
		{"--grant other= ./roles.graphqls", exitRefused, "roles.graphqls:8: Query.a: there is no role \"support\": create it (role create support) or correct the name\n",
			"gatehouse: roles.graphqls: 1 fault, 0 warnings\n"},
		{"./self.graphqls", exitDone, "self.graphqls: 1 coordinate guarded, 1 public\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			f.run(t, "", append([]string{"policy", "check"}, strings.Fields(tt.args)...)...).wrote(t, tt.status, tt.stdout, tt.stderr)
		})
	}

	bare := f.run(t, "", "policy", "check", "./bare.graphqls")
	bare.ends(t, exitRefused, "1 fault")
	if !strings.HasPrefix(bare.stdout, "bare.graphqls:3: Query.a: ") || !strings.Contains(bare.stdout, "\ndirective @public on ") {
		t.Errorf("without the directives: %s", bare.stdout)
	}
	others := f.run(t, "", "policy", "check", "./others.graphqls")
	others.ends(t, exitRefused, "faults")
	if !strings.Contains(others.stdout, "others.graphqls:2: @hasRole: declare the argument role: [String!]!, without a default\n") {
		t.Errorf("with other directives: %s", others.stdout)
	}
	if o := f.run(t, "", "policy", "check", "--grant", "x=", "./escape.graphqls"); slices.Contains([]byte(o.stdout+o.stderr), 0x1b) {
		t.Errorf("a terminal would obey %q", o.stdout+o.stderr)
	}
}
