package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/auth/policy"
)

// documents are files for commands, in a folder of their own.
type documents string

// documentsOf writes files. Each schema in it (*.graphqls), unless its text begins with "#", declares the directives first, on six lines.
func documentsOf(t testing.TB, files map[string]string) documents {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if strings.HasSuffix(name, ".graphqls") && !strings.HasPrefix(text, "#") {
			text = policy.DirectivesSDL() + text
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return documents(dir)
}

// run runs a command that names files of the folder as "./name", and shows them so in what it wrote.
func (f documents) run(t testing.TB, stdin string, args ...string) outcome {
	t.Helper()
	for i, arg := range args {
		if rest, ok := strings.CutPrefix(arg, "./"); ok {
			args[i] = filepath.Join(string(f), rest)
		}
	}
	o := consoleWith(t).run(t, stdin, args...)
	o.stdout = strings.ReplaceAll(o.stdout, string(f)+"/", "")
	o.stderr = strings.ReplaceAll(o.stderr, string(f)+"/", "")
	return o
}

// wrote fails unless the command ended with the status and wrote exactly this.
func (o outcome) wrote(t testing.TB, status int, stdout, stderr string) {
	t.Helper()
	if o.status != status || o.stdout != stdout || o.stderr != stderr {
		t.Errorf("status %d, want %d\nanswer:\n%s\nwant:\n%s\nbeside it:\n%s\nwant:\n%s", o.status, status, o.stdout, stdout, o.stderr, stderr)
	}
}

func TestPolicyCommandsHelp(t *testing.T) {
	top := consoleWith(t).run(t, "", "--help")
	for _, name := range []string{"policy check", "policy matrix", "policy diff", "policy explain", "policy scopes", "schema print"} {
		top.ends(t, exitDone, "\n  "+name+" ")
		o := consoleWith(t).run(t, "", append(strings.Fields(name), "--help")...)
		o.ends(t, exitDone, "Usage: gatehouse "+name, "Example", "\n    ", "gatehouse "+name)
	}
}

// TestPolicyCommandsNeedNoSettings: bad ones don't matter to them.
func TestPolicyCommandsNeedNoSettings(t *testing.T) {
	for _, args := range []string{"policy check", "policy matrix", "policy diff schema.graphqls schema.graphqls", "schema print --anonymous"} {
		consoleWith(t, "JWT_ALG=none", "ADDR=x", "DATABASE_URL=x").run(t, "", strings.Fields(args)...).ends(t, exitDone)
	}
}

// TestSchemaFiles has a command refuse files that make no schema, and take those that do.
func TestSchemaFiles(t *testing.T) {
	f := documentsOf(t, map[string]string{
		"good.graphqls":       `type Query { a: Int @public }`,
		"more.graphqls":       "#\nextend type Query { b: B @public } type B { x: Int }",
		"again.graphqls":      "#\n\n  type Query { c: Int }",
		"broken.graphqls":     "#\ntype Query {\n  a: }",
		"undeclared.graphqls": "#\ntype Query { a: Int @public }",
		"empty/readme.md":     "nothing",
		"both/one.graphqls":   `type Query { a: Int @public }`,
		"both/two.graphql":    `extend type Query { b: Int @public }`,
		"both/three.txt":      "no GraphQL",
		"large.graphqls":      "#" + strings.Repeat(" ", 4<<20),
	})
	tests := []struct {
		files  string
		stdin  string
		status int
		want   string
	}{
		{"./nope.graphqls", "", exitRefused, "gatehouse: nope.graphqls: no such file or directory\n"},
		{"./good.graphqls ./nope.graphqls", "", exitRefused, "gatehouse: nope.graphqls: no such file or directory\n"},
		{"./broken.graphqls", "", exitRefused, "gatehouse: broken.graphqls:3:6: Expected Name, found }\n"},
		{"./undeclared.graphqls", "", exitRefused, "gatehouse: undeclared.graphqls:2:22: Undefined directive public.\n"},
		{"./good.graphqls ./again.graphqls", "", exitRefused, "gatehouse: again.graphqls:3:8: Cannot redeclare type Query.\n"},
		{"./empty", "", exitRefused, "empty: no *.graphqls or *.graphql in this folder\n"},
		{"./large.graphqls", "", exitRefused, "gatehouse: large.graphqls: larger than 4 MB\n"},
		{"-", "type", exitRefused, "gatehouse: standard input:1:5: Expected Name, found <EOF>\n"},
		{"./good.graphqls", "", exitDone, "good.graphqls: 0 coordinates guarded, 1 public\n"},
		{"./good.graphqls ./more.graphqls", "", exitDone, "the schema of 2 files: 0 coordinates guarded, 2 public\n"},
		{"./both", "", exitDone, "the schema of 2 files: 0 coordinates guarded, 2 public\n"},
		{"-", policy.DirectivesSDL() + `type Query { a: Int @authenticated }`, exitDone, "standard input: 1 coordinate guarded, 0 public\n"},
	}
	for _, tt := range tests {
		t.Run(tt.files, func(t *testing.T) {
			o := f.run(t, tt.stdin, append([]string{"policy", "check"}, strings.Fields(tt.files)...)...)
			if tt.status != exitDone {
				o.ends(t, tt.status, tt.want)
				return
			}
			o.wrote(t, exitDone, tt.want, "")
		})
	}
}

func TestGrant(t *testing.T) {
	for text, want := range map[string]bool{
		"support=read:users": true, "support=read:users,write:users": true, "support=": true,
		"support": false, "=read:users": false, "": false, "read:users,support=x": false,
	} {
		o := consoleWith(t).run(t, "", "policy", "check", "--grant", text, "--grant", "all=delete:users,read:users,write:users")
		if want {
			o.ends(t, exitDone)
		} else {
			o.ends(t, exitUsage, "--grant: write ROLE=SCOPE,SCOPE")
		}
	}
}
